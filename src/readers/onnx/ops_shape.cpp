// Operators that read, change and make shapes, and the shape arithmetic among them.
#include <algorithm>
#include <array>
#include <cmath>

#include "readers/onnx/ops.hpp"

namespace berth::onnx {
namespace {

void shape_of(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return call.set(0, kInt64, {kUnknown});
  const std::int64_t rank = x->rank();
  std::int64_t start = call.integer("start", 0);
  std::int64_t end = call.integer("end", rank);
  start = std::clamp(start < 0 ? start + rank : start, std::int64_t{0}, rank);
  end = std::clamp(end < 0 ? end + rank : end, start, rank);
  std::vector<double> data;
  for (std::int64_t i = start; i < end; ++i) data.push_back(as_number(x->dims[static_cast<std::size_t>(i)]));
  call.set(0, kInt64, {end - start});
  call.set_data(0, std::move(data));
}

void size_of(Call& call) {
  call.set(0, kInt64, {});
  if (const Value* x = call.ranked(0)) call.set_data(0, {as_number(product(x->dims, 0, x->dims.size()))});
}

void reshape(Call& call) {
  const Value* x = call.ranked(0);
  std::optional<Dims> dims;
  std::vector<double> asked;
  if (call.input(1) != nullptr) {
    dims = dims_from(call, 1);
    if (call.input(1)->has_data) asked = call.input(1)->data;
  } else {
    dims = call.integers("shape");
    for (const std::int64_t d : *dims) asked.push_back(static_cast<double>(d));
  }
  if (!dims || dims->size() > 64) return;
  const bool zero_copies = call.integer("allowzero", 0) == 0;
  std::size_t open = dims->size();  // the one axis that takes what is left
  std::int64_t rest = x == nullptr ? kUnknown : product(x->dims, 0, x->dims.size());
  std::int64_t given = 1;
  bool told = true;
  for (std::size_t i = 0; i < dims->size(); ++i) {
    std::int64_t& dim = (*dims)[i];
    if (i < asked.size() && asked[i] == -1) {
      open = i;
      continue;
    }
    if (dim == 0 && zero_copies) dim = x != nullptr && i < x->dims.size() ? x->dims[i] : kUnknown;
    if (dim < 0 || __builtin_mul_overflow(given, dim, &given)) told = false;
  }
  if (open < dims->size()) (*dims)[open] = told && rest >= 0 && given > 0 ? rest / given : kUnknown;
  call.set(0, call.type_of(0), std::move(*dims));
  copy_data(call);
}

void flatten(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  std::int64_t axis = call.integer("axis", 1);
  if (axis < 0) axis += x->rank();
  const auto at = static_cast<std::size_t>(std::clamp(axis, std::int64_t{0}, x->rank()));
  call.set(0, x->type, {product(x->dims, 0, at), product(x->dims, at, x->dims.size())});
  copy_data(call);
}

void squeeze(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  std::vector<bool> drop(x->dims.size(), false);
  const auto axes = call.list(1, "axes");
  if (axes) {
    for (const std::int64_t a : *axes) {
      if (const auto axis = normal_axis(a, x->rank())) drop[*axis] = true;
    }
  } else if (call.input(1) != nullptr) {
    return;
  } else {
    for (std::size_t i = 0; i < drop.size(); ++i) drop[i] = x->dims[i] == 1;
  }
  Dims dims;
  for (std::size_t i = 0; i < drop.size(); ++i) {
    if (!drop[i]) dims.push_back(x->dims[i]);
  }
  call.set(0, x->type, std::move(dims));
  copy_data(call);
}

void unsqueeze(Call& call) {
  const Value* x = call.ranked(0);
  const auto axes = call.list(1, "axes");
  if (x == nullptr || !axes || axes->size() > 64) return;
  const std::int64_t rank = x->rank() + static_cast<std::int64_t>(axes->size());
  std::vector<bool> added(static_cast<std::size_t>(rank), false);
  for (const std::int64_t a : *axes) {
    if (const auto axis = normal_axis(a, rank)) added[*axis] = true;
  }
  Dims dims;
  std::size_t from = 0;
  for (const bool is_new : added) dims.push_back(is_new || from >= x->dims.size() ? 1 : x->dims[from++]);
  call.set(0, x->type, std::move(dims));
  copy_data(call);
}

// A constant's tensor is taken up by the driver; here are the attributes of later opsets.
void constant(Call& call) {
  if (call.out.empty() || call.out[0] == nullptr || call.out[0]->tensor != nullptr) return;
  if (const Attribute* a = call.attribute("value_int")) {
    call.set(0, kInt64, {});
    call.set_data(0, {static_cast<double>(a->i)});
  } else if (const Attribute* f = call.attribute("value_float")) {
    call.set(0, kFloat, {});
    call.set_data(0, {static_cast<double>(f->f)});
  } else if (const Attribute* ints = call.attribute("value_ints")) {
    const auto list = decode_ints(*ints).value_or(std::vector<std::int64_t>());
    call.set(0, kInt64, {static_cast<std::int64_t>(list.size())});
    call.set_data(0, std::vector<double>(list.begin(), list.end()));
  } else if (const Attribute* floats = call.attribute("value_floats")) {
    auto list = decode_floats(*floats).value_or(std::vector<double>());
    call.set(0, kFloat, {static_cast<std::int64_t>(list.size())});
    call.set_data(0, std::move(list));
  } else if (call.attribute("value_string") != nullptr) {
    call.set(0, kString, {});
  } else if (const Attribute* strings = call.attribute("value_strings")) {
    call.set(0, kString, {static_cast<std::int64_t>(decode_strings(*strings).size())});
  }
}

void constant_of_shape(Call& call) {
  const auto dims = dims_from(call, 0);
  if (!dims || dims->size() > 64) return;
  const Attribute* value = call.attribute("value");
  const Tensor* filled = value != nullptr ? value->tensor : nullptr;
  call.set(0, filled != nullptr ? filled->type : int{kFloat}, *dims);
  const std::int64_t count = product(*dims, 0, dims->size());
  if (count < 0 || count > 256) return;
  const auto number = filled != nullptr ? decode(*filled, 1) : std::vector<double>{0};
  if (number && number->size() == 1)
    call.set_data(0, std::vector<double>(static_cast<std::size_t>(count), (*number)[0]));
}

void range(Call& call) {
  const auto number = [&](std::size_t i) {
    const Value* value = call.input(i);
    return value != nullptr && value->has_data && value->data.size() == 1 ? value->data[0] : kNoNumber;
  };
  const double start = number(0);
  const double step = number(2);
  const double count = std::max(0.0, std::ceil((number(1) - start) / step));
  call.set(0, call.type_of(0), {step == 0 ? kUnknown : as_dim(count)});
  if (!(count <= static_cast<double>(kMostData)) || step == 0) return;
  std::vector<double> data(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = start + static_cast<double>(i) * step;
  call.set_data(0, std::move(data));
}

void expand(Call& call) {
  const Value* x = call.ranked(0);
  const auto dims = dims_from(call, 1);
  if (x == nullptr || !dims || dims->size() > 64) return;
  call.set(0, x->type, broadcast(x->dims, *dims));
  if (x->has_data && x->data.size() == 1) {
    const double elements = call.out.empty() || call.out[0] == nullptr ? kNoNumber : call.out[0]->elements();
    if (elements <= 256) call.set_data(0, std::vector<double>(static_cast<std::size_t>(elements), x->data[0]));
  }
}

void tile(Call& call) {
  const Value* x = call.ranked(0);
  const auto repeats = call.list(1, "");
  if (x == nullptr) return;
  Dims dims = x->dims;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (!repeats || i >= repeats->size() || dims[i] < 0 || __builtin_mul_overflow(dims[i], (*repeats)[i], &dims[i]) ||
        dims[i] < 0) {
      dims[i] = kUnknown;
    }
  }
  call.set(0, x->type, std::move(dims));
  if (repeats && std::all_of(repeats->begin(), repeats->end(), [](std::int64_t r) { return r == 1; })) copy_data(call);
}

void random_of_shape(Call& call) {
  const Attribute* type = call.attribute("dtype");
  Dims dims = call.integers("shape");
  for (std::int64_t& dim : dims) dim = std::max(dim, kUnknown);
  if (dims.size() <= 64) call.set(0, type != nullptr ? static_cast<int>(type->i) : int{kFloat}, std::move(dims));
}

constexpr Work kMoves = Work::kMove;
constexpr Work kFree = Work::kNone;
constexpr std::array kOps{
    Op{"Shape", &shape_of, kFree},
    Op{"Size", &size_of, kFree},
    Op{"Reshape", &reshape, kFree},
    Op{"Flatten", &flatten, kFree},
    Op{"Squeeze", &squeeze, kFree},
    Op{"Unsqueeze", &unsqueeze, kFree},
    Op{"Constant", &constant, kFree},
    Op{"ConstantOfShape", &constant_of_shape, kMoves},
    Op{"Range", &range, kMoves},
    Op{"ConstantFill", &random_of_shape, kMoves},
    Op{"Expand", &expand, kMoves},
    Op{"Tile", &tile, kMoves},
    Op{"RandomNormal", &random_of_shape, Work::kElementwise, 8},
    Op{"RandomUniform", &random_of_shape, Work::kElementwise, 8},
};

}  // namespace

void copy_data(const Call& call) {
  if (const Value* x = call.input(0); x != nullptr && x->has_data) call.set_data(0, x->data);
}

std::optional<Dims> dims_from(const Call& call, std::size_t i) {
  const Value* value = call.input(i);
  if (value == nullptr) return std::nullopt;
  if (value->has_data) {
    Dims out;
    for (const double number : value->data) out.push_back(as_dim(number));
    return out;
  }
  if (!value->ranked || value->rank() != 1 || value->dims[0] < 0 || value->dims[0] > 64) return std::nullopt;
  return Dims(static_cast<std::size_t>(value->dims[0]), kUnknown);
}

std::span<const Op> shape_ops() {
  return kOps;
}

}  // namespace berth::onnx
