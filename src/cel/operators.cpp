// Operators on values: arithmetic that refuses to overflow, order, membership, selection.
#include <fmt/format.h>

#include <cmath>

#include "cel/program.hpp"

namespace berth::cel {
namespace {

using Kind = Value::Kind;

Value no_overload(Op op, const Value& a, const Value& b, Arena& arena) {
  return arena.error(fmt::format("no such overload: {} {} {}", type_name(a.kind), symbol_of(op), type_name(b.kind)));
}

template <class T>
Value integer_arithmetic(Op op, T a, T b) {
  T out = 0;
  switch (op) {
    case Op::kAdd: return __builtin_add_overflow(a, b, &out) ? Value::error("integer overflow") : Value::of(out);
    case Op::kSubtract: return __builtin_sub_overflow(a, b, &out) ? Value::error("integer overflow") : Value::of(out);
    case Op::kMultiply: return __builtin_mul_overflow(a, b, &out) ? Value::error("integer overflow") : Value::of(out);
    default: break;
  }
  if (b == 0) return Value::error(op == Op::kDivide ? "division by zero" : "modulus by zero");
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) {
      if (op == Op::kModulo) return Value::of(T{0});
      return __builtin_sub_overflow(T{0}, a, &out) ? Value::error("integer overflow") : Value::of(out);
    }
  }
  return Value::of(static_cast<T>(op == Op::kDivide ? a / b : a % b));
}

Value double_arithmetic(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd: return Value::of(a + b);
    case Op::kSubtract: return Value::of(a - b);
    case Op::kMultiply: return Value::of(a * b);
    default: return Value::of(a / b);
  }
}

Value concatenate(const Value& a, const Value& b, Arena& arena, std::int64_t& budget) {
  const std::size_t size = std::size_t{a.size} + b.size;
  budget -= static_cast<std::int64_t>(size / (a.is(Kind::kList) ? 1 : 16));
  if (budget < 0) return Value::error("the evaluation takes too many steps");
  if (a.is(Kind::kList)) {
    auto* at = arena.array<Value>(size);
    std::copy(a.items().begin(), a.items().end(), at);
    std::copy(b.items().begin(), b.items().end(), at + a.size);
    return Value::list({at, size});
  }
  auto* at = arena.array<char>(size);
  if (a.size > 0) std::memcpy(at, a.chars, a.size);
  if (b.size > 0) std::memcpy(at + a.size, b.chars, b.size);
  return Value::text(a.kind, {at, size});
}

Value arithmetic(Op op, const Value& a, const Value& b, Arena& arena, std::int64_t& budget) {
  if (a.kind != b.kind) return no_overload(op, a, b, arena);
  switch (a.kind) {
    case Kind::kInt: return integer_arithmetic(op, a.i, b.i);
    case Kind::kUint: return integer_arithmetic(op, a.u, b.u);
    case Kind::kDouble: return op == Op::kModulo ? no_overload(op, a, b, arena) : double_arithmetic(op, a.d, b.d);
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kList: return op == Op::kAdd ? concatenate(a, b, arena, budget) : no_overload(op, a, b, arena);
    default: return no_overload(op, a, b, arena);
  }
}

Value membership(const Value& a, const Value& b, Arena& arena, std::int64_t& budget) {
  budget -= b.size;
  if (b.is(Kind::kList)) {
    for (const Value& item : b.items()) {
      if (equal(a, item)) return Value::of(true);
    }
    return Value::of(false);
  }
  if (b.is(Kind::kMap)) return Value::of(find(b.entries(), a) != nullptr);
  return no_overload(Op::kIn, a, b, arena);
}

// Cost of a deep comparison: what the smaller side holds.
std::int64_t weight(const Value& value) {
  if (value.is(Kind::kString) || value.is(Kind::kBytes)) return value.size / 64;
  std::int64_t sum = 0;
  if (value.is(Kind::kList)) {
    for (const Value& item : value.items()) sum += 1 + weight(item);
  } else if (value.is(Kind::kMap)) {
    for (const Entry& entry : value.entries()) sum += value.size + weight(entry.value);
  }
  return sum;
}

}  // namespace

Value apply_operator(Op op, const Value& a, const Value& b, Arena& arena, std::int64_t& budget) {
  switch (op) {
    case Op::kEqual:
    case Op::kNotEqual:
      if (a.kind == Kind::kList || a.kind == Kind::kMap) {
        budget -= weight(a);
        if (budget < 0) return Value::error("the evaluation takes too many steps");
      }
      return Value::of(equal(a, b) == (op == Op::kEqual));
    case Op::kIn: return membership(a, b, arena, budget);
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo: return arithmetic(op, a, b, arena, budget);
    default: break;
  }
  const Order order = compare(a, b);
  if (order == Order::kNotComparable) return no_overload(op, a, b, arena);
  if (order == Order::kUnordered) return Value::of(false);
  switch (op) {
    case Op::kLess: return Value::of(order == Order::kLess);
    case Op::kLessEqual: return Value::of(order != Order::kGreater);
    case Op::kGreater: return Value::of(order == Order::kGreater);
    default: return Value::of(order != Order::kLess);
  }
}

Value select_field(const Value& target, std::string_view field, Arena& arena) {
  if (!target.is(Kind::kMap)) {
    return arena.error(fmt::format("a value of type {} has no fields ('.{}')", type_name(target.kind), field));
  }
  const Value* found = find(target.entries(), Value::string(field));
  return found ? *found : arena.error(fmt::format("no such key: '{}'", field));
}

Value index_value(const Value& target, const Value& key, Arena& arena) {
  if (target.is(Kind::kMap)) {
    const Value* found = find(target.entries(), key);
    return found ? *found : arena.error(fmt::format("no such key: {}", to_cel(key)));
  }
  if (!target.is(Kind::kList))
    return arena.error(fmt::format("no such overload: {}[{}]", type_name(target.kind), type_name(key.kind)));
  double at = -1;
  if (key.is(Kind::kInt))
    at = static_cast<double>(key.i);
  else if (key.is(Kind::kUint))
    at = static_cast<double>(key.u);
  else if (key.is(Kind::kDouble))
    at = key.d;
  else
    return arena.error(fmt::format("a list has no index of type {}", type_name(key.kind)));
  if (!(at >= 0 && at < static_cast<double>(target.size)) || at != std::floor(at)) {
    return arena.error(fmt::format("index {} out of range: the list has {} items", to_plain(key), target.size));
  }
  return target.items()[static_cast<std::size_t>(at)];
}

}  // namespace berth::cel
