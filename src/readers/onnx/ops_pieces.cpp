// Operators that move, cut and join tensors, and those that pick parts of them.
#include <algorithm>
#include <array>
#include <limits>

#include "readers/onnx/ops.hpp"

namespace berth::onnx {
namespace {

void transpose(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  const std::vector<std::int64_t> perm = call.integers("perm");
  Dims dims(x->dims.rbegin(), x->dims.rend());
  for (std::size_t i = 0; i < perm.size() && i < dims.size(); ++i) {
    const auto axis = normal_axis(perm[i], x->rank());
    dims[i] = axis ? x->dims[*axis] : kUnknown;
  }
  call.set(0, x->type, std::move(dims));
  if (x->rank() < 2) copy_data(call);
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return a / b + (a % b > 0 ? 1 : 0);
}

struct Cut {
  std::int64_t start, step, count;
};

Cut cut_of(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size) {
  if (step == 0) step = 1;
  const auto clip = [&](std::int64_t at) {
    if (at < 0) at += size;
    return step > 0 ? std::clamp(at, std::int64_t{0}, size) : std::clamp(at, std::int64_t{-1}, size - 1);
  };
  const std::int64_t from = clip(start);
  const std::int64_t to = step < 0 && end < -size ? -1 : clip(end);
  if (step == std::numeric_limits<std::int64_t>::min()) step = -std::numeric_limits<std::int64_t>::max();
  const std::int64_t span = step > 0 ? to - from : from - to;
  return {from, step, span <= 0 ? 0 : ceil_div(span, step > 0 ? step : -step)};
}

void slice(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  const auto starts = call.list(1, "starts");
  const auto ends = call.list(2, "ends");
  auto axes = call.list(3, "axes");
  const auto steps = call.list(4, "");
  Dims dims = x->dims;
  const bool told = starts && ends && starts->size() == ends->size() && (call.input(3) == nullptr || axes) &&
                    (call.input(4) == nullptr || steps);
  if (!told) {  // the axes may be known all the same
    for (std::size_t i = 0; i < dims.size(); ++i) {
      const bool cut = !axes || std::any_of(axes->begin(), axes->end(),
                                            [&](std::int64_t a) { return normal_axis(a, x->rank()) == i; });
      if (cut) dims[i] = kUnknown;
    }
    return call.set(0, x->type, std::move(dims));
  }
  Cut last{0, 1, 0};
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const auto axis = normal_axis(axes && i < axes->size() ? (*axes)[i] : static_cast<std::int64_t>(i), x->rank());
    if (!axis || dims[*axis] < 0) continue;
    last = cut_of((*starts)[i], (*ends)[i], steps && i < steps->size() ? (*steps)[i] : 1, dims[*axis]);
    dims[*axis] = last.count;
  }
  call.set(0, x->type, std::move(dims));
  if (!x->has_data || x->rank() != 1 || starts->size() != 1) return;
  std::vector<double> data;
  for (std::int64_t i = 0; i < last.count; ++i) {
    const std::int64_t at = last.start + i * last.step;
    data.push_back(at >= 0 && at < static_cast<std::int64_t>(x->data.size()) ? x->data[static_cast<std::size_t>(at)]
                                                                             : kNoNumber);
  }
  call.set_data(0, std::move(data));
}

void split(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr || call.out.empty()) return;
  const auto axis = call.axis("axis", 0, x->rank());
  if (!axis) return;
  const auto sizes = call.list(1, "split");
  const std::int64_t size = x->dims[*axis];
  const auto parts = static_cast<std::int64_t>(call.out.size());
  const std::int64_t each = size < 0 ? kUnknown : ceil_div(size, parts);
  std::size_t at = 0;
  for (std::size_t i = 0; i < call.out.size(); ++i) {
    Dims dims = x->dims;
    dims[*axis] = sizes && i < sizes->size() ? std::max((*sizes)[i], kUnknown)
                  : call.input(1) != nullptr ? kUnknown
                  : each < 0                 ? kUnknown
                             : std::clamp(size - each * static_cast<std::int64_t>(i), std::int64_t{0}, each);
    const std::int64_t count = dims[*axis];
    call.set(i, x->type, std::move(dims));
    if (!x->has_data || x->rank() != 1 || count < 0 || at + static_cast<std::size_t>(count) > x->data.size()) continue;
    const auto from = x->data.begin() + static_cast<std::ptrdiff_t>(at);
    call.set_data(i, std::vector<double>(from, from + count));
    at += static_cast<std::size_t>(count);
  }
}

void pad(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  auto pads = call.list(1, "pads");
  if (!pads) pads = call.list(99, "paddings");  // opset 1
  const auto axes = call.list(3, "");
  Dims dims = x->dims;
  const std::size_t count = axes ? axes->size() : dims.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto axis = normal_axis(axes ? (*axes)[i] : static_cast<std::int64_t>(i), x->rank());
    if (!axis) continue;
    std::int64_t& dim = dims[*axis];
    const bool told = pads && pads->size() >= 2 * count && dim >= 0;
    if (!told || __builtin_add_overflow(dim, (*pads)[i], &dim) ||
        __builtin_add_overflow(dim, (*pads)[i + count], &dim) || dim < 0) {
      dim = kUnknown;
    }
  }
  call.set(0, x->type, std::move(dims));
}

void gather_elements(Call& call) {
  if (const Value* indices = call.ranked(1)) call.set(0, call.type_of(0), indices->dims);
}

void gather_nd(Call& call) {
  const Value* x = call.ranked(0);
  const Value* indices = call.ranked(1);
  if (x == nullptr || indices == nullptr || indices->dims.empty() || indices->dims.back() < 0) return;
  const std::int64_t from = call.integer("batch_dims", 0) + indices->dims.back();
  if (from < 0 || from > x->rank()) return;
  Dims dims(indices->dims.begin(), indices->dims.end() - 1);
  dims.insert(dims.end(), x->dims.begin() + from, x->dims.end());
  call.set(0, x->type, std::move(dims));
}

void one_hot(Call& call) {
  const Value* indices = call.ranked(0);
  const auto depth = call.list(1, "");
  if (indices == nullptr) return;
  Dims dims = indices->dims;
  const auto axis = call.axis("axis", -1, indices->rank() + 1);
  if (!axis) return;
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(*axis),
              depth && depth->size() == 1 ? std::max((*depth)[0], kUnknown) : kUnknown);
  call.set(0, call.type_of(2), std::move(dims));
}

void non_zero(Call& call) {
  const Value* x = call.ranked(0);
  if (x != nullptr) call.set(0, kInt64, {std::max<std::int64_t>(x->rank(), 1), kUnknown});
}

void compress(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  Dims dims{kUnknown};
  if (call.attribute("axis") != nullptr) {
    const auto axis = call.axis("axis", 0, x->rank());
    if (!axis) return;
    dims = x->dims;
    dims[*axis] = kUnknown;
  }
  call.set(0, x->type, std::move(dims));
}

void unique(Call& call) {
  compress(call);
  for (std::size_t i = 1; i < call.out.size(); ++i) call.set(i, kInt64, {kUnknown});
}

constexpr Work kMoves = Work::kMove;
constexpr std::array kOps{
    Op{"Transpose", &transpose, kMoves},
    Op{"Slice", &slice, kMoves},
    Op{"DynamicSlice", &slice, kMoves},
    Op{"Split", &split, kMoves},
    Op{"Concat", &concat_shape, kMoves},
    Op{"Pad", &pad, kMoves},
    Op{"Gather", &gather_shape, Work::kGather},
    Op{"GatherElements", &gather_elements, kMoves},
    Op{"GatherND", &gather_nd, kMoves},
    Op{"Scatter", &same_as_first, kMoves},
    Op{"ScatterElements", &same_as_first, kMoves},
    Op{"ScatterND", &same_as_first, kMoves},
    Op{"TensorScatter", &same_as_first, kMoves},
    Op{"OneHot", &one_hot, kMoves},
    Op{"NonZero", &non_zero, kMoves},
    Op{"Compress", &compress, kMoves},
    Op{"Unique", &unique, Work::kReduce, 10},
    Op{"EyeLike", &same_as_first, kMoves},
    Op{"Trilu", &same_as_first, kMoves},
    Op{"ReverseSequence", &same_as_first, kMoves},
};

}  // namespace

void concat_shape(Call& call) {
  const Value* first = call.ranked(0);
  if (first == nullptr) return;
  const auto axis = call.axis("axis", call.opset < 4 ? 1 : 0, first->rank());
  if (!axis) return;
  Dims dims = first->dims;
  std::vector<double> data;
  bool folds = true;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    const Value* x = call.ranked(i);
    if (x == nullptr || x->dims.size() != dims.size()) return;
    folds = folds && x->has_data && x->rank() == 1 && data.size() < kMostData;
    if (folds) data.insert(data.end(), x->data.begin(), x->data.end());
    if (i == 0) continue;
    for (std::size_t j = 0; j < dims.size(); ++j) {
      if (j != *axis && dims[j] < 0) dims[j] = x->dims[j];
    }
    std::int64_t& sum = dims[*axis];
    if (sum < 0 || x->dims[*axis] < 0 || __builtin_add_overflow(sum, x->dims[*axis], &sum)) sum = kUnknown;
  }
  call.set(0, first->type, std::move(dims));
  if (folds) call.set_data(0, std::move(data));
}

void gather_shape(Call& call) {
  const Value* x = call.ranked(0);
  const Value* indices = call.ranked(1);
  if (x == nullptr || indices == nullptr) return;
  const auto axis = call.axis("axis", 0, x->rank());
  if (!axis || x->rank() + indices->rank() > 64) return;
  Dims dims(x->dims.begin(), x->dims.begin() + static_cast<std::ptrdiff_t>(*axis));
  dims.insert(dims.end(), indices->dims.begin(), indices->dims.end());
  dims.insert(dims.end(), x->dims.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, x->dims.end());
  call.set(0, x->type, std::move(dims));
  if (!x->has_data || !indices->has_data || x->rank() != 1) return;
  std::vector<double> data;
  for (double at : indices->data) {
    if (at < 0) at += static_cast<double>(x->data.size());
    const bool good = at >= 0 && at < static_cast<double>(x->data.size());
    data.push_back(good ? x->data[static_cast<std::size_t>(at)] : kNoNumber);
  }
  call.set_data(0, std::move(data));
}

std::span<const Op> pieces_ops() {
  return kOps;
}

}  // namespace berth::onnx
