// Rounding and its error, with figures worked out by hand.
#include "berth/precision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "profile/precision_rounding.hpp"

namespace berth {
namespace {

using ::testing::HasSubstr;

int format_index(const std::string& name, const std::string& scaling) {
  for (int i = 0; i < kRoundingFormatCount; ++i) {
    if (rounding_format(i).name == name && rounding_format(i).scaling == scaling) return i;
  }
  ADD_FAILURE() << name << " " << scaling;
  return 0;
}

WeightSample sample_of(std::int64_t rows, std::int64_t columns, std::vector<float> values) {
  WeightSample out;
  out.tensor = "w";
  out.stored_as = "F32";
  out.rows = out.tensor_rows = rows;
  out.columns = out.tensor_columns = columns;
  out.values = std::move(values);
  return out;
}

MatrixPrecision measured(const WeightSample& sample) {
  const Result<PrecisionReport> report = measure_precision({sample}, {});
  EXPECT_TRUE(report);
  return report->matrices.at(0);
}

// With one column W x is w times a number, so the error is ||w - Q(w)|| / ||w|| whatever x is.
double column_error(std::vector<float> values, const std::string& name, const std::string& scaling) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return measured(sample_of(rows, 1, std::move(values))).errors[static_cast<std::size_t>(format_index(name, scaling))];
}

TEST(Rounding, GoesToTheNearestAndTiesToEven) {
  // bf16 has steps of 2^-7 from 1 to 2: half a step up is a tie between mantissas 0 and 1, then 1 and 2.
  EXPECT_EQ(round_to(1 + 0x1p-8F, kBf16Format), 1.0F);
  EXPECT_EQ(round_to(1 + 3 * 0x1p-8F, kBf16Format), 1 + 0x1p-6F);
  EXPECT_EQ(round_to(1 + 0x1p-8F + 0x1p-20F, kBf16Format), 1 + 0x1p-7F);
  // fp16: steps of 2^-10.
  EXPECT_EQ(round_to(1 + 0x1p-11F, kFp16Format), 1.0F);
  EXPECT_EQ(round_to(-1 - 3 * 0x1p-11F, kFp16Format), -1 - 0x1p-9F);
  // e4m3: steps of 1/8; e5m2: of 1/4.
  EXPECT_EQ(round_to(1.1F, kE4M3Format), 1.125F);
  EXPECT_EQ(round_to(1.0625F, kE4M3Format), 1.0F);
  EXPECT_EQ(round_to(1.1F, kE5M2Format), 1.0F);
  EXPECT_EQ(round_to(1.2F, kE5M2Format), 1.25F);
}

TEST(Rounding, SaturatesAndKeepsSubnormals) {
  EXPECT_EQ(round_to(1e5F, kFp16Format), 65504.0F);
  EXPECT_EQ(round_to(-1e5F, kE4M3Format), -448.0F);
  EXPECT_EQ(round_to(1e5F, kE5M2Format), 57344.0F);
  // The smallest e4m3 number is 2^-6 / 8 = 2^-9; half of it ties to zero, three halves to two.
  EXPECT_EQ(round_to(0x1p-10F, kE4M3Format), 0.0F);
  EXPECT_EQ(round_to(3 * 0x1p-10F, kE4M3Format), 0x1p-8F);
}

TEST(PrecisionNeed, ErrorOfIntegersIsThatOfTheirSteps) {
  // One scale for all is 127 / 127 = 1: 1.4 becomes 1 and -2.6 becomes -3.
  const double norm = std::sqrt(127.0 * 127 + 1.4 * 1.4 + 2.6 * 2.6);
  EXPECT_NEAR(column_error({127, 1.4F, -2.6F}, "int8", "tensor"), std::sqrt(0.16 + 0.16) / norm, 1e-7);
  // Each row has its own scale and one weight, which is its largest: nothing is lost.
  EXPECT_NEAR(column_error({127, 1.4F, -2.6F}, "int8", "channel"), 0, 1e-7);
  // int4: scale 7 / 7 = 1; 2.25 becomes 2.
  EXPECT_NEAR(column_error({7, 2.25F}, "int4", "tensor"), 0.25 / std::sqrt(49 + 2.25 * 2.25), 1e-7);
}

TEST(PrecisionNeed, ErrorOfFloatsIsThatOfTheirMantissa) {
  // bf16: 1 + 2^-8 becomes 1.
  EXPECT_NEAR(column_error({1 + 0x1p-8F}, "bf16", "none"), 0x1p-8 / (1 + 0x1p-8), 1e-7);
  EXPECT_NEAR(column_error({1 + 0x1p-8F}, "fp16", "none"), 0, 1e-9);
  // fp8 is scaled so that 448 stays 448; the steps from 16 to 32 are 2, so 17.5 becomes 18.
  EXPECT_NEAR(column_error({448, 17.5F}, "fp8_e4m3", "tensor"), 0.5 / std::sqrt(448.0 * 448 + 17.5 * 17.5), 1e-7);
}

TEST(PrecisionNeed, BlocksShareScalesAmong32Weights) {
  // A row of 64: 32 weights of at most 127 and 32 of at most 1.27. By blocks the second half has steps of 0.01,
  // with one scale for the row steps of 1: 0.3 becomes 0.
  std::vector<float> row(64, 127.0F);
  for (std::size_t i = 32; i < 64; ++i) row[i] = i == 32 ? 1.27F : 0.3F;
  const FloatMatrix weights = Eigen::Map<const FloatMatrix>(row.data(), 1, 64);
  EXPECT_EQ(rounded(weights, format_index("int8", "channel"))(0, 40), 0.0F);
  EXPECT_NEAR(rounded(weights, format_index("int8", "block"))(0, 40), 0.3F, 1e-6);
}

TEST(PrecisionNeed, DescribesTheMatrix) {
  // Ten inputs whose largest weight is 1, but one of 7 (more than six times the median) and one of 6 (not more).
  std::vector<float> values(20, 1.0F);
  values[3] = 7;
  values[4] = -6;
  values[15] = 0.4375F;
  const MatrixPrecision m = measured(sample_of(2, 10, values));
  EXPECT_DOUBLE_EQ(m.outlier_channels, 0.1);
  EXPECT_DOUBLE_EQ(m.largest, 7);
  EXPECT_DOUBLE_EQ(m.range_bits, 4);  // 7 / 0.4375 = 16
  // Singular values of diag(4, 1) are 4 and 1.
  EXPECT_NEAR(measured(sample_of(2, 2, {4, 0, 0, 1})).condition, 4, 1e-9);
}

TEST(PrecisionNeed, NamesTheNarrowestWithinTheTolerance) {
  PrecisionOptions options;
  const WeightSample sample = sample_of(2, 1, {7, 2.25F});  // int4 per tensor: 0.25 / 7.353 = 0.034
  options.tolerance = 0.035;
  EXPECT_EQ(measure_precision({sample}, options)->lowest, format_index("int4", "tensor"));
  options.tolerance = 0.033;  // one scale a channel loses nothing here
  EXPECT_EQ(measure_precision({sample}, options)->lowest, format_index("int4", "channel"));
  options.tolerance = std::nullopt;
  EXPECT_FALSE(measure_precision({sample}, options)->lowest);
}

TEST(PrecisionNeed, LeavesTheAnswerOpenWhenNothingIsGoodEnough) {
  PrecisionOptions options;
  options.tolerance = 1e-12;
  const auto report = measure_precision({sample_of(2, 2, {0.1F, 0.7F, 0.3F, 0.013F})}, options);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->lowest);
}

TEST(PrecisionNeed, IsTheSameEveryTime) {
  std::vector<float> values(64 * 48);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
  const WeightSample sample = sample_of(64, 48, values);
  PrecisionOptions options;
  const auto first = measure_precision({sample}, options);
  const auto second = measure_precision({sample}, options);
  EXPECT_EQ(first->matrices[0].errors, second->matrices[0].errors);
  options.seed = 2;
  EXPECT_NE(measure_precision({sample}, options)->matrices[0].errors, first->matrices[0].errors);
}

TEST(PrecisionNeed, RefusesWhatItCannotMeasure) {
  EXPECT_EQ(measure_precision({}, {}).error().code, ErrorCode::kIncomplete);
  PrecisionOptions options;
  options.tolerance = -1;
  EXPECT_THAT(measure_precision({sample_of(1, 1, {1})}, options).error().message, HasSubstr("must be positive"));
  const auto report = measure_precision({sample_of(1, 1, {NAN}), sample_of(1, 1, {1})}, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->matrices.size(), 1U);
  EXPECT_THAT(report->notes.at(0), HasSubstr("aren't finite"));
}

}  // namespace
}  // namespace berth
