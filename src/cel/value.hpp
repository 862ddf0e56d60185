// Values of the rule language, as 16-byte handles, and the arena that holds what they point to.
//
// A Value owns nothing: its text, items or entries live in a program's arena (literals), in a fact
// sheet, or in the arena of one evaluation. So values copy like integers, threads may share the
// literals of a rule set without counting references, and an evaluation that makes no new text or
// list allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace berth::cel {

struct Entry;

struct Value {
  enum class Kind : std::uint8_t {
    kNull,
    kBool,
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kList,
    kMap,
    kType,
    kError,    // text: what went wrong
    kUnknown,  // slots: the variables whose values are needed, sorted
  };

  Kind kind = Kind::kNull;
  std::uint16_t tag = 0;  // a number that a text's owner may keep with it; this room leaves it alone
  std::uint32_t size = 0;
  union {
    bool b;
    std::int64_t i;
    std::uint64_t u;
    double d;
    const char* chars;
    const Value* items_at;
    const Entry* entries_at;
    const std::uint32_t* slots_at;
  };

  Value() : i(0) {}
  static Value of(bool value) {
    return make(Kind::kBool, [&](Value& v) { v.b = value; });
  }
  static Value of(std::int64_t value) {
    return make(Kind::kInt, [&](Value& v) { v.i = value; });
  }
  static Value of(std::uint64_t value) {
    return make(Kind::kUint, [&](Value& v) { v.u = value; });
  }
  static Value of(double value) {
    return make(Kind::kDouble, [&](Value& v) { v.d = value; });
  }
  // The text must outlive the value.
  static Value text(Kind kind, std::string_view chars) {
    Value v;
    v.kind = kind;
    v.size = static_cast<std::uint32_t>(chars.size());
    v.chars = chars.data();
    return v;
  }
  static Value string(std::string_view chars) { return text(Kind::kString, chars); }
  static Value type(std::string_view name) { return text(Kind::kType, name); }
  static Value error(std::string_view what) { return text(Kind::kError, what); }
  static Value list(std::span<const Value> items) {
    Value v;
    v.kind = Kind::kList;
    v.size = static_cast<std::uint32_t>(items.size());
    v.items_at = items.data();
    return v;
  }
  static Value map(std::span<const Entry> entries);
  static Value unknown(std::span<const std::uint32_t> slots) {
    Value v;
    v.kind = Kind::kUnknown;
    v.size = static_cast<std::uint32_t>(slots.size());
    v.slots_at = slots.data();
    return v;
  }

  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool is_true() const { return kind == Kind::kBool && b; }
  [[nodiscard]] bool is_false() const { return kind == Kind::kBool && !b; }
  [[nodiscard]] bool is_number() const { return kind >= Kind::kInt && kind <= Kind::kDouble; }
  // An error or an unknown: what a strict function hands on.
  [[nodiscard]] bool is_open() const { return kind >= Kind::kError; }
  [[nodiscard]] std::string_view str() const { return {chars, size}; }
  [[nodiscard]] std::span<const Value> items() const { return {items_at, size}; }
  [[nodiscard]] std::span<const Entry> entries() const;
  [[nodiscard]] std::span<const std::uint32_t> slots() const { return {slots_at, size}; }

 private:
  template <class F>
  static Value make(Kind kind, F set) {
    Value v;
    v.kind = kind;
    set(v);
    return v;
  }
};
static_assert(sizeof(Value) == 16);

struct Entry {
  Value key;
  Value value;
};

inline Value Value::map(std::span<const Entry> entries) {
  Value v;
  v.kind = Kind::kMap;
  v.size = static_cast<std::uint32_t>(entries.size());
  v.entries_at = entries.data();
  return v;
}
inline std::span<const Entry> Value::entries() const {
  return {entries_at, size};
}

// Bump allocator for what values point to. Nothing in it has a destructor.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  void* allocate(std::size_t bytes);
  template <class T>
  T* array(std::size_t count) {
    return static_cast<T*>(allocate(count * sizeof(T)));
  }
  std::string_view copy(std::string_view text);
  Value list(std::span<const Value> items);
  Value map(std::span<const Entry> entries);
  Value error(std::string_view text) { return Value::error(copy(text)); }
  // A copy of `value` and of all that it points to.
  Value keep(const Value& value);
  // Forgets everything, keeps the first block.
  void reset() {
    if (total_ > 0) release();
  }
  [[nodiscard]] std::size_t bytes_used() const { return total_; }

 private:
  void release();
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::size_t used_ = 0;  // of the last block
  std::size_t total_ = 0;
};

// "int", "list", "null_type", …: the name that type() gives.
std::string_view type_name(Value::Kind kind);

// CEL equality: numbers on one line, NaN equals nothing, other kinds never equal across.
// Precondition: neither is open.
bool equal(const Value& a, const Value& b);

enum class Order : std::uint8_t { kLess, kEqual, kGreater, kUnordered, kNotComparable };
// kUnordered: one is NaN. kNotComparable: kinds without a common order.
Order compare(const Value& a, const Value& b);

// The value under a key, or nullptr.
const Value* find(std::span<const Entry> entries, const Value& key);

// The union of two unknowns' slots, sorted.
Value merge_unknown(const Value& a, const Value& b, Arena& arena);

// Number of code points. Precondition: valid UTF-8.
std::size_t code_points(std::string_view text);

// As a CEL expression would write it: "abc" quoted, 4u, [1, 2], {"a": 1}.
std::string to_cel(const Value& value);
// As in a message: texts without quotes, numbers in their shortest form.
std::string to_plain(const Value& value);

}  // namespace berth::cel
