#include "berth/profile.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

Model matmul_model(double m, double n, double k) {
  Operator op;
  op.kind = OperatorKind::kMatmul;
  op.m = m;
  op.n = n;
  op.k = k;
  op.count = 2;
  op.weight_elements = n * k;
  return model_from_operators({op}).value();
}

TEST(Profile, CountsAMatrixProduct) {
  // 2·4·8·16·2 = 2048 FLOPs; bf16: 2·(4·16 + 16·8 + 4·8)·2 = 896 bytes.
  const auto p = profile(matmul_model(4, 8, 16));
  ASSERT_TRUE(p);
  EXPECT_EQ(p->flops, 2048);
  EXPECT_EQ(p->macs, 1024);
  EXPECT_EQ(p->bytes, 896);
  EXPECT_DOUBLE_EQ(*p->operational_intensity, 2048.0 / 896);
  EXPECT_EQ(p->activation_elements, 64);
  EXPECT_EQ(*p->matmul_share_of_flops, 1);
}

TEST(Profile, ItemsShareTheWeight) {
  // Batch 3: m = 12: 2·(12·16 + 16·8 + 12·8)·2 = 1664 bytes.
  ProfileOptions options;
  options.batch = 3;
  const auto p = profile(matmul_model(4, 8, 16), options);
  EXPECT_EQ(p->flops, 3 * 2048);
  EXPECT_EQ(p->bytes, 1664);
}

TEST(Profile, SharesOfFlopsAndOfTime) {
  // A matmul of 2·100³ = 2e6 FLOPs, 6e4 bytes: at ridge 100 its time is max(2e4, 6e4) = 6e4 bytes. An
  // element-wise row of 1e4 elements: 1e4 FLOPs, 4e4 bytes.
  Operator mm;
  mm.kind = OperatorKind::kMatmul;
  mm.m = mm.n = mm.k = 100;
  Operator add;
  add.kind = OperatorKind::kElementwise;
  add.m = add.n = 100;
  const auto p = profile(model_from_operators({mm, add}).value());
  EXPECT_DOUBLE_EQ(*p->matmul_share_of_flops, 2e6 / 2.01e6);
  EXPECT_DOUBLE_EQ(*p->matmul_share_of_roofline_time, 0.6);
}

TEST(Profile, OfASummaryKnowsTotalsOnly) {
  Summary s;
  s.macs_per_item = 4e9;
  const auto p = profile(model_from_summary(s));
  EXPECT_EQ(p->flops, 8e9);
  EXPECT_FALSE(p->matmul_share_of_flops);
  EXPECT_FALSE(p->operational_intensity);
  EXPECT_EQ(p->precision_basis, "unknown");
}

TEST(Profile, TreesHaveNoMatrixProducts) {
  Model m;
  m.trees = TreeEnsemble{100, 8, 1};
  EXPECT_EQ(*profile(m)->matmul_share_of_flops, 0);
  EXPECT_EQ(profile(m)->flops, 800);
}

TEST(Profile, RefusesWhatItCannotKnow) {
  EXPECT_EQ(profile(Model{}).error().code, ErrorCode::kIncomplete);
  Transformer t;
  t.layers = t.hidden = t.heads = t.ffn = 4;
  const Model model = model_from_transformer(t).value();
  EXPECT_EQ(profile(model).error().code, ErrorCode::kIncomplete);  // no sequence length
  ProfileOptions options;
  options.sequence_length = 16;
  EXPECT_TRUE(profile(model, options));
  options.batch = 0;
  EXPECT_FALSE(profile(model, options));
  options.batch = 1;
  options.ridge_flops_per_byte = 0;
  EXPECT_FALSE(profile(model, options));
}

TEST(Profile, SaysWhichLengthItAssumed) {
  Transformer t;
  t.layers = t.hidden = t.heads = t.ffn = 4;
  t.max_positions = 100000;
  const auto p = profile(model_from_transformer(t).value());
  ASSERT_TRUE(p);
  EXPECT_EQ(p->notes.back(), "sequence length not given: 4096 assumed");
}

}  // namespace
}  // namespace berth
