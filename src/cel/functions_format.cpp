// "…%s…".format([…]), with the clauses of cel-go's ext/strings.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "cel/functions.hpp"

namespace berth::cel {
namespace {

using Kind = Value::Kind;

constexpr int kMaxPrecision = 100;

std::string not_finite(double value) {
  return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

// %s: like to_plain, with a map's keys in the order of their texts.
std::string plain(const Value& value) {
  if (value.is(Kind::kList)) {
    std::string out = "[";
    for (const Value& item : value.items()) out += (out.size() > 1 ? ", " : "") + plain(item);
    return out + "]";
  }
  if (!value.is(Kind::kMap)) return to_plain(value);
  std::vector<std::string> entries;
  for (const Entry& entry : value.entries()) entries.push_back(plain(entry.key) + ": " + plain(entry.value));
  std::sort(entries.begin(), entries.end());
  return fmt::format("{{{}}}", fmt::join(entries, ", "));
}

std::optional<std::string> decimal(const Value& v) {
  if (v.is(Kind::kInt)) return std::to_string(v.i);
  if (v.is(Kind::kUint)) return std::to_string(v.u);
  if (v.is(Kind::kDouble) && !std::isfinite(v.d)) return not_finite(v.d);
  return std::nullopt;
}

std::optional<std::string> floating(const Value& v, char clause, int precision) {
  if (!v.is_number()) return std::nullopt;
  const double value = v.is(Kind::kInt) ? static_cast<double>(v.i) : v.is(Kind::kUint) ? static_cast<double>(v.u) : v.d;
  if (!std::isfinite(value)) return not_finite(value);
  return clause == 'f' ? fmt::format("{:.{}f}", value, precision) : fmt::format("{:.{}e}", value, precision);
}

std::optional<std::string> binary(const Value& v) {
  if (v.is(Kind::kBool)) return std::string(v.b ? "1" : "0");
  if (v.is(Kind::kInt)) return fmt::format("{:b}", v.i);
  if (v.is(Kind::kUint)) return fmt::format("{:b}", v.u);
  return std::nullopt;
}

std::optional<std::string> octal(const Value& v) {
  if (v.is(Kind::kInt)) return fmt::format("{:o}", v.i);
  if (v.is(Kind::kUint)) return fmt::format("{:o}", v.u);
  return std::nullopt;
}

std::optional<std::string> hexadecimal(const Value& v, char clause) {
  std::string out;
  if (v.is(Kind::kInt))
    out = fmt::format("{:x}", v.i);
  else if (v.is(Kind::kUint))
    out = fmt::format("{:x}", v.u);
  else if (v.is(Kind::kString) || v.is(Kind::kBytes)) {
    for (const char c : v.str()) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  } else {
    return std::nullopt;
  }
  if (clause == 'X')
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::optional<std::string> one(const Value& value, char clause, int precision) {
  switch (clause) {
    case 's': return plain(value);
    case 'd': return decimal(value);
    case 'f':
    case 'e': return floating(value, clause, precision);
    case 'b': return binary(value);
    case 'o': return octal(value);
    default: return hexadecimal(value, clause);
  }
}

Value format(const Call& call) {
  if (!call.args[0].is(Kind::kString) || !call.args[1].is(Kind::kList)) return no_such_overload(call, "format");
  const std::string_view text = call.args[0].str();
  const auto values = call.args[1].items();
  std::size_t next = 0;
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    if (++at >= text.size()) return Value::error("the format ends in the middle of a clause");
    if (text[at] == '%') {
      out += '%';
      continue;
    }
    int precision = 6;
    if (text[at] == '.') {
      precision = 0;
      for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9' && precision <= kMaxPrecision; ++at)
        precision = precision * 10 + (text[at] - '0');
      if (at >= text.size() || precision > kMaxPrecision) return Value::error("bad precision in the format");
    }
    if (std::string_view("sdfebxXo").find(text[at]) == std::string_view::npos)
      return call.arena.error(fmt::format("no format clause '%{}'", text[at]));
    if (next >= values.size())
      return call.arena.error(fmt::format("the format asks for more than {} values", values.size()));
    const auto piece = one(values[next], text[at], precision);
    if (!piece) return call.arena.error(fmt::format("%{} can't show a {}", text[at], type_name(values[next].kind)));
    ++next;
    out += *piece;
    call.budget -= 1 + static_cast<std::int64_t>(piece->size() / 8);
    if (call.budget < 0) return Value::error("the evaluation takes too many steps");
  }
  return Value::string(call.arena.copy(out));
}

constexpr std::array<FunctionRow, 1> kRows = {{{"format", "string.(list(dyn)) string", format}}};

}  // namespace

std::span<const FunctionRow> format_rows() {
  return kRows;
}

}  // namespace berth::cel
