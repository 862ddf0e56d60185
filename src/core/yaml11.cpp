// What YAML 1.1 makes of a scalar without quotes: the patterns of PyYAML's resolver.py, written out.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "core/lenient.hpp"

namespace berth {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

std::string without_underscores(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '_') out += c;
  }
  return out;
}

// [1-9][0-9_]*(:[0-5]?[0-9])+ with a sign: minutes and seconds, or degrees.
bool sexagesimal(std::string_view text, double& out) {
  if (text.empty() || text.front() < '1' || text.front() > '9' || text.find(':') == std::string_view::npos)
    return false;
  out = 0;
  bool first = true;
  while (true) {
    const std::size_t colon = text.find(':');
    const std::string part = without_underscores(text.substr(0, colon));
    if (part.empty() || part.find_first_not_of("0123456789") != std::string::npos) return false;
    if (!first && (part.size() > 2 || (part.size() == 2 && part.front() > '5'))) return false;
    out = out * 60 + std::strtod(part.c_str(), nullptr);
    if (colon == std::string_view::npos) return !first;
    text.remove_prefix(colon + 1);
    first = false;
  }
}

bool only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

// The int patterns, sign apart: 0b…, 0[0-7_]+, 0x…, 0 | [1-9][0-9_]*.
bool whole_number(std::string_view text, std::string_view& digits, int& base) {
  if (text.empty() || !digit(text.front())) return false;
  digits = text;
  base = 10;
  if (text == "0") return true;
  if (text.front() != '0') return only(text, "0123456789_");
  if (text.size() > 2 && (text[1] == 'x' || text[1] == 'b')) {
    base = text[1] == 'x' ? 16 : 2;
    digits = text.substr(2);
    return only(digits, base == 16 ? "0123456789abcdefABCDEF_" : "01_");
  }
  base = 8;
  digits = text.substr(1);
  return only(digits, "01234567_");
}

Node::Value whole_value(bool negative, std::string_view digits, int base) {
  const std::string plain = (negative ? "-" : "") + without_underscores(digits);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value, base);
  if (error == std::errc() && end == plain.data() + plain.size()) return value;
  // Beyond 64 bits: as near as a double comes. ("0_" has no digits left and is 0.)
  const double number = base == 10 ? std::strtod(plain.c_str(), nullptr) : 0;
  return std::isfinite(number) ? Node::Value(number) : Node::Value(std::string(digits));
}

// [0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)? | \.[0-9][0-9_]*([eE][-+][0-9]+)?
bool is_float(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view whole = text.substr(0, dot);
  std::string_view rest = text.substr(dot + 1);
  if (!whole.empty() && (!digit(whole.front()) || !only(whole, "0123456789_"))) return false;
  if (whole.empty() && (rest.empty() || !digit(rest.front()))) return false;
  const std::size_t exponent = rest.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    const std::string_view power = rest.substr(exponent + 1);
    if (power.size() < 2 || (power.front() != '-' && power.front() != '+') || !only(power.substr(1), "0123456789")) {
      return false;
    }
    rest = rest.substr(0, exponent);
  }
  return only(rest, "0123456789_");
}

}  // namespace

Node::Value yaml11_value(std::string_view text) {
  if (is_null(text)) return std::monostate();
  if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) return false;
  const bool sign = text.front() == '-' || text.front() == '+';
  const bool negative = text.front() == '-';
  const std::string_view number = sign ? text.substr(1) : text;
  if (number.empty() || (!digit(number.front()) && number.front() != '.')) return std::string(text);
  std::string_view digits;
  int base = 10;
  if (whole_number(number, digits, base)) return whole_value(negative, digits, base);
  double value = 0;
  if (is_float(number)) {
    value = std::strtod(without_underscores(number).c_str(), nullptr);
    return std::isfinite(value) ? Node::Value(negative ? -value : value) : Node::Value(std::string(text));
  }
  if (sexagesimal(number, value)) {
    if (value > 9e15) return std::string(text);
    return static_cast<std::int64_t>(negative ? -value : value);
  }
  return std::string(text);  // .inf and .nan too: no config means a number by them
}

}  // namespace berth
