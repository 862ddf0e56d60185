// The math extension (cel-go ext/math) and berth's own functions.
#include <array>
#include <cmath>
#include <cstdint>

#include "cel/functions.hpp"

namespace berth::cel {
namespace {

using Kind = Value::Kind;

// The extreme of the arguments, or of the one list; of equal ones the first.
Value extreme(const Call& call, std::string_view name, Order wanted) {
  std::span<const Value> values = call.args;
  if (values.size() == 1 && values[0].is(Kind::kList)) values = values[0].items();
  if (values.empty()) return Value::error("greatest and least need at least one number");
  call.budget -= static_cast<std::int64_t>(values.size());
  const Value* best = nullptr;
  for (const Value& value : values) {
    if (!value.is_number()) return no_such_overload(call, name);
    if (!best || compare(value, *best) == wanted) best = &value;
  }
  return *best;
}
Value greatest(const Call& call) {
  return extreme(call, "math.greatest", Order::kGreater);
}
Value least(const Call& call) {
  return extreme(call, "math.least", Order::kLess);
}

template <double (*F)(double)>
Value on_double(const Call& call, std::string_view name) {
  return call.args[0].is(Kind::kDouble) ? Value::of(F(call.args[0].d)) : no_such_overload(call, name);
}
double ceil_of(double x) {
  return std::ceil(x);
}
double floor_of(double x) {
  return std::floor(x);
}
double round_of(double x) {
  return std::round(x);
}  // halves away from zero
double trunc_of(double x) {
  return std::trunc(x);
}
Value ceil(const Call& call) {
  return on_double<ceil_of>(call, "math.ceil");
}
Value floor(const Call& call) {
  return on_double<floor_of>(call, "math.floor");
}
Value round(const Call& call) {
  return on_double<round_of>(call, "math.round");
}
Value trunc(const Call& call) {
  return on_double<trunc_of>(call, "math.trunc");
}

Value sqrt(const Call& call) {
  const Value& v = call.args[0];
  if (v.is(Kind::kDouble)) return Value::of(std::sqrt(v.d));
  if (v.is(Kind::kInt)) return Value::of(std::sqrt(static_cast<double>(v.i)));
  if (v.is(Kind::kUint)) return Value::of(std::sqrt(static_cast<double>(v.u)));
  return no_such_overload(call, "math.sqrt");
}

Value abs(const Call& call) {
  const Value& v = call.args[0];
  if (v.is(Kind::kUint)) return v;
  if (v.is(Kind::kDouble)) return Value::of(std::abs(v.d));
  if (!v.is(Kind::kInt)) return no_such_overload(call, "math.abs");
  return v.i == INT64_MIN ? Value::error("integer overflow") : Value::of(v.i < 0 ? -v.i : v.i);
}

Value sign(const Call& call) {
  const Value& v = call.args[0];
  if (v.is(Kind::kUint)) return Value::of(std::uint64_t{v.u > 0 ? 1U : 0U});
  if (v.is(Kind::kInt)) return Value::of(std::int64_t{v.i > 0 ? 1 : v.i < 0 ? -1 : 0});
  if (v.is(Kind::kDouble)) return Value::of(v.d > 0 ? 1.0 : v.d < 0 ? -1.0 : v.d);
  return no_such_overload(call, "math.sign");
}

Value is_nan(const Call& call) {
  return call.args[0].is(Kind::kDouble) ? Value::of(std::isnan(call.args[0].d)) : no_such_overload(call, "math.isNaN");
}
Value is_inf(const Call& call) {
  return call.args[0].is(Kind::kDouble) ? Value::of(std::isinf(call.args[0].d)) : no_such_overload(call, "math.isInf");
}
Value is_finite(const Call& call) {
  return call.args[0].is(Kind::kDouble) ? Value::of(std::isfinite(call.args[0].d))
                                        : no_such_overload(call, "math.isFinite");
}

// Bits of an int or uint; the result has the kind of the first argument.
Value bits(Kind kind, std::uint64_t value) {
  return kind == Kind::kInt ? Value::of(static_cast<std::int64_t>(value)) : Value::of(value);
}
bool both_integers(const Call& call) {
  return call.args[0].kind == call.args[1].kind && (call.args[0].is(Kind::kInt) || call.args[0].is(Kind::kUint));
}
Value bit_and(const Call& call) {
  return both_integers(call) ? bits(call.args[0].kind, call.args[0].u & call.args[1].u)
                             : no_such_overload(call, "math.bitAnd");
}
Value bit_or(const Call& call) {
  return both_integers(call) ? bits(call.args[0].kind, call.args[0].u | call.args[1].u)
                             : no_such_overload(call, "math.bitOr");
}
Value bit_xor(const Call& call) {
  return both_integers(call) ? bits(call.args[0].kind, call.args[0].u ^ call.args[1].u)
                             : no_such_overload(call, "math.bitXor");
}
Value bit_not(const Call& call) {
  const Value& v = call.args[0];
  return v.is(Kind::kInt) || v.is(Kind::kUint) ? bits(v.kind, ~v.u) : no_such_overload(call, "math.bitNot");
}
// Shifts are logical, also of ints; by 64 or more nothing is left.
Value shift(const Call& call, std::string_view name, bool left) {
  const Value& v = call.args[0];
  const Value& by = call.args[1];
  if (!(v.is(Kind::kInt) || v.is(Kind::kUint)) || !by.is(Kind::kInt)) return no_such_overload(call, name);
  if (by.i < 0) return Value::error("a shift by a negative number");
  if (by.i >= 64) return bits(v.kind, 0);
  return bits(v.kind, left ? v.u << static_cast<unsigned>(by.i) : v.u >> static_cast<unsigned>(by.i));
}
Value shift_left(const Call& call) {
  return shift(call, "math.bitShiftLeft", true);
}
Value shift_right(const Call& call) {
  return shift(call, "math.bitShiftRight", false);
}

constexpr std::string_view kExtreme =
    "(int...) int; (uint...) uint; (double...) double; (list(int)) int; (list(uint)) uint; "
    "(list(double)) double; (list(dyn)) dyn; (dyn...) dyn";
constexpr std::string_view kNumber = "(int) int; (uint) uint; (double) double";
constexpr std::string_view kTwoIntegers = "(int, int) int; (uint, uint) uint";
constexpr std::string_view kShift = "(int, int) int; (uint, int) uint";

constexpr std::array<FunctionRow, 18> kRows = {{
    {"math.greatest", kExtreme, greatest},
    {"math.least", kExtreme, least},
    {"math.ceil", "(double) double", ceil},
    {"math.floor", "(double) double", floor},
    {"math.round", "(double) double", round},
    {"math.trunc", "(double) double", trunc},
    {"math.sqrt", "(double) double; (int) double; (uint) double", sqrt},
    {"math.abs", kNumber, abs},
    {"math.sign", kNumber, sign},
    {"math.isNaN", "(double) bool", is_nan},
    {"math.isInf", "(double) bool", is_inf},
    {"math.isFinite", "(double) bool", is_finite},
    {"math.bitAnd", kTwoIntegers, bit_and},
    {"math.bitOr", kTwoIntegers, bit_or},
    {"math.bitXor", kTwoIntegers, bit_xor},
    {"math.bitNot", "(int) int; (uint) uint", bit_not},
    {"math.bitShiftLeft", kShift, shift_left},
    {"math.bitShiftRight", kShift, shift_right},
}};

// ---- berth's own

Value log2(const Call& call) {
  return call.args[0].is(Kind::kDouble) ? Value::of(std::log2(call.args[0].d)) : no_such_overload(call, "berth.log2");
}
Value ceil_div(const Call& call) {
  const Value& a = call.args[0];
  const Value& b = call.args[1];
  if (!a.is(Kind::kInt) || !b.is(Kind::kInt)) return no_such_overload(call, "berth.ceil_div");
  if (b.i == 0) return Value::error("division by zero");
  if (b.i == -1) return a.i == INT64_MIN ? Value::error("integer overflow") : Value::of(-a.i);
  const std::int64_t quotient = a.i / b.i;
  return Value::of(quotient + (a.i % b.i != 0 && (a.i < 0) == (b.i < 0) ? 1 : 0));
}
Value unit_gib(const Call& call) {
  constexpr double kGib = 1073741824.0;
  return call.args[0].is(Kind::kDouble) ? Value::of(call.args[0].d / kGib) : no_such_overload(call, "berth.unit_gib");
}

constexpr std::array<FunctionRow, 3> kOwnRows = {{
    {"berth.log2", "(double) double", log2},
    {"berth.ceil_div", "(int, int) int", ceil_div},
    {"berth.unit_gib", "(double) double", unit_gib},
}};

}  // namespace

std::span<const FunctionRow> math_rows() {
  return kRows;
}
std::span<const FunctionRow> own_rows() {
  return kOwnRows;
}

}  // namespace berth::cel
