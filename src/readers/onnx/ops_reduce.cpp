// Operators that reduce, rank or search along axes.
#include <algorithm>
#include <array>
#include <cmath>

#include "readers/onnx/ops.hpp"

namespace berth::onnx {
namespace {

void top_k(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  const auto axis = call.axis("axis", -1, x->rank());
  if (!axis) return;
  const auto k = call.list(1, "");
  Dims dims = x->dims;
  dims[*axis] = k && k->size() == 1 ? std::max((*k)[0], kUnknown) : call.integer("k", kUnknown);
  call.set(0, x->type, dims);
  call.set(1, kInt64, std::move(dims));
}

void det(Call& call) {
  const Value* x = call.ranked(0);
  if (x != nullptr && x->rank() >= 2) call.set(0, x->type, Dims(x->dims.begin(), x->dims.end() - 2));
}

void loss(Call& call) {
  const Value* target = call.ranked(1);
  const Value* x = call.ranked(0);
  if (target == nullptr || x == nullptr) return;
  call.set(0, x->type, call.word("reduction", "mean") == "none" ? target->dims : Dims());
  call.set(1, x->type, x->dims);
}

void multinomial(Call& call) {
  const Value* x = call.ranked(0);
  if (x != nullptr && x->rank() == 2)
    call.set(0, static_cast<int>(call.integer("dtype", kInt32)),
             {x->dims[0], std::max(call.integer("sample_size", 1), kUnknown)});
}

void argmax(Call& call) {
  reduce_shape(call);
  if (!call.out.empty() && call.out[0] != nullptr) {
    call.out[0]->type = kInt64;
    call.out[0]->has_data = false;
  }
}

constexpr std::array kOps{
    Op{"TopK", &top_k, Work::kReduce, 10},
    Op{"Multinomial", &multinomial, Work::kReduce, 10},
    Op{"Det", &det, Work::kReduce, 2},
    Op{"NegativeLogLikelihoodLoss", &loss, Work::kReduce, 1},
    Op{"SoftmaxCrossEntropyLoss", &loss, Work::kReduce, 6},
    Op{"ArgMax", &argmax, Work::kReduce},
    Op{"ArgMin", &argmax, Work::kReduce},
    Op{"ReduceL1", &reduce_shape, Work::kReduce},
    Op{"ReduceL2", &reduce_shape, Work::kReduce, 2},
    Op{"ReduceLogSum", &reduce_shape, Work::kReduce},
    Op{"ReduceLogSumExp", &reduce_shape, Work::kReduce, 8},
    Op{"ReduceMax", &reduce_shape, Work::kReduce},
    Op{"ReduceMean", &reduce_shape, Work::kReduce},
    Op{"ReduceMin", &reduce_shape, Work::kReduce},
    Op{"ReduceProd", &reduce_shape, Work::kReduce},
    Op{"ReduceSum", &reduce_shape, Work::kReduce},
    Op{"ReduceSumSquare", &reduce_shape, Work::kReduce, 2},
};

}  // namespace

void reduce_shape(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  std::optional<std::vector<std::int64_t>> axes = call.list(1, "axes");
  if (call.attribute("axis") != nullptr || call.node->op.starts_with("Arg")) axes = {call.integer("axis", 0)};
  if (!axes && call.input(1) != nullptr) return;
  const bool all = !axes || axes->empty();
  if (all && call.integer("noop_with_empty_axes", 0) != 0) return same_as_first(call);
  std::vector<bool> reduced(x->dims.size(), all);
  for (std::size_t i = 0; !all && i < axes->size(); ++i) {
    if (const auto axis = normal_axis((*axes)[i], x->rank())) reduced[*axis] = true;
  }
  const bool keep = call.integer("keepdims", 1) != 0;
  Dims dims;
  for (std::size_t i = 0; i < reduced.size(); ++i) {
    if (!reduced[i])
      dims.push_back(x->dims[i]);
    else if (keep)
      dims.push_back(1);
  }
  call.set(0, x->type, std::move(dims));
  if (!x->has_data || x->rank() > 1 || x->data.empty()) return;
  double value = x->data[0];
  for (std::size_t i = 1; i < x->data.size(); ++i) {
    const double next = x->data[i];
    if (call.node->op == "ReduceProd")
      value *= next;
    else if (call.node->op == "ReduceSum")
      value += next;
    else if (call.node->op == "ReduceMax")
      value = std::isnan(next) ? next : std::max(value, next);
    else if (call.node->op == "ReduceMin")
      value = std::isnan(next) ? next : std::min(value, next);
    else
      return;
  }
  call.set_data(0, {value});
}

std::span<const Op> reduce_ops() {
  return kOps;
}

}  // namespace berth::onnx
