#include "core/json.hpp"

#include <cmath>

namespace berth {

Json json_number(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::abs(value) < kExactIntegers) {
    return static_cast<std::int64_t>(value);
  }
  if (value == 0) return 0;
  const double scale = std::pow(10.0, digits - 1 - std::floor(std::log10(std::abs(value))));
  const double rounded = std::isfinite(scale) && scale > 0 ? std::round(value * scale) / scale : value;
  return rounded;
}

Json json_interval(const Interval& interval) {
  return Json{{"low", json_number(interval.low)},
              {"expected", json_number(interval.expected)},
              {"high", json_number(interval.high)}};
}

std::string json_text(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace berth
