// Rounding of weights to narrower formats, in place of the hardware that would hold them.
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>

#include "berth/precision.hpp"

namespace berth {

using FloatMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// What a number format of floating point can hold.
struct FloatFormat {
  int mantissa = 0;   // explicit bits
  int least = 0;      // exponent of the smallest normal number
  float largest = 0;  // finite
};
// IEEE 754 half; bfloat16; fp8 as in arXiv:2209.05433, table 1.
inline constexpr FloatFormat kFp16Format{10, -14, 65504.0F};
inline constexpr FloatFormat kBf16Format{7, -126, 3.3895314e38F};
inline constexpr FloatFormat kE4M3Format{3, -6, 448.0F};
inline constexpr FloatFormat kE5M2Format{2, -14, 57344.0F};

// To the nearest number of the format, ties to even; larger ones become the largest. Finite input.
float round_to(float value, const FloatFormat& format);

// The matrix after a round trip through format number `index` (rounding_format).
FloatMatrix rounded(const FloatMatrix& weights, int index);

}  // namespace berth
