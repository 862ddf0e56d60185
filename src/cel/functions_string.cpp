// The string extension (cel-go ext/strings, version 1) but for format(). Positions count code points.
#include <algorithm>
#include <array>
#include <string>

#include "cel/functions.hpp"
#include "cel/lexer.hpp"

namespace berth::cel {
namespace {

using Kind = Value::Kind;

std::u32string decode(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t j = 1; j < length && i + j < text.size(); ++j)
      c = (c << 6U) | (static_cast<unsigned char>(text[i + j]) & 0x3FU);
    out += c;
    i += length;
  }
  return out;
}

Value encode(std::u32string_view text, Arena& arena) {
  std::string out;
  for (const char32_t c : text) append_utf8(c, out);
  return Value::string(arena.copy(out));
}

Value out_of_range(const Call& call, std::int64_t index) {
  return call.arena.error("index out of range: " + std::to_string(index));
}

// Are the arguments of these kinds? Charges for the texts on the way.
bool fits(const Call& call, std::initializer_list<Kind> kinds) {
  std::size_t i = 0;
  for (const Kind kind : kinds) {
    if (i >= call.args.size()) break;
    if (!call.args[i].is(kind)) return false;
    if (kind == Kind::kString) call.budget -= call.args[i].size / 4;
    ++i;
  }
  return call.budget >= 0;
}

Value char_at(const Call& call) {
  if (!fits(call, {Kind::kString, Kind::kInt})) return no_such_overload(call, "charAt");
  const std::u32string text = decode(call.args[0].str());
  const std::int64_t at = call.args[1].i;
  if (at < 0 || at > static_cast<std::int64_t>(text.size())) return out_of_range(call, at);
  return encode(std::u32string_view(text).substr(static_cast<std::size_t>(at), 1), call.arena);
}

Value found(std::size_t at) {
  return Value::of(at == std::u32string::npos ? std::int64_t{-1} : static_cast<std::int64_t>(at));
}

Value index_of(const Call& call) {
  if (!fits(call, {Kind::kString, Kind::kString, Kind::kInt})) return no_such_overload(call, "indexOf");
  const std::u32string text = decode(call.args[0].str());
  const std::int64_t from = call.args.size() > 2 ? call.args[2].i : 0;
  if (from < 0 || from > static_cast<std::int64_t>(text.size())) return out_of_range(call, from);
  return found(text.find(decode(call.args[1].str()), static_cast<std::size_t>(from)));
}

Value last_index_of(const Call& call) {
  if (!fits(call, {Kind::kString, Kind::kString, Kind::kInt})) return no_such_overload(call, "lastIndexOf");
  const std::u32string text = decode(call.args[0].str());
  const auto size = static_cast<std::int64_t>(text.size());
  const std::int64_t from = call.args.size() > 2 ? call.args[2].i : size;
  if (from < 0 || from > size) return out_of_range(call, from);
  return found(text.rfind(decode(call.args[1].str()), static_cast<std::size_t>(from)));
}

template <class F>
Value map_ascii(const Call& call, std::string_view name, F change) {
  if (!fits(call, {Kind::kString})) return no_such_overload(call, name);
  std::string text(call.args[0].str());
  std::transform(text.begin(), text.end(), text.begin(), change);
  return Value::string(call.arena.copy(text));
}
Value lower(const Call& call) {
  return map_ascii(call, "lowerAscii", [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}
Value upper(const Call& call) {
  return map_ascii(call, "upperAscii", [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

std::size_t next_code_point(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return at;
}

Value replace(const Call& call) {
  if (!fits(call, {Kind::kString, Kind::kString, Kind::kString, Kind::kInt})) return no_such_overload(call, "replace");
  const std::string_view text = call.args[0].str(), from = call.args[1].str(), to = call.args[2].str();
  std::int64_t left = call.args.size() > 3 ? call.args[3].i : -1;
  std::string out;
  std::size_t at = 0;
  while (left != 0 && at <= text.size()) {
    const std::size_t hit = text.find(from, at);
    if (hit == std::string_view::npos) break;
    out.append(text.substr(at, hit - at)).append(to);
    --left;
    at = hit + from.size();
    if (from.empty()) {
      // As in Go, an empty text is found before every character and at the end.
      if (at == text.size()) break;
      const std::size_t next = next_code_point(text, at);
      out.append(text.substr(at, next - at));
      at = next;
    }
    call.budget -= 1 + static_cast<std::int64_t>(to.size() / 16);
    if (call.budget < 0) return Value::error("the evaluation takes too many steps");
  }
  if (at < text.size()) out.append(text.substr(at));
  return Value::string(call.arena.copy(out));
}

Value split(const Call& call) {
  if (!fits(call, {Kind::kString, Kind::kString, Kind::kInt})) return no_such_overload(call, "split");
  const std::string_view text = call.args[0].str(), separator = call.args[1].str();
  const std::int64_t limit = call.args.size() > 2 ? call.args[2].i : -1;
  std::vector<Value> parts;
  if (limit == 0) return Value::list({});
  std::size_t at = 0;
  while (limit < 0 || static_cast<std::int64_t>(parts.size()) + 1 < limit) {
    const std::size_t hit = separator.empty() ? (at < text.size() ? next_code_point(text, at) : std::string_view::npos)
                                              : text.find(separator, at);
    if (hit == std::string_view::npos || (separator.empty() && hit >= text.size())) break;
    parts.push_back(Value::string(text.substr(at, hit - at)));
    at = hit + separator.size();
  }
  if (!separator.empty() || at < text.size()) parts.push_back(Value::string(text.substr(at)));
  call.budget -= static_cast<std::int64_t>(parts.size());
  return call.arena.list(parts);
}

Value substring(const Call& call) {
  if (!fits(call, {Kind::kString, Kind::kInt, Kind::kInt})) return no_such_overload(call, "substring");
  const std::u32string text = decode(call.args[0].str());
  const auto size = static_cast<std::int64_t>(text.size());
  const std::int64_t begin = call.args[1].i;
  const std::int64_t end = call.args.size() > 2 ? call.args[2].i : size;
  if (begin < 0 || begin > size) return out_of_range(call, begin);
  if (end < 0 || end > size) return out_of_range(call, end);
  if (begin > end) return call.arena.error("the substring ends before it begins");
  return encode(
      std::u32string_view(text).substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)),
      call.arena);
}

// Unicode's White_Space property.
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}
Value trim(const Call& call) {
  if (!fits(call, {Kind::kString})) return no_such_overload(call, "trim");
  const std::u32string text = decode(call.args[0].str());
  std::u32string_view rest = text;
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && is_space(rest.back())) rest.remove_suffix(1);
  return encode(rest, call.arena);
}

Value reverse(const Call& call) {
  if (!fits(call, {Kind::kString})) return no_such_overload(call, "reverse");
  std::u32string text = decode(call.args[0].str());
  std::reverse(text.begin(), text.end());
  return encode(text, call.arena);
}

Value join(const Call& call) {
  if (!fits(call, {Kind::kList, Kind::kString})) return no_such_overload(call, "join");
  const std::string_view separator = call.args.size() > 1 ? call.args[1].str() : std::string_view();
  std::string out;
  for (const Value& item : call.args[0].items()) {
    if (!item.is(Kind::kString)) return no_such_overload(call, "join");
    if (&item != call.args[0].items_at) out += separator;
    out += item.str();
    call.budget -= 1 + static_cast<std::int64_t>((item.size + separator.size()) / 16);
    if (call.budget < 0) return Value::error("the evaluation takes too many steps");
  }
  return Value::string(call.arena.copy(out));
}

Value quote(const Call& call) {
  if (!fits(call, {Kind::kString})) return no_such_overload(call, "strings.quote");
  constexpr std::string_view kPlain = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kNames = "abfnrtv\\\"";
  std::string out = "\"";
  for (const char c : call.args[0].str()) {
    const auto named = c == '\0' ? std::string_view::npos : kPlain.find(c);
    if (named == std::string_view::npos) {
      out += c;
    } else {
      out += '\\';
      out += kNames[named];
    }
  }
  return Value::string(call.arena.copy(out + "\""));
}

constexpr std::array<FunctionRow, 12> kRows = {{
    {"charAt", "string.(int) string", char_at},
    {"indexOf", "string.(string) int; string.(string, int) int", index_of},
    {"lastIndexOf", "string.(string) int; string.(string, int) int", last_index_of},
    {"lowerAscii", "string.() string", lower},
    {"upperAscii", "string.() string", upper},
    {"replace", "string.(string, string) string; string.(string, string, int) string", replace},
    {"split", "string.(string) list(string); string.(string, int) list(string)", split},
    {"substring", "string.(int) string; string.(int, int) string", substring},
    {"trim", "string.() string", trim},
    {"reverse", "string.() string", reverse},
    {"join", "list(string).() string; list(string).(string) string", join},
    {"strings.quote", "(string) string", quote},
}};

}  // namespace

std::span<const FunctionRow> string_rows() {
  return kRows;
}

}  // namespace berth::cel
