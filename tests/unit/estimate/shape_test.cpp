#include "estimate/shape.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

TEST(Shape, CountsTheWeightsOfADenseDecoder) {
  const Shape s = shape_of(round_transformer());
  EXPECT_EQ(s.attention, 4.0 * 1024 * 1024);
  EXPECT_EQ(s.ffn, 2.0 * 1024 * 4096);
  EXPECT_EQ(s.dense_weights(), 10 * (4.0 * 1024 * 1024 + 2.0 * 1024 * 4096));  // 125,829,120
  EXPECT_EQ(s.total_weights(), 125829120.0 + 2 * 1000 * 1024);
  EXPECT_EQ(s.kv_per_token, 2.0 * 16 * 64 * 10);
}

TEST(Shape, CountsExperts) {
  Transformer t = round_transformer();
  t.experts = 8;
  t.experts_per_token = 2;
  t.shared_experts = 1;
  t.expert_ffn = 512;
  t.gated_ffn = true;
  t.dense_layers = 1;
  const Shape s = shape_of(t);
  EXPECT_EQ(s.expert_layers, 9);
  EXPECT_EQ(s.expert, 3.0 * 1024 * 512);
  EXPECT_EQ(s.expert_weights(), 9 * 8 * 3.0 * 1024 * 512);
  EXPECT_EQ(s.active_weights() - s.dense_weights(), 9 * 2 * 3.0 * 1024 * 512);
}

TEST(Shape, CompressesTheLatentCache) {
  Transformer t = round_transformer();
  t.latent = LatentAttention{512, 0, 64, 128, 0};
  EXPECT_EQ(shape_of(t).kv_per_token, (512.0 + 64) * 10);
  EXPECT_TRUE(shape_of(t).kv_shared_by_heads);
}

TEST(Shape, HoldsWhatTheDimensionsDoNotSay) {
  Model model;
  model.transformer = round_transformer();
  model.parameters = 130'000'000;
  EXPECT_EQ(shape_of(model).other, 130e6 - (125829120.0 + 2 * 1000 * 1024));
}

TEST(KeysPerLayer, AreCutByTheWindow) {
  Transformer t = round_transformer();
  t.sliding_window = 128;
  t.full_attention_every = 2;
  EXPECT_DOUBLE_EQ(keys_per_layer(shape_of(t), 1024), 576);  // (1024 + 128) / 2
  EXPECT_DOUBLE_EQ(keys_per_layer(shape_of(round_transformer()), 1024), 1024);
}

}  // namespace
}  // namespace berth::estimation
