// Operators that work on each element by itself.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "readers/onnx/ops.hpp"

namespace berth::onnx {

void same_as_first(Call& call) {
  if (const Value* x = call.ranked(0)) call.set(0, x->type, x->dims);
}

void broadcast_all(Call& call) {
  Dims dims;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    const Value* x = call.ranked(i);
    if (x == nullptr) return;
    // Before opset 7 the second input was laid over the first: the first one's shape stays.
    if (i > 0 && call.opset > 0 && call.opset < 7 && call.node->domain.empty() && call.attribute("broadcast")) break;
    dims = i == 0 ? x->dims : broadcast(dims, x->dims);
  }
  call.set(0, call.type_of(0), std::move(dims));
}

namespace {

// Element i of `value` broadcast to `dims`, for values of at most kMostData elements.
double element_at(const Value& value, const Dims& dims, std::size_t index) {
  if (value.data.size() == 1) return value.data[0];
  std::size_t at = 0;
  std::size_t stride = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const auto size = static_cast<std::size_t>(dims[dims.size() - 1 - i]);
    const std::size_t place = size == 0 ? 0 : index % size;
    index = size == 0 ? 0 : index / size;
    if (i >= value.dims.size()) continue;
    const auto own = static_cast<std::size_t>(value.dims[value.dims.size() - 1 - i]);
    at += (own == 1 ? 0 : place) * stride;
    stride *= own;
  }
  return at < value.data.size() ? value.data[at] : kNoNumber;
}

std::optional<std::size_t> small_output(const Call& call) {
  if (call.out.empty() || call.out[0] == nullptr || !call.out[0]->known()) return std::nullopt;
  const double elements = call.out[0]->elements();
  if (!(elements <= static_cast<double>(kMostData))) return std::nullopt;
  return static_cast<std::size_t>(elements);
}

bool is_integer(int type) {
  return type != kFloat && type != kDouble && type != kFloat16 && type != kBfloat16;
}

double divide(double a, double b) {
  return b == 0 ? kNoNumber : a / b;
}
double modulo(double a, double b) {
  return b == 0 ? kNoNumber : a - b * std::floor(a / b);
}
double truth(bool value) {
  return value ? 1 : 0;
}
double known(double a, double b, bool value) {
  return std::isnan(a) || std::isnan(b) ? kNoNumber : truth(value);
}

template <double (*Apply)(double, double)>
void binary(Call& call) {
  broadcast_all(call);
  fold_binary(call, Apply);
}

void division(Call& call) {
  broadcast_all(call);
  fold_binary(call, &divide);
  if (!call.out.empty() && call.out[0] != nullptr && call.out[0]->has_data && is_integer(call.type_of(0))) {
    for (double& value : call.out[0]->data) value = std::trunc(value);
  }
}

template <double (*Apply)(double, double)>
void comparison(Call& call) {
  broadcast_all(call);
  if (!call.out.empty() && call.out[0] != nullptr) call.out[0]->type = kBool;
  fold_binary(call, Apply);
}

template <double (*Apply)(double)>
void unary(Call& call) {
  same_as_first(call);
  fold_unary(call, Apply);
}

double plus(double a, double b) {
  return a + b;
}
double minus(double a, double b) {
  return a - b;
}
double times(double a, double b) {
  return a * b;
}
double power(double a, double b) {
  return std::pow(a, b);
}
double larger(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
}
double smaller(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
}
double equal(double a, double b) {
  return known(a, b, a == b);
}
double different(double a, double b) {
  return known(a, b, (a != 0) != (b != 0));
}
double less(double a, double b) {
  return known(a, b, a < b);
}
double less_or_equal(double a, double b) {
  return known(a, b, a <= b);
}
double greater(double a, double b) {
  return known(a, b, a > b);
}
double greater_or_equal(double a, double b) {
  return known(a, b, a >= b);
}
double both(double a, double b) {
  return known(a, b, a != 0 && b != 0);
}
double either(double a, double b) {
  return known(a, b, a != 0 || b != 0);
}
double negative(double a) {
  return -a;
}
double reciprocal(double a) {
  return divide(1, a);
}
double same(double a) {
  return a;
}
double not_of(double a) {
  return known(a, a, a == 0);
}
double size_of(double a) {
  return std::fabs(a);
}
double floor_of(double a) {
  return std::floor(a);
}
double ceil_of(double a) {
  return std::ceil(a);
}
double round_of(double a) {
  return std::nearbyint(a);
}
double root_of(double a) {
  return std::sqrt(a);
}

void to_bool(Call& call) {
  if (const Value* x = call.ranked(0)) call.set(0, kBool, x->dims);
}

void cast(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  const Attribute* to = call.attribute("to");
  const int type = to == nullptr ? call.type_of(1) : static_cast<int>(to->i);
  call.set(0, type, x->dims);
  fold_unary(call, &same);
  if (!call.out.empty() && call.out[0] != nullptr && is_integer(type)) {
    for (double& value : call.out[0]->data) value = type == kBool ? known(value, value, value != 0) : std::trunc(value);
  }
}

void where(Call& call) {
  const Value* c = call.ranked(0);
  const Value* a = call.ranked(1);
  const Value* b = call.ranked(2);
  if (c == nullptr || a == nullptr || b == nullptr) return;
  const Dims dims = broadcast(broadcast(c->dims, a->dims), b->dims);
  call.set(0, a->type, dims);
  const auto count = small_output(call);
  if (!count || !c->has_data || !a->has_data || !b->has_data) return;
  std::vector<double> data(*count);
  for (std::size_t i = 0; i < *count; ++i) {
    const double condition = element_at(*c, dims, i);
    data[i] = std::isnan(condition) ? condition : element_at(condition != 0 ? *a : *b, dims, i);
  }
  call.set_data(0, std::move(data));
}

// A quantised value keeps its shape; the type is that of the zero point.
void quantize(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  const std::int64_t asked = call.integer("output_dtype", 0);
  const int type = call.input(2) != nullptr ? call.type_of(2) : asked != 0 ? static_cast<int>(asked) : int{kUint8};
  call.set(0, type, x->dims);
}

void dequantize(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  call.set(0, call.input(1) != nullptr && call.type_of(1) != kUndefined ? call.type_of(1) : int{kFloat}, x->dims);
  call.out[0]->stored_type = x->type;
}

void dynamic_quantize(Call& call) {
  if (const Value* x = call.ranked(0)) call.set(0, kUint8, x->dims);
  call.set(1, kFloat, {});
  call.set(2, kUint8, {});
}

// Normalisations and the like: the first output is like the input, the rest are statistics.
void first_and_statistics(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  call.set(0, x->type, x->dims);
  const auto axis = call.axis("axis", -1, x->rank());
  Dims kept = x->dims;
  for (std::size_t i = axis.value_or(kept.size()); i < kept.size(); ++i) kept[i] = 1;
  for (std::size_t i = 1; i < call.out.size(); ++i) call.set(i, kFloat, kept);
}

void batch_norm(Call& call) {
  same_as_first(call);
  const Value* scale = call.ranked(1);
  for (std::size_t i = 1; scale != nullptr && i < call.out.size(); ++i) call.set(i, scale->type, scale->dims);
}

void dropout(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  call.set(0, x->type, x->dims);
  call.set(1, kBool, x->dims);
  fold_unary(call, &same);
}

void identity(Call& call) {
  if (const Value* x = call.input(0); x != nullptr && !call.out.empty() && call.out[0] != nullptr) {
    Value& out = *call.out[0];
    out.type = x->type;
    out.ranked = x->ranked;
    out.dims = x->dims;
    out.has_data = x->has_data;
    out.data = x->data;
    out.stored_type = x->stored_type;
  }
}

constexpr Work kEach = Work::kElementwise;
// Operations per element: counted as one for arithmetic and comparisons, 8 for functions that are
// worked out by a polynomial (exp, tanh, erf …).
constexpr double kFunction = 8;

constexpr std::array kOps{
    Op{"Abs", &unary<&size_of>, kEach},
    Op{"Neg", &unary<&negative>, kEach},
    Op{"Floor", &unary<&floor_of>, kEach},
    Op{"Ceil", &unary<&ceil_of>, kEach},
    Op{"Round", &unary<&round_of>, kEach},
    Op{"Sqrt", &unary<&root_of>, kEach},
    Op{"Reciprocal", &unary<&reciprocal>, kEach},
    Op{"Not", &unary<&not_of>, kEach},
    Op{"Relu", &same_as_first, kEach},
    Op{"LeakyRelu", &same_as_first, kEach},
    Op{"PRelu", &same_as_first, kEach},
    Op{"Clip", &same_as_first, kEach},
    Op{"ThresholdedRelu", &same_as_first, kEach},
    Op{"Sign", &same_as_first, kEach},
    Op{"Shrink", &same_as_first, kEach},
    Op{"HardSigmoid", &same_as_first, kEach, 3},
    Op{"HardSwish", &same_as_first, kEach, 4},
    Op{"BitwiseNot", &same_as_first, kEach},
    Op{"Affine", &same_as_first, kEach, 2},
    Op{"ImageScaler", &same_as_first, kEach, 2},
    Op{"IsNaN", &to_bool, kEach},
    Op{"IsInf", &to_bool, kEach},
    Op{"Acos", &same_as_first, kEach, kFunction},
    Op{"Acosh", &same_as_first, kEach, kFunction},
    Op{"Asin", &same_as_first, kEach, kFunction},
    Op{"Asinh", &same_as_first, kEach, kFunction},
    Op{"Atan", &same_as_first, kEach, kFunction},
    Op{"Atanh", &same_as_first, kEach, kFunction},
    Op{"Celu", &same_as_first, kEach, kFunction},
    Op{"Cos", &same_as_first, kEach, kFunction},
    Op{"Cosh", &same_as_first, kEach, kFunction},
    Op{"Elu", &same_as_first, kEach, kFunction},
    Op{"Erf", &same_as_first, kEach, kFunction},
    Op{"Exp", &same_as_first, kEach, kFunction},
    Op{"Gelu", &same_as_first, kEach, kFunction},
    Op{"Log", &same_as_first, kEach, kFunction},
    Op{"Mish", &same_as_first, kEach, 2 * kFunction},
    Op{"Selu", &same_as_first, kEach, kFunction},
    Op{"Sigmoid", &same_as_first, kEach, kFunction},
    Op{"Sin", &same_as_first, kEach, kFunction},
    Op{"Sinh", &same_as_first, kEach, kFunction},
    Op{"Softplus", &same_as_first, kEach, kFunction},
    Op{"Softsign", &same_as_first, kEach, 3},
    Op{"Swish", &same_as_first, kEach, kFunction},
    Op{"Tan", &same_as_first, kEach, kFunction},
    Op{"Tanh", &same_as_first, kEach, kFunction},
    Op{"ScaledTanh", &same_as_first, kEach, kFunction},
    Op{"ParametricSoftplus", &same_as_first, kEach, kFunction},
    Op{"Add", &binary<&plus>, kEach},
    Op{"Sub", &binary<&minus>, kEach},
    Op{"Mul", &binary<&times>, kEach},
    Op{"Div", &division, kEach},
    Op{"Mod", &binary<&modulo>, kEach},
    Op{"Pow", &binary<&power>, kEach},
    Op{"Max", &binary<&larger>, kEach},
    Op{"Min", &binary<&smaller>, kEach},
    Op{"Sum", &broadcast_all, kEach},
    Op{"Mean", &broadcast_all, kEach},
    Op{"And", &comparison<&both>, kEach},
    Op{"Or", &comparison<&either>, kEach},
    Op{"Xor", &comparison<&different>, kEach},
    Op{"Equal", &comparison<&equal>, kEach},
    Op{"Less", &comparison<&less>, kEach},
    Op{"LessOrEqual", &comparison<&less_or_equal>, kEach},
    Op{"Greater", &comparison<&greater>, kEach},
    Op{"GreaterOrEqual", &comparison<&greater_or_equal>, kEach},
    Op{"BitShift", &broadcast_all, kEach},
    Op{"BitwiseAnd", &broadcast_all, kEach},
    Op{"BitwiseOr", &broadcast_all, kEach},
    Op{"BitwiseXor", &broadcast_all, kEach},
    Op{"Where", &where, kEach},
    Op{"Cast", &cast, kEach},
    Op{"CastLike", &cast, kEach},
    Op{"BitCast", &cast, Work::kNone},
    Op{"Identity", &identity, Work::kNone},
    Op{"Dropout", &dropout, Work::kNone},
    Op{"QuantizeLinear", &quantize, kEach, 3},
    Op{"DequantizeLinear", &dequantize, kEach, 2},
    Op{"DynamicQuantizeLinear", &dynamic_quantize, kEach, 5},
    Op{"CumSum", &same_as_first, kEach},
    Op{"CumProd", &same_as_first, kEach},
    Op{"Bernoulli", &same_as_first, kEach, kFunction},
    Op{"RandomNormalLike", &same_as_first, kEach, kFunction},
    Op{"RandomUniformLike", &same_as_first, kEach, kFunction},
    Op{"BatchNormalization", &batch_norm, Work::kNorm, 2},
    Op{"InstanceNormalization", &same_as_first, Work::kNorm, 7},
    Op{"LayerNormalization", &first_and_statistics, Work::kNorm, 7},
    Op{"GroupNormalization", &same_as_first, Work::kNorm, 7},
    Op{"RMSNormalization", &same_as_first, Work::kNorm, 4},
    Op{"SimplifiedLayerNormalization", &first_and_statistics, Work::kNorm, 4},
    Op{"MeanVarianceNormalization", &same_as_first, Work::kNorm, 7},
    Op{"LpNormalization", &same_as_first, Work::kNorm, 4},
    Op{"LRN", &same_as_first, Work::kNorm, 10},
    Op{"Softmax", &same_as_first, Work::kSoftmax, 5},
    Op{"LogSoftmax", &same_as_first, Work::kSoftmax, 6},
    Op{"Hardmax", &same_as_first, Work::kSoftmax, 2},
};

}  // namespace

void fold_binary(const Call& call, double (*apply)(double, double)) {
  const auto count = small_output(call);
  if (!count || call.in.empty()) return;
  for (const Value* value : call.in) {
    if (value == nullptr || !value->has_data) return;
  }
  const Dims& dims = call.out[0]->dims;
  std::vector<double> data(*count);
  for (std::size_t i = 0; i < *count; ++i) {
    data[i] = element_at(*call.in[0], dims, i);
    for (std::size_t j = 1; j < call.in.size(); ++j) data[i] = apply(data[i], element_at(*call.in[j], dims, i));
  }
  call.set_data(0, std::move(data));
}

void fold_unary(const Call& call, double (*apply)(double)) {
  const Value* x = call.input(0);
  if (x == nullptr || !x->has_data) return;
  std::vector<double> data = x->data;
  for (double& value : data) value = apply(value);
  call.set_data(0, std::move(data));
}

std::span<const Op> elementwise_ops() {
  return kOps;
}

}  // namespace berth::onnx
