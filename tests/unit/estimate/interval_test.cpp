#include "estimate/interval.hpp"

#include <cmath>
#include <limits>

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

const std::map<std::string, double> kWidth{
    {"width.decode.low", 0.8}, {"width.decode.high", 1.5}, {"width.extrapolated", 2}};

TEST(IntervalAround, MultipliesTheWidths) {
  const Interval x = around(10, "decode", calibration(kWidth), Range::kCalibrated);
  EXPECT_DOUBLE_EQ(x.low, 8);
  EXPECT_DOUBLE_EQ(x.expected, 10);
  EXPECT_DOUBLE_EQ(x.high, 15);
}

TEST(IntervalAround, IsWiderOutsideTheCalibratedRange) {
  const Interval x = around(10, "decode", calibration(kWidth), Range::kExtrapolated);
  EXPECT_NEAR(x.low, 6.4, 1e-12);    // 10 * 0.8^2
  EXPECT_NEAR(x.high, 22.5, 1e-12);  // 10 * 1.5^2
}

TEST(IntervalReciprocal, SwapsTheEnds) {
  const Interval x = reciprocal({2, 4, 8});
  EXPECT_DOUBLE_EQ(x.low, 0.125);
  EXPECT_DOUBLE_EQ(x.expected, 0.25);
  EXPECT_DOUBLE_EQ(x.high, 0.5);
}

TEST(IntervalSoundness, NeedsOrderAndFiniteEnds) {
  EXPECT_TRUE(is_sound({1, 2, 3}));
  EXPECT_FALSE(is_sound({2, 1, 3}));
  EXPECT_FALSE(is_sound({-1, 1, 3}));
  EXPECT_FALSE(is_sound({1, 2, std::numeric_limits<double>::infinity()}));
  EXPECT_FALSE(is_sound({1, std::nan(""), 3}));
}

}  // namespace
}  // namespace berth::estimation
