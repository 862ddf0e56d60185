#include "profile/precision_rounding.hpp"

#include <algorithm>
#include <cmath>

namespace berth {
namespace {

constexpr Eigen::Index kBlockWeights = 32;  // weights that share a scale: GGUF's and MX's block

enum class Sharing : std::uint8_t { kTensor, kChannel, kBlock };

constexpr std::array<RoundingFormat, kRoundingFormatCount> kFormats{{{"bf16", "none", DType::kBf16},
                                                                     {"fp16", "none", DType::kFp16},
                                                                     {"fp8_e4m3", "tensor", DType::kFp8},
                                                                     {"fp8_e5m2", "tensor", DType::kFp8},
                                                                     {"int8", "tensor", DType::kInt8},
                                                                     {"int8", "channel", DType::kInt8},
                                                                     {"int8", "block", DType::kInt8},
                                                                     {"int4", "tensor", DType::kInt4},
                                                                     {"int4", "channel", DType::kInt4},
                                                                     {"int4", "block", DType::kInt4}}};

FloatMatrix as_floats(const FloatMatrix& weights, const FloatFormat& format, float scale) {
  FloatMatrix out(weights.rows(), weights.cols());
  for (Eigen::Index i = 0; i < weights.size(); ++i) {
    out.data()[i] = round_to(weights.data()[i] / scale, format) * scale;
  }
  return out;
}

// Scaled so that the largest weight is the largest number.
FloatMatrix as_scaled_floats(const FloatMatrix& weights, const FloatFormat& format) {
  const float largest = weights.cwiseAbs().maxCoeff();
  const float scale = largest / format.largest;
  return as_floats(weights, format, scale > 0 ? scale : 1.0F);
}

// Symmetric integers of `bits` bits, the same scale for the whole block.
template <class Block>
void round_integers(Block block, int bits) {
  const float steps = static_cast<float>((1 << (bits - 1)) - 1);
  const float scale = block.cwiseAbs().maxCoeff() / steps;
  if (!(scale > 0)) return;  // all zero, or too small for a scale
  block = ((block.array() / scale).round().max(-steps).min(steps) * scale).matrix();
}

FloatMatrix as_integers(const FloatMatrix& weights, int bits, Sharing sharing) {
  FloatMatrix out = weights;
  if (sharing == Sharing::kTensor) {
    round_integers(out.block(0, 0, out.rows(), out.cols()), bits);
    return out;
  }
  const Eigen::Index width = sharing == Sharing::kChannel ? out.cols() : kBlockWeights;
  for (Eigen::Index row = 0; row < out.rows(); ++row) {
    for (Eigen::Index column = 0; column < out.cols(); column += width) {
      round_integers(out.block(row, column, 1, std::min(width, out.cols() - column)), bits);
    }
  }
  return out;
}

}  // namespace

const RoundingFormat& rounding_format(int index) {
  return kFormats[static_cast<std::size_t>(std::clamp(index, 0, kRoundingFormatCount - 1))];
}

float round_to(float value, const FloatFormat& format) {
  if (value == 0) return value;
  int exponent = 0;
  (void)std::frexp(value, &exponent);  // value = f · 2^exponent with f in [0.5, 1)
  const int unit = std::max(exponent - 1, format.least) - format.mantissa;
  const double step = std::ldexp(1.0, unit);
  const double nearest = std::nearbyint(static_cast<double>(value) / step) * step;
  return static_cast<float>(
      std::clamp(nearest, -static_cast<double>(format.largest), static_cast<double>(format.largest)));
}

FloatMatrix rounded(const FloatMatrix& weights, int index) {
  switch (index) {
    case 0: return as_floats(weights, kBf16Format, 1);
    case 1: return as_floats(weights, kFp16Format, 1);
    case 2: return as_scaled_floats(weights, kE4M3Format);
    case 3: return as_scaled_floats(weights, kE5M2Format);
    case 4: return as_integers(weights, 8, Sharing::kTensor);
    case 5: return as_integers(weights, 8, Sharing::kChannel);
    case 6: return as_integers(weights, 8, Sharing::kBlock);
    case 7: return as_integers(weights, 4, Sharing::kTensor);
    case 8: return as_integers(weights, 4, Sharing::kChannel);
    default: return as_integers(weights, 4, Sharing::kBlock);
  }
}

}  // namespace berth
