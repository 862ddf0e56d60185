// Core functions: sizes, text searches, conversions.
#include <re2/re2.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "cel/functions.hpp"
#include "core/text.hpp"

namespace berth::cel {
namespace {

using Kind = Value::Kind;

Value size(const Call& call) {
  const Value& v = call.args[0];
  if (v.is(Kind::kString)) {
    call.budget -= v.size / 16;
    return Value::of(static_cast<std::int64_t>(code_points(v.str())));
  }
  if (v.is(Kind::kBytes) || v.is(Kind::kList) || v.is(Kind::kMap)) return Value::of(static_cast<std::int64_t>(v.size));
  return no_such_overload(call, "size");
}

bool two_strings(const Call& call) {
  call.budget -= (call.args[0].size + call.args[1].size) / 16;
  return call.args[0].is(Kind::kString) && call.args[1].is(Kind::kString);
}

Value contains(const Call& call) {
  if (!two_strings(call)) return no_such_overload(call, "contains");
  return Value::of(call.args[0].str().find(call.args[1].str()) != std::string_view::npos);
}
Value starts_with(const Call& call) {
  if (!two_strings(call)) return no_such_overload(call, "startsWith");
  return Value::of(call.args[0].str().starts_with(call.args[1].str()));
}
Value ends_with(const Call& call) {
  if (!two_strings(call)) return no_such_overload(call, "endsWith");
  return Value::of(call.args[0].str().ends_with(call.args[1].str()));
}
Value matches_call(const Call& call) {
  if (!two_strings(call)) return no_such_overload(call, "matches");
  call.budget -= 64 + call.args[0].size / 4 + call.args[1].size;
  return matches(call.args[0].str(), call.args[1].str(), call.arena);
}

template <class T>
bool read_whole(std::string_view text, T& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && !text.empty();
}

// 2^63 and 2^64: the first doubles beyond int and uint.
constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

Value to_int(const Call& call) {
  const Value& v = call.args[0];
  switch (v.kind) {
    case Kind::kInt: return v;
    case Kind::kUint:
      if (v.u > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return Value::error("range: the uint is too large for an int");
      return Value::of(static_cast<std::int64_t>(v.u));
    case Kind::kDouble:
      if (!(v.d > -kTwo63 && v.d < kTwo63)) return Value::error("range: the double has no int");
      return Value::of(static_cast<std::int64_t>(v.d));
    case Kind::kString: {
      std::int64_t value = 0;
      if (!read_whole(v.str(), value)) return Value::error("the text is no int");
      return Value::of(value);
    }
    default: return no_such_overload(call, "int");
  }
}

Value to_uint(const Call& call) {
  const Value& v = call.args[0];
  switch (v.kind) {
    case Kind::kUint: return v;
    case Kind::kInt:
      if (v.i < 0) return Value::error("range: a negative int has no uint");
      return Value::of(static_cast<std::uint64_t>(v.i));
    case Kind::kDouble:
      if (!(v.d > -1 && v.d < kTwo64)) return Value::error("range: the double has no uint");
      return Value::of(static_cast<std::uint64_t>(v.d));
    case Kind::kString: {
      std::uint64_t value = 0;
      if (!read_whole(v.str(), value)) return Value::error("the text is no uint");
      return Value::of(value);
    }
    default: return no_such_overload(call, "uint");
  }
}

Value to_double(const Call& call) {
  const Value& v = call.args[0];
  switch (v.kind) {
    case Kind::kDouble: return v;
    case Kind::kInt: return Value::of(static_cast<double>(v.i));
    case Kind::kUint: return Value::of(static_cast<double>(v.u));
    case Kind::kString: {
      const std::string_view text = v.str();
      if (text == "NaN") return Value::of(std::numeric_limits<double>::quiet_NaN());
      if (text == "Infinity" || text == "+Infinity") return Value::of(std::numeric_limits<double>::infinity());
      if (text == "-Infinity") return Value::of(-std::numeric_limits<double>::infinity());
      double value = 0;
      if (!read_whole(text, value)) return Value::error("the text is no double");
      return Value::of(value);
    }
    default: return no_such_overload(call, "double");
  }
}

Value to_string(const Call& call) {
  const Value& v = call.args[0];
  switch (v.kind) {
    case Kind::kString: return v;
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble: return Value::string(call.arena.copy(to_plain(v)));
    case Kind::kBytes:
      call.budget -= v.size / 16;
      if (!is_valid_utf8(v.str())) return Value::error("the bytes are not valid UTF-8");
      return Value::string(v.str());
    default: return no_such_overload(call, "string");
  }
}

Value to_bytes(const Call& call) {
  const Value& v = call.args[0];
  if (v.is(Kind::kString) || v.is(Kind::kBytes)) return Value::text(Kind::kBytes, v.str());
  return no_such_overload(call, "bytes");
}

Value to_bool(const Call& call) {
  const Value& v = call.args[0];
  if (v.is(Kind::kBool)) return v;
  if (!v.is(Kind::kString)) return no_such_overload(call, "bool");
  for (const std::string_view word : {"1", "t", "true", "TRUE", "True"}) {
    if (v.str() == word) return Value::of(true);
  }
  for (const std::string_view word : {"0", "f", "false", "FALSE", "False"}) {
    if (v.str() == word) return Value::of(false);
  }
  return Value::error("the text is no bool");
}

Value to_dyn(const Call& call) {
  return call.args[0];
}
Value type(const Call& call) {
  return Value::type(type_name(call.args[0].kind));
}

constexpr std::array<FunctionRow, 13> kRows = {{
    {"size",
     "(string) int; (bytes) int; (list(A)) int; (map(A, B)) int; string.() int; bytes.() int; list(A).() int; "
     "map(A, B).() int",
     size},
    {"contains", "string.(string) bool", contains},
    {"startsWith", "string.(string) bool", starts_with},
    {"endsWith", "string.(string) bool", ends_with},
    {"matches", "(string, string) bool; string.(string) bool", matches_call},
    {"int", "(int) int; (uint) int; (double) int; (string) int", to_int},
    {"uint", "(uint) uint; (int) uint; (double) uint; (string) uint", to_uint},
    {"double", "(double) double; (int) double; (uint) double; (string) double", to_double},
    {"string", "(string) string; (bool) string; (int) string; (uint) string; (double) string; (bytes) string",
     to_string},
    {"bytes", "(bytes) bytes; (string) bytes", to_bytes},
    {"bool", "(bool) bool; (string) bool", to_bool},
    {"dyn", "(A) dyn", to_dyn},
    {"type", "(A) type(A)", type},
}};

}  // namespace

std::span<const FunctionRow> core_rows() {
  return kRows;
}

Value matches(std::string_view text, std::string_view pattern, Arena& arena) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);  // bounds what a stranger's pattern may take
  const RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled.ok()) return arena.error("bad pattern: " + compiled.error());
  return Value::of(RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled));
}

}  // namespace berth::cel
