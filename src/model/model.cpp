#include "berth/model.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace berth {
namespace {

constexpr std::array<const char*, kOperatorKindCount> kKinds{"matmul", "conv",        "depthwise_conv", "attention",
                                                             "norm",   "elementwise", "softmax",        "embedding",
                                                             "pool",   "reduce",      "data_movement",  "other"};
constexpr std::int64_t kMostParameters = std::int64_t{1} << 62;

// a·b, or false past 2^62.
bool multiply(std::int64_t& a, std::int64_t b) {
  return !__builtin_mul_overflow(a, b, &a) && a <= kMostParameters;
}

bool has_weight(OperatorKind kind) {
  return kind == OperatorKind::kMatmul || kind == OperatorKind::kConv || kind == OperatorKind::kDepthwiseConv;
}

Status check_operator(const Operator& op, std::size_t index) {
  const std::array<std::pair<const char*, double>, 5> sizes{
      {{"m", op.m}, {"n", op.n}, {"k", op.k}, {"batch", op.batch}, {"count", op.count}}};
  for (const auto& size : sizes) {
    const bool may_be_zero = size.second == 0 && size.first[0] == 'k';
    if (std::isfinite(size.second) && (size.second > 0 || may_be_zero)) continue;
    return fail(ErrorCode::kInvalid,
                fmt::format("operator {} ({}): '{}' must be a positive number, found {}", index + 1,
                            op.name.empty() ? to_string(op.kind) : op.name, size.first, size.second));
  }
  return {};
}

}  // namespace

const char* to_string(OperatorKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::optional<OperatorKind> parse_operator_kind(std::string_view word) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (word == kKinds[i]) return static_cast<OperatorKind>(i);
  }
  return std::nullopt;
}

Status count_parameters(Model& model) {
  std::int64_t total = 0;
  std::int64_t active = 0;
  for (const TensorGroup& group : model.tensors) {
    std::int64_t elements = 1;
    bool fits = true;
    for (const std::int64_t dim : group.shape) fits = fits && multiply(elements, dim);
    std::int64_t used = elements;
    fits =
        fits && multiply(used, group.active) && multiply(elements, group.count) && elements <= kMostParameters - total;
    if (!fits) {
      return fail(ErrorCode::kLimit, fmt::format("the parameter count passes 2^62 at '{}'", group.name),
                  "check the model's dimensions");
    }
    total += elements;
    active += used;
  }
  model.parameters = total;
  model.active_parameters = active;
  return {};
}

Model model_from_summary(const Summary& summary) {
  Model model;
  model.format = "summary";
  model.architecture = summary.family;
  model.summary = summary;
  if (summary.parameters && *summary.parameters < static_cast<double>(kMostParameters)) {
    model.parameters = std::llround(*summary.parameters);
    model.active_parameters = model.parameters;
  }
  return model;
}

Result<Model> model_from_operators(std::vector<Operator> operators) {
  if (operators.empty()) return fail(ErrorCode::kInvalid, "the operator list is empty", "give at least one operator");
  double weights = 0;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    if (Status status = check_operator(operators[i], i); !status) return tl::unexpected(status.error());
    if (has_weight(operators[i].kind))
      weights += operators[i].weight_elements * operators[i].batch * operators[i].count;
  }
  if (!(weights < static_cast<double>(kMostParameters))) {
    return fail(ErrorCode::kLimit, "the weights of the operators pass 2^62 elements", "check their sizes");
  }
  Model model;
  model.format = "operators";
  model.parameters = std::llround(weights);
  model.active_parameters = model.parameters;
  model.operators = std::move(operators);
  return model;
}

}  // namespace berth
