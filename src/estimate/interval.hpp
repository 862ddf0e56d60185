// The 80 % interval of an estimated figure.
#pragma once

#include <string_view>

#include "berth/estimate.hpp"
#include "berth/units.hpp"

namespace berth::estimation {

// Whether the case lies within what the calibration has seen.
enum class Range : std::uint8_t { kCalibrated, kExtrapolated };

// `expected` with the ends that calibration "width.<figure>" gives; outside the calibrated range the
// distance to both ends grows by the factor "width.extrapolated" (in logarithms).
Interval around(double expected, std::string_view figure, const Calibration& calibration, Range range);

// The interval of 1/x.
Interval reciprocal(const Interval& x);

// True when all three are finite, not negative and in order.
bool is_sound(const Interval& x);

}  // namespace berth::estimation
