#include <gtest/gtest.h>

#include "berth/model.hpp"

namespace berth {
namespace {

Transformer llama3_8b() {
  Transformer t;
  t.layers = 32;
  t.hidden = 4096;
  t.heads = 32;
  t.kv_heads = 8;
  t.ffn = 14336;
  t.gated_ffn = true;
  t.vocab = 128256;
  return t;
}

TEST(ModelFromTransformer, CountsLlama3) {
  // Per layer: q, o 2·4096² + k, v 2·4096·1024 + FFN 3·4096·14336 + 2 norms = 218,112,000;
  // ·32 = 6,979,584,000; embedding and head 2·128256·4096 = 1,050,673,152; final norm 4096.
  const auto model = model_from_transformer(llama3_8b());
  ASSERT_TRUE(model);
  EXPECT_EQ(model->parameters, 8'030'261'248);
  EXPECT_EQ(model->active_parameters, 8'030'261'248);
  EXPECT_EQ(model->transformer->head_dim, 128);
  EXPECT_EQ(model->format, "transformer");
}

TEST(ModelFromTransformer, CountsTiedHeadOnce) {
  Transformer t = llama3_8b();
  t.tied_embeddings = true;
  EXPECT_EQ(model_from_transformer(t)->parameters, 8'030'261'248 - 128256LL * 4096);
}

TEST(ModelFromTransformer, CountsExpertsAllAndActive) {
  // Mixtral-8x7B, per layer: q, o 2·4096² + k, v 2·4096·1024 = 41,943,040; router 32,768;
  // expert 3·4096·14336 = 176,160,768; norms 8192. All: 41,984,000 + 8·176,160,768 = 1,451,270,144.
  Transformer t = llama3_8b();
  t.vocab = 32000;
  t.experts = 8;
  t.experts_per_token = 2;
  t.expert_ffn = 14336;
  t.ffn = 0;
  const auto model = model_from_transformer(t);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->parameters, 46'702'792'704);
  EXPECT_EQ(model->active_parameters, 46'702'792'704 - 32LL * 6 * 176'160'768);
}

TEST(ModelFromTransformer, CountsLatentAttentionAndDenseLayers) {
  // DeepSeek-V3 (without the 58 per-expert routing biases of 256, which the description doesn't hold).
  Transformer t;
  t.layers = 61;
  t.hidden = 7168;
  t.heads = 128;
  t.ffn = 18432;
  t.gated_ffn = true;
  t.vocab = 129280;
  t.experts = 256;
  t.experts_per_token = 8;
  t.expert_ffn = 2048;
  t.shared_experts = 1;
  t.dense_layers = 3;
  t.latent = LatentAttention{512, 1536, 64, 128, 128};
  const auto model = model_from_transformer(t);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->parameters, 671'026'419'200 - 58 * 256);
}

TEST(ModelFromTransformer, SplitsWindowedAndFullLayers) {
  Transformer t = llama3_8b();
  EXPECT_EQ(full_attention_layers(t), 32);
  t.sliding_window = 1024;
  t.full_attention_every = 6;  // layers 6, 12, 18, 24, 30
  EXPECT_EQ(full_attention_layers(t), 5);
  const Layout layout = model_from_transformer(t)->layout.value();
  ASSERT_EQ(layout.stacks[0].layers.size(), 2U);
  EXPECT_EQ(layout.stacks[0].layers[0].count, 5);
  EXPECT_EQ(layout.stacks[0].layers[1].attention->window, 1024);
  t.full_attention_every = 0;
  EXPECT_EQ(full_attention_layers(t), 0);
}

TEST(ModelFromTransformer, EncoderDecoderCountsBothStacks) {
  // Per layer without cross: 4·8² + 2·8·16 + 2·8 = 528; with cross: + 4·8² + 8 = 792. 2 of each, two
  // final norms 16, embedding (tied) 10·8.
  Transformer t;
  t.kind = Transformer::Kind::kEncoderDecoder;
  t.layers = 2;
  t.hidden = 8;
  t.heads = 2;
  t.ffn = 16;
  t.vocab = 10;
  t.tied_embeddings = true;
  EXPECT_EQ(model_from_transformer(t)->parameters, 2 * 528 + 2 * 792 + 16 + 80);
}

TEST(ModelFromTransformer, RefusesWhatCannotBe) {
  Transformer t = llama3_8b();
  t.kv_heads = 7;
  EXPECT_NE(model_from_transformer(t).error().message.find("multiple of 'kv_heads' (7)"), std::string::npos);
  t = llama3_8b();
  t.hidden = 16;
  EXPECT_EQ(model_from_transformer(t).error().fix, "give head_dim");
  t = llama3_8b();
  t.layers = -1;
  EXPECT_EQ(model_from_transformer(t).error().code, ErrorCode::kInvalid);
  t = llama3_8b();
  t.hidden = 0;
  EXPECT_EQ(model_from_transformer(t).error().code, ErrorCode::kIncomplete);
  t = llama3_8b();
  t.experts = 4;
  t.experts_per_token = 5;
  EXPECT_FALSE(model_from_transformer(t));
  t = llama3_8b();
  t.layers = 100'000;
  t.hidden = t.ffn = 100'000'000;
  t.heads = t.kv_heads = 1;
  EXPECT_EQ(model_from_transformer(t).error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace berth
