// Counts derived by hand from the architectures; hf_params_test.cpp holds the published ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "readers/hf/families.hpp"

namespace berth {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Model read(const std::string& text) {
  Result<Model> model = read_hf_config(text, "config.json");
  EXPECT_TRUE(model) << to_string(model.error());
  return model ? *model : Model{};
}

TEST(HfConfig, Llama3) {
  const Model m = read(R"({"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
    "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "max_position_embeddings": 8192, "torch_dtype": "bfloat16", "tie_word_embeddings": false})");
  EXPECT_EQ(m.parameters, 8'030'261'248);
  EXPECT_EQ(m.architecture, "llama");
  EXPECT_EQ(m.declared_dtype, DType::kBf16);
  EXPECT_EQ(m.transformer->head_dim, 128);
  EXPECT_EQ(m.transformer->max_positions, 8192);
  EXPECT_TRUE(m.notes.empty());
}

TEST(HfConfig, Gpt2) {
  // Embedding 50257·768, positions 1024·768; a layer: 12·768² + 13·768 = 7,087,872; final norm 1536.
  const Model m = read(R"({"model_type": "gpt2", "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024,
    "vocab_size": 50257, "n_inner": null})");
  EXPECT_EQ(m.parameters, 124'439'808);
  EXPECT_TRUE(m.transformer->tied_embeddings);
}

TEST(HfConfig, BertBase) {
  // (30522 + 512 + 2 + 2)·768 + 12·7,087,872 + pooler 768² + 768.
  const Model m = read(R"({"model_type": "bert", "architectures": ["BertModel"], "hidden_size": 768,
    "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12, "vocab_size": 30522,
    "max_position_embeddings": 512, "type_vocab_size": 2})");
  EXPECT_EQ(m.parameters, 109'482'240);
  EXPECT_FALSE(m.layout->has_head);
}

TEST(HfConfig, Mixtral) {
  const Model m = read(R"({"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336,
    "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 32000,
    "num_local_experts": 8, "num_experts_per_tok": 2, "max_position_embeddings": 32768})");
  EXPECT_EQ(m.parameters, 46'702'792'704);
  EXPECT_EQ(m.active_parameters, 46'702'792'704 - 32LL * 6 * 3 * 4096 * 14336);
  EXPECT_EQ(m.transformer->experts, 8);
}

TEST(HfConfig, DeepSeekV3) {
  const std::string text = R"({"model_type": "deepseek_v3", "hidden_size": 7168, "intermediate_size": 18432,
    "moe_intermediate_size": 2048, "first_k_dense_replace": 3, "n_routed_experts": 256, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "num_attention_heads": 128, "num_hidden_layers": 61, "num_key_value_heads": 128,
    "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
    "topk_method": "noaux_tc", "vocab_size": 129280, "num_nextn_predict_layers": 1,
    "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}})";
  const Model m = read(text);
  EXPECT_EQ(m.parameters, 671'026'419'200);
  EXPECT_EQ(m.declared_quantization, "fp8_block");
  EXPECT_EQ(m.transformer->dense_layers, 3);
  EXPECT_EQ(m.transformer->shared_experts, 1);
  EXPECT_THAT(m.notes, Contains(HasSubstr("extra prediction layer")));
}

TEST(HfConfig, VitBase) {
  // Patches 768·768 + 768, class token 768, positions 197·768, 12·7,087,872, final norm 1536.
  const Model m = read(R"({"model_type": "vit", "architectures": ["ViTForImageClassification"], "hidden_size": 768,
    "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072, "image_size": 224,
    "patch_size": 16, "num_channels": 3})");
  EXPECT_EQ(m.parameters, 85'798'656);
  EXPECT_EQ(m.layout->stacks[0].fixed_tokens, 197);
  const auto p = profile(m);
  ASSERT_TRUE(p);
  // 12 layers: 197 tokens · 12·768² weights and 2·197²·768 attention; patches 196·768².
  EXPECT_NEAR(p->macs, 12 * (197.0 * 12 * 768 * 768 + 2 * 197.0 * 197 * 768) + 196.0 * 768 * 768, 1);
}

TEST(HfConfig, T5SharesItsEmbedding) {
  // d 512, 8 heads of 64, ffn 2048, 6+6 layers: encoder 4·512² + 2·512·2048 + 2·512 = 3,146,752; decoder
  // + 4·512² + 512 = 4,195,840; two position tables 32·8, two final norms, embedding 32128·512.
  const Model m = read(R"({"model_type": "t5", "architectures": ["T5ForConditionalGeneration"], "d_model": 512,
    "d_ff": 2048, "num_heads": 8, "num_layers": 6, "d_kv": 64, "vocab_size": 32128, "feed_forward_proj": "relu"})");
  EXPECT_EQ(m.parameters, 6 * 3'146'752 + 6 * 4'195'840 + 512 + 1024 + 32128 * 512);
  EXPECT_EQ(m.transformer->kind, Transformer::Kind::kEncoderDecoder);
}

TEST(HfConfig, Gemma3AlternatesWindows) {
  const Model m = read(R"({"model_type": "gemma3_text", "head_dim": 256, "hidden_size": 1152,
    "intermediate_size": 6912, "num_attention_heads": 4, "num_hidden_layers": 26, "num_key_value_heads": 1,
    "sliding_window": 512, "sliding_window_pattern": 6, "vocab_size": 262144, "max_position_embeddings": 32768})");
  EXPECT_EQ(m.parameters, 999'885'952);
  ASSERT_EQ(m.layout->stacks[0].layers.size(), 2U);
  EXPECT_EQ(m.layout->stacks[0].layers[0].count, 22);  // windowed; 6, 12, 18, 24 are full
  EXPECT_EQ(m.layout->stacks[0].layers[0].attention->window, 512);
  EXPECT_EQ(m.transformer->full_attention_every, 6);
}

TEST(HfConfig, HybridsHaveRecurrentLayers) {
  const Model m = read(R"({"model_type": "jamba", "hidden_size": 64, "intermediate_size": 128,
    "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 8, "num_experts": 4,
    "num_experts_per_tok": 2, "vocab_size": 100, "max_position_embeddings": 64, "expert_layer_period": 2,
    "expert_layer_offset": 1, "attn_layer_period": 8, "attn_layer_offset": 4})");
  std::int64_t recurrent = 0;
  for (const LayerGroup& group : m.layout->stacks[0].layers) {
    if (group.state_elements > 0) recurrent += group.count;
  }
  EXPECT_EQ(recurrent, 7);
  EXPECT_TRUE(profile(m));
}

TEST(HfConfig, DefaultsOfTheConfigClassAreNoted) {
  const Model m = read(R"({"model_type": "llama", "vocab_size": 32000})");  // Llama-7B is the default
  EXPECT_EQ(m.parameters, 6'738'415'616);
  EXPECT_THAT(m.notes, Contains(HasSubstr("hidden_size not given: 4096")));
}

TEST(HfConfig, TakesTheTypeFromTheClass) {
  const Model m = read(R"({"architectures": ["GPTNeoXForCausalLM"], "hidden_size": 6144, "intermediate_size": 24576,
    "num_attention_heads": 64, "num_hidden_layers": 44, "vocab_size": 50432})");
  EXPECT_EQ(m.parameters, 20'554'567'680);
  EXPECT_EQ(m.architecture, "gpt_neox");
}

TEST(HfConfig, ReadsPythonsInfinity) {
  EXPECT_GT(read(R"({"model_type": "llama", "x": [-Infinity, Infinity, NaN], "y": "Infinity \" NaN"})").parameters, 0);
}

TEST(HfConfig, NamesAnUnknownType) {
  const auto model = read_hf_config("{\n  \"model_type\": \"lama\"\n}", "c.json");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(to_string(model.error()), HasSubstr("c.json:2:17: error: model type 'lama' isn't understood"));
  EXPECT_THAT(model.error().fix, HasSubstr("did you mean 'llama'?"));
}

TEST(HfFamilies, AreFoundByTypeAndClass) {
  for (const Family& family : hf_families()) EXPECT_EQ(find_family(family.type), &family) << family.type;
  for (const Family& family : hf_families()) {
    const auto model =
        read_hf_config("{\"model_type\": \"" + std::string(family.type) + "\", \"vision_config\": {}}", "c");
    EXPECT_TRUE(model || model.error().code != ErrorCode::kInternal) << family.type;
  }
  EXPECT_EQ(find_family_of_class("Qwen2MoeForCausalLM")->type, "qwen2_moe");
  EXPECT_EQ(find_family_of_class("GPT2LMHeadModel")->type, "gpt2");
  EXPECT_EQ(find_family_of_class("CLIPVisionModelWithProjection")->type, "clip_vision_model");
  EXPECT_EQ(find_family_of_class(""), nullptr);
}

}  // namespace
}  // namespace berth
