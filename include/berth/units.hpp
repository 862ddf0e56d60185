/// Strong types for quantities at API edges, and the 80 % interval of an estimate.
///
/// Base units only (bytes, seconds, operations, US dollars, watts); prefixes exist only where text
/// is read or printed (parse_quantity, format_*). Only dimensionally valid operators are defined.
#pragma once

#include <cstdint>
#include <string>

#include "berth/result.hpp"

namespace berth {

/// A number of units of dimension Tag. Explicit both ways, so a Bytes can't pass for a Seconds.
template <class Tag, class Rep>
class Quantity {
 public:
  using rep = Rep;
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value_ + b.value_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value_ - b.value_); }
  friend constexpr Quantity operator*(Quantity a, Rep f) { return Quantity(a.value_ * f); }
  friend constexpr double operator/(Quantity a, Quantity b) {
    return static_cast<double>(a.value_) / static_cast<double>(b.value_);
  }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  Rep value_{};
};

using Bytes = Quantity<struct BytesTag, std::int64_t>;
using Flops = Quantity<struct FlopsTag, double>;                    ///< operations; a multiply-accumulate is two
using FlopsPerSecond = Quantity<struct FlopsPerSecondTag, double>;  ///< dense
using BytesPerSecond = Quantity<struct BytesPerSecondTag, double>;
using Seconds = Quantity<struct SecondsTag, double>;
using Usd = Quantity<struct UsdTag, double>;
using UsdPerHour = Quantity<struct UsdPerHourTag, double>;
using Watts = Quantity<struct WattsTag, double>;

constexpr Seconds operator/(Flops work, FlopsPerSecond rate) {
  return Seconds(work.value() / rate.value());
}
constexpr Seconds operator/(Bytes size, BytesPerSecond rate) {
  return Seconds(static_cast<double>(size.value()) / rate.value());
}
constexpr Usd operator*(UsdPerHour price, Seconds time) {
  return Usd(price.value() * time.value() / 3600.0);
}

/// An estimated quantity: the middle and the ends of the interval that holds the truth in 80 % of
/// cases. Invariant kept by whoever fills it: low <= expected <= high.
struct Interval {
  double low = 0;
  double expected = 0;
  double high = 0;
};
constexpr Interval operator*(Interval x, double f) {
  return f >= 0 ? Interval{x.low * f, x.expected * f, x.high * f} : Interval{x.high * f, x.expected * f, x.low * f};
}

/// The dimension that a text such as "16GiB" is read in.
enum class Unit : std::uint8_t { kBytes, kSeconds, kUsd, kBytesPerSecond, kBitsPerSecond, kWatts, kNone };

/// Reads "16GiB", "20ms", "$5", "2h", "100MB/s", "64kbit/s", "10W" or a bare number into base units.
/// @param text   the typed text; surrounding blanks are ignored
/// @param unit   the dimension expected   @return the value in base units (bytes, seconds, …)
/// Errors: kInvalid with the accepted units when the unit is unknown, of another dimension, or the
/// number is not finite. Bytes take B, kB, MB, GB, TB (powers of 1000) and KiB … TiB (powers of 1024).
/// Thread-safe: yes.
Result<double> parse_quantity(std::string_view text, Unit unit);

/// "15.0 GiB", "512 B": binary prefixes, one decimal. For people only. Thread-safe.
std::string format_bytes(double bytes);
/// "3.2 ms", "1.5 h", "12 days". For people only. Thread-safe.
std::string format_seconds(double seconds);
/// "8.03 B", "137 M": decimal prefixes of a count. For people only. Thread-safe.
std::string format_count(double count);
/// "$1,234", "$0.0123". For people only. Thread-safe.
std::string format_usd(double usd);

}  // namespace berth
