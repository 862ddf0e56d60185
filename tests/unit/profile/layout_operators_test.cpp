#include <gtest/gtest.h>

#include <algorithm>

#include "berth/profile.hpp"

namespace berth {
namespace {

using Pass = ProfileOptions::Pass;

Transformer small() {
  Transformer t;
  t.layers = 2;
  t.hidden = 8;
  t.heads = 4;
  t.kv_heads = 2;
  t.head_dim = 2;
  t.ffn = 16;
  t.gated_ffn = true;
  t.vocab = 10;
  return t;
}

ProfileOptions options(Pass pass, std::int64_t batch = 3, std::int64_t length = 5) {
  ProfileOptions o;
  o.batch = batch;
  o.sequence_length = length;
  o.pass = pass;
  return o;
}

const Operator& find(const std::vector<Operator>& rows, const std::string& name) {
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const Operator& op) { return op.name == name; });
  if (it == rows.end()) throw std::runtime_error("no row " + name);
  return *it;
}

double weight_macs(const std::vector<Operator>& rows) {
  double sum = 0;
  for (const Operator& op : rows) {
    if (op.kind == OperatorKind::kMatmul) sum += op.m * op.n * op.k * op.batch * op.count;
  }
  return sum;
}

TEST(LayoutOperators, ForwardDoesEveryWeightOnceAToken) {
  // Weights: per layer q, o 2·64 + k, v 2·32 + FFN 3·128 = 576; 2 layers and the head 80: 1232; 15 tokens.
  const auto rows = transformer_operators(small(), options(Pass::kForward));
  EXPECT_DOUBLE_EQ(weight_macs(rows), 15 * 1232);
  const Operator& qkv = find(rows, "decoder.attention.qkv_proj");
  EXPECT_EQ(qkv.m, 15);
  EXPECT_EQ(qkv.n, 16);
  EXPECT_EQ(qkv.count, 2);
}

TEST(LayoutOperators, CausalAttentionSeesHalfOfTheKeys) {
  // 4 heads on 2 key heads: 2·5 query rows share a product; 5 queries see 1..5 keys, 3 on average.
  const auto rows = transformer_operators(small(), options(Pass::kForward));
  const Operator& scores = find(rows, "decoder.attention.scores");
  EXPECT_EQ(scores.m, 10);
  EXPECT_EQ(scores.n, 3);
  EXPECT_EQ(scores.k, 2);
  EXPECT_EQ(scores.batch, 3 * 2);
  EXPECT_EQ(scores.elements_moved, 10 * 2 + 5 * 2);
}

TEST(LayoutOperators, AWindowLimitsKeys) {
  // Window 2 over 5 queries: 1+2+2+2+2 = 9 keys, 1.8 on average.
  Transformer t = small();
  t.sliding_window = 2;
  t.full_attention_every = 0;
  EXPECT_DOUBLE_EQ(find(transformer_operators(t, options(Pass::kForward)), "decoder.attention.scores").n, 1.8);
  EXPECT_DOUBLE_EQ(find(transformer_operators(t, options(Pass::kDecode)), "decoder.attention.scores").n, 2);
}

TEST(LayoutOperators, DecodeReadsTheCacheOnce) {
  // One query token a sequence; per key head 2 query rows of width 2, 5 keys of width 2.
  const auto rows = transformer_operators(small(), options(Pass::kDecode));
  EXPECT_DOUBLE_EQ(weight_macs(rows), 3 * 1232);
  const Operator& scores = find(rows, "decoder.attention.scores");
  EXPECT_EQ(scores.m, 2);
  EXPECT_EQ(scores.n, 5);
  EXPECT_EQ(scores.elements_moved, 2 * 2 + 5 * 2);
}

TEST(LayoutOperators, TrainingIsThreeProductsAWeight) {
  const auto rows = transformer_operators(small(), options(Pass::kTraining));
  EXPECT_DOUBLE_EQ(weight_macs(rows), 3 * 15 * 1232);
  const Operator& weight = find(rows, "decoder.ffn.down_proj.backward_weight");
  EXPECT_EQ(weight.m, 16);
  EXPECT_EQ(weight.n, 8);
  EXPECT_EQ(weight.k, 15);
}

TEST(LayoutOperators, LastTokenLogitsOnly) {
  ProfileOptions o = options(Pass::kForward);
  o.logits = ProfileOptions::Logits::kLastToken;
  EXPECT_EQ(find(transformer_operators(small(), o), "head.logits").m, 3);
}

TEST(LayoutOperators, ExpertsCountRoutedTokensAndHitExperts) {
  // One token, 2 of 8: exactly 2 experts are read, each for 1 token.
  Transformer t = small();
  t.experts = 8;
  t.experts_per_token = 2;
  t.expert_ffn = 16;
  auto rows = transformer_operators(t, options(Pass::kDecode, 1));
  EXPECT_NEAR(find(rows, "decoder.experts.up_proj").batch, 2, 1e-12);
  // Two tokens: 8·(1 - (6/8)²) = 3.5 experts on average, 4 token-expert pairs.
  rows = transformer_operators(t, options(Pass::kDecode, 2));
  const Operator& up = find(rows, "decoder.experts.up_proj");
  EXPECT_NEAR(up.batch, 3.5, 1e-12);
  EXPECT_NEAR(up.m * up.batch, 4, 1e-12);
  t.experts_per_token = 8;
  EXPECT_EQ(find(transformer_operators(t, options(Pass::kDecode)), "decoder.experts.up_proj").batch, 8);
}

TEST(LayoutOperators, LatentDecodeReadsTheCompressedCache) {
  // Cache row: rank 6 + rope 2 = 8 elements, read once for the scores of all 4 heads: (4 + 5)·8.
  Transformer t = small();
  t.kv_heads = 4;
  t.latent = LatentAttention{6, 0, 2, 3, 3};
  const auto rows = transformer_operators(t, options(Pass::kDecode));
  EXPECT_EQ(find(rows, "decoder.attention.scores").elements_moved, 9 * 8);
  EXPECT_EQ(find(rows, "decoder.attention.scores").batch, 3);
}

TEST(LayoutOperators, GeneratingRunsTheDecoderOnly) {
  Transformer t = small();
  t.kind = Transformer::Kind::kEncoderDecoder;
  t.encoder_layers = 2;
  for (const Operator& op : transformer_operators(t, options(Pass::kDecode))) {
    EXPECT_EQ(op.name.find("encoder."), std::string::npos) << op.name;
  }
  EXPECT_EQ(find(transformer_operators(t, options(Pass::kForward)), "decoder.cross_attention.kv_proj").m, 15);
}

}  // namespace
}  // namespace berth
