#include "cel/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/text.hpp"

namespace berth::cel {

using Kind = Value::Kind;

void* Arena::allocate(std::size_t bytes) {
  constexpr std::size_t kAlign = 16, kFirstBlock = 1024;
  bytes = (bytes + kAlign - 1) / kAlign * kAlign;
  total_ += bytes;
  if (blocks_.empty() || used_ + bytes > blocks_.back().size) {
    std::size_t size = blocks_.empty() ? kFirstBlock : blocks_.back().size * 2;
    size = std::max(size, bytes);
    blocks_.push_back({std::make_unique<std::byte[]>(size), size});
    used_ = 0;
  }
  void* at = blocks_.back().bytes.get() + used_;
  used_ += bytes;
  return at;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* at = array<char>(text.size());
  std::memcpy(at, text.data(), text.size());
  return {at, text.size()};
}

Value Arena::list(std::span<const Value> items) {
  if (items.empty()) return Value::list({});
  auto* at = array<Value>(items.size());
  std::copy(items.begin(), items.end(), at);
  return Value::list({at, items.size()});
}

Value Arena::map(std::span<const Entry> entries) {
  if (entries.empty()) return Value::map({});
  auto* at = array<Entry>(entries.size());
  std::copy(entries.begin(), entries.end(), at);
  return Value::map({at, entries.size()});
}

Value Arena::keep(const Value& value) {
  switch (value.kind) {
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
    case Kind::kError: return Value::text(value.kind, copy(value.str()));
    case Kind::kList: {
      auto* at = array<Value>(value.size);
      for (std::uint32_t i = 0; i < value.size; ++i) at[i] = keep(value.items_at[i]);
      return Value::list({at, value.size});
    }
    case Kind::kMap: {
      auto* at = array<Entry>(value.size);
      for (std::uint32_t i = 0; i < value.size; ++i) {
        at[i] = {keep(value.entries_at[i].key), keep(value.entries_at[i].value)};
      }
      return Value::map({at, value.size});
    }
    case Kind::kUnknown: {
      auto* at = array<std::uint32_t>(value.size);
      std::copy_n(value.slots_at, value.size, at);
      return Value::unknown({at, value.size});
    }
    default: return value;
  }
}

void Arena::release() {
  if (blocks_.size() > 1) blocks_.resize(1);
  used_ = 0;
  total_ = 0;
}

std::string_view type_name(Kind kind) {
  constexpr std::array<std::string_view, 12> kNames = {"null_type", "bool", "int", "uint", "double", "string",
                                                       "bytes",     "list", "map", "type", "error",  "unknown"};
  return kNames[static_cast<std::size_t>(kind)];
}

namespace {

template <class T>
Order order_of(T a, T b) {
  return a < b ? Order::kLess : b < a ? Order::kGreater : Order::kEqual;
}

double as_double(const Value& v) {
  if (v.kind == Kind::kInt) return static_cast<double>(v.i);
  if (v.kind == Kind::kUint) return static_cast<double>(v.u);
  return v.d;
}

// int against uint exactly; against a double, as cel-spec's cases want it, after rounding to double.
Order compare_numbers(const Value& a, const Value& b) {
  if (a.kind == Kind::kDouble || b.kind == Kind::kDouble) {
    const double x = as_double(a), y = as_double(b);
    if (std::isnan(x) || std::isnan(y)) return Order::kUnordered;
    return order_of(x, y);
  }
  if (a.kind == b.kind) return a.kind == Kind::kInt ? order_of(a.i, b.i) : order_of(a.u, b.u);
  if (a.kind == Kind::kInt) {
    return a.i < 0 ? Order::kLess : order_of(static_cast<std::uint64_t>(a.i), b.u);
  }
  return b.i < 0 ? Order::kGreater : order_of(a.u, static_cast<std::uint64_t>(b.i));
}

bool equal_maps(const Value& a, const Value& b) {
  if (a.size != b.size) return false;
  return std::all_of(a.entries().begin(), a.entries().end(), [&](const Entry& entry) {
    const Value* other = find(b.entries(), entry.key);
    return other && equal(entry.value, *other);
  });
}

}  // namespace

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == Order::kEqual;
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::kNull: return true;
    case Kind::kBool: return a.b == b.b;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType: return a.str() == b.str();
    case Kind::kList: return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), equal);
    case Kind::kMap: return equal_maps(a, b);
    default: return false;
  }
}

Order compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.kind != b.kind) return Order::kNotComparable;
  if (a.kind == Kind::kBool) return order_of(a.b, b.b);
  // UTF-8 bytes sort like code points.
  if (a.kind == Kind::kString || a.kind == Kind::kBytes) {
    const int c = a.str().compare(b.str());
    return c < 0 ? Order::kLess : c > 0 ? Order::kGreater : Order::kEqual;
  }
  return Order::kNotComparable;
}

const Value* find(std::span<const Entry> entries, const Value& key) {
  for (const Entry& entry : entries) {
    if (equal(entry.key, key)) return &entry.value;
  }
  return nullptr;
}

Value merge_unknown(const Value& a, const Value& b, Arena& arena) {
  if (a.slots_at == b.slots_at && a.size == b.size) return a;
  if (std::includes(a.slots().begin(), a.slots().end(), b.slots().begin(), b.slots().end())) return a;
  if (std::includes(b.slots().begin(), b.slots().end(), a.slots().begin(), a.slots().end())) return b;
  auto* at = arena.array<std::uint32_t>(a.size + b.size);
  auto* end = std::set_union(a.slots().begin(), a.slots().end(), b.slots().begin(), b.slots().end(), at);
  return Value::unknown({at, static_cast<std::size_t>(end - at)});
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

namespace {

std::string double_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return number_text(value);
}

void quote(std::string_view text, Kind kind, std::string& out) {
  if (kind == Kind::kBytes) out += 'b';
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F || (kind == Kind::kBytes && byte > 0x7F)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

void append(const Value& value, bool quoted, std::string& out) {
  switch (value.kind) {
    case Kind::kNull: out += "null"; break;
    case Kind::kBool: out += value.b ? "true" : "false"; break;
    case Kind::kInt: out += std::to_string(value.i); break;
    case Kind::kUint: out += std::to_string(value.u) + (quoted ? "u" : ""); break;
    case Kind::kDouble: {
      std::string text = double_text(value.d);
      if (quoted && !std::isfinite(value.d)) text = fmt::format("double(\"{}\")", text);  // it has no literal
      if (quoted && std::isfinite(value.d) && text.find_first_of(".e") == std::string::npos) text += ".0";
      out += text;
      break;
    }
    case Kind::kString:
    case Kind::kBytes:
      if (quoted)
        quote(value.str(), value.kind, out);
      else
        out += value.str();
      break;
    case Kind::kType: out += value.str(); break;
    case Kind::kError: out += fmt::format("error: {}", value.str()); break;
    case Kind::kUnknown: out += "unknown"; break;
    case Kind::kList: {
      out += '[';
      const char* separator = "";
      for (const Value& item : value.items()) {
        out += separator;
        append(item, quoted, out);
        separator = ", ";
      }
      out += ']';
      break;
    }
    case Kind::kMap: {
      out += '{';
      const char* separator = "";
      for (const Entry& entry : value.entries()) {
        out += separator;
        append(entry.key, quoted, out);
        out += ": ";
        append(entry.value, quoted, out);
        separator = ", ";
      }
      out += '}';
      break;
    }
  }
}

}  // namespace

std::string to_cel(const Value& value) {
  std::string out;
  append(value, true, out);
  return out;
}

std::string to_plain(const Value& value) {
  std::string out;
  append(value, false, out);
  return out;
}

}  // namespace berth::cel
