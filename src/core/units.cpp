#include "berth/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <span>
#include <vector>

#include "core/text.hpp"

namespace berth {
namespace {

struct UnitWord {
  std::string_view word;
  double factor;
};

constexpr double kKi = 1024.0;
constexpr std::array kByteWords{UnitWord{"B", 1},
                                UnitWord{"kB", 1e3},
                                UnitWord{"KB", 1e3},
                                UnitWord{"MB", 1e6},
                                UnitWord{"GB", 1e9},
                                UnitWord{"TB", 1e12},
                                UnitWord{"PB", 1e15},
                                UnitWord{"KiB", kKi},
                                UnitWord{"MiB", kKi* kKi},
                                UnitWord{"GiB", kKi* kKi* kKi},
                                UnitWord{"TiB", kKi* kKi* kKi* kKi},
                                UnitWord{"PiB", kKi* kKi* kKi* kKi* kKi}};
constexpr std::array kSecondWords{UnitWord{"s", 1},     UnitWord{"ms", 1e-3},    UnitWord{"us", 1e-6},
                                  UnitWord{"ns", 1e-9}, UnitWord{"min", 60},     UnitWord{"h", 3600},
                                  UnitWord{"d", 86400}, UnitWord{"days", 86400}, UnitWord{"weeks", 604800}};
constexpr std::array kUsdWords{UnitWord{"$", 1}, UnitWord{"USD", 1}, UnitWord{"usd", 1}};
constexpr std::array kByteRateWords{
    UnitWord{"B/s", 1},     UnitWord{"kB/s", 1e3},       UnitWord{"MB/s", 1e6},           UnitWord{"GB/s", 1e9},
    UnitWord{"TB/s", 1e12}, UnitWord{"MiB/s", kKi* kKi}, UnitWord{"GiB/s", kKi* kKi* kKi}};
constexpr std::array kBitRateWords{UnitWord{"bit/s", 1}, UnitWord{"kbit/s", 1e3}, UnitWord{"Mbit/s", 1e6},
                                   UnitWord{"Gbit/s", 1e9}};
constexpr std::array kWattWords{UnitWord{"W", 1}, UnitWord{"mW", 1e-3}, UnitWord{"kW", 1e3}};

std::span<const UnitWord> words_of(Unit unit) {
  switch (unit) {
    case Unit::kBytes: return kByteWords;
    case Unit::kSeconds: return kSecondWords;
    case Unit::kUsd: return kUsdWords;
    case Unit::kBytesPerSecond: return kByteRateWords;
    case Unit::kBitsPerSecond: return kBitRateWords;
    case Unit::kWatts: return kWattWords;
    case Unit::kNone: return {};
  }
  return {};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string accepted(Unit unit) {
  std::vector<std::string> names;
  for (const auto& word : words_of(unit)) names.emplace_back(word.word);
  return names.empty() ? "write a bare number" : "write a bare number in base units, or one with " + join_or(names);
}

// How many characters at the start of `text` form a number; an 'e' belongs to it only before digits.
std::size_t number_length(std::string_view text) {
  std::size_t length = text.find_first_not_of("0123456789.+-_");
  if (length == std::string_view::npos) return text.size();
  if (text[length] != 'e' && text[length] != 'E') return length;
  std::size_t exponent = length + 1;
  if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", exponent), text.size());
  return end > exponent ? end : length;
}

// Splits "16 GiB" into 16 and "GiB". false when it doesn't start with a finite number.
bool split_number(std::string_view text, double& number, std::string_view& rest) {
  const std::size_t length = number_length(text);
  std::string digits;
  for (const char c : text.substr(0, length)) {
    if (c != '_') digits += c;
  }
  if (digits.find_first_of("0123456789") == std::string::npos) return false;
  char* stop = nullptr;
  number = std::strtod(digits.c_str(), &stop);
  if (*stop != '\0' || !std::isfinite(number)) return false;
  rest = trim(text.substr(length));
  return true;
}

std::string scaled(double value, double base, std::span<const char* const> prefixes, const char* unit,
                   const char* format) {
  std::size_t i = 0;
  while (std::abs(value) >= base && i + 1 < prefixes.size()) {
    value /= base;
    ++i;
  }
  return fmt::format(fmt::runtime(i == 0 ? "{:.0f} {}{}" : format), value, prefixes[i], unit);
}

}  // namespace

Result<double> parse_quantity(std::string_view text, Unit unit) {
  std::string_view body = trim(text);
  const bool dollars = unit == Unit::kUsd && body.starts_with('$');
  if (dollars) body = trim(body.substr(1));
  double number = 0;
  std::string_view rest;
  if (!split_number(body, number, rest)) {
    return fail(ErrorCode::kInvalid, fmt::format("'{}' is not a quantity", shorten(text)), accepted(unit));
  }
  if (rest.empty()) return number;
  for (const auto& word : words_of(unit)) {
    if (!dollars && word.word == rest) return number * word.factor;
  }
  return fail(ErrorCode::kInvalid, fmt::format("unknown unit '{}' in '{}'", shorten(rest, 20), shorten(text)),
              accepted(unit));
}

std::string format_bytes(double bytes) {
  static constexpr std::array kPrefixes{"", "Ki", "Mi", "Gi", "Ti", "Pi"};
  return scaled(bytes, kKi, kPrefixes, "B", "{:.1f} {}{}");
}

std::string format_seconds(double seconds) {
  const double size = std::abs(seconds);
  if (size == 0) return "0 s";
  if (size < 1e-3) return fmt::format("{:.3g} us", seconds * 1e6);
  if (size < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (size < 120) return fmt::format("{:.3g} s", seconds);
  if (size < 7200) return fmt::format("{:.3g} min", seconds / 60);
  if (size < 172800) return fmt::format("{:.3g} h", seconds / 3600);
  return fmt::format("{:.3g} days", seconds / 86400);
}

std::string format_count(double count) {
  static constexpr std::array kPrefixes{"", "K", "M", "B", "T"};
  const std::string text = scaled(count, 1000.0, kPrefixes, "", "{:.3g} {}{}");
  return text.ends_with(' ') ? text.substr(0, text.size() - 1) : text;
}

std::string format_usd(double usd) {
  const double size = std::abs(usd);
  if (size >= 1000) {
    std::string digits = fmt::format("{:.0f}", usd);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (usd < 0 ? 1 : 0); at -= 3) {
      digits.insert(static_cast<std::size_t>(at), ",");
    }
    return "$" + digits;
  }
  return size >= 1 ? fmt::format("${:.2f}", usd) : fmt::format("${:.3g}", usd);
}

}  // namespace berth
