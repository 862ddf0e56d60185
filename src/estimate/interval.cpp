#include "estimate/interval.hpp"

#include <cmath>
#include <string>

namespace berth::estimation {

Interval around(double expected, std::string_view figure, const Calibration& calibration, Range range) {
  const std::string name = "width." + std::string(figure);
  double low = calibration(name + ".low");
  double high = calibration(name + ".high");
  if (range == Range::kExtrapolated) {
    const double power = calibration("width.extrapolated");
    low = std::pow(low, power);
    high = std::pow(high, power);
  }
  return {expected * low, expected, expected * high};
}

Interval reciprocal(const Interval& x) {
  return {1 / x.high, 1 / x.expected, 1 / x.low};
}

bool is_sound(const Interval& x) {
  return std::isfinite(x.low) && std::isfinite(x.expected) && std::isfinite(x.high) && x.low >= 0 &&
         x.low <= x.expected && x.expected <= x.high;
}

}  // namespace berth::estimation
