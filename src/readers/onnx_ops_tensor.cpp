// Operators that move, cut, join and make tensors, and the shape arithmetic among them.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "readers/onnx_ops.hpp"

namespace berth::onnx {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

double as_number(std::int64_t dim) {
  return dim < 0 ? kNoNumber : static_cast<double>(dim);
}
std::int64_t as_dim(double number) {
  return std::isnan(number) || number < 0 || number > 9e18 ? kUnknown : static_cast<std::int64_t>(number);
}

void copy_data(const Call& call) {
  if (const Value* x = call.input(0); x != nullptr && x->has_data) call.set_data(0, x->data);
}

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

// The numbers of input i as dimensions; unknown ones stay so. nullopt when even their count is unknown.
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

void unique(Call& call) {
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
  for (std::size_t i = 1; i < call.out.size(); ++i) call.set(i, kInt64, {kUnknown});
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

// Sizes from `sizes`, else floor(size · scale). Old opsets give scales as an attribute or two.
void resize(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  Dims dims(x->dims.size(), kUnknown);
  const std::vector<std::int64_t> axes = call.integers("axes");
  if (!axes.empty()) dims = x->dims;
  const std::size_t count = axes.empty() ? dims.size() : axes.size();
  const auto place = [&](std::size_t i) {
    return normal_axis(axes.empty() ? static_cast<std::int64_t>(i) : axes[i], x->rank());
  };
  const bool is_resize = call.node->op == "Resize";
  const auto sizes = is_resize ? call.list(3, "") : std::nullopt;
  const Value* given = call.input(is_resize && call.opset >= 11 ? 2 : 1);
  std::vector<double> scales;
  if (given != nullptr && given->has_data) scales = given->data;
  if (const Attribute* a = call.attribute("scales"); a != nullptr && scales.empty()) {
    scales = decode_floats(*a).value_or(std::vector<double>());
  }
  if (call.attribute("height_scale") != nullptr && dims.size() == 4) {  // opset 1
    scales = {1, 1, call.real("height_scale", 1), call.real("width_scale", 1)};
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto axis = place(i);
    if (!axis) continue;
    if (sizes && sizes->size() == count) {
      dims[*axis] = std::max((*sizes)[i], kUnknown);
    } else if (scales.size() == count && x->dims[*axis] >= 0) {
      dims[*axis] = as_dim(std::floor(static_cast<double>(x->dims[*axis]) * scales[i] + 1e-6));
    } else {
      dims[*axis] = kUnknown;
    }
  }
  call.set(0, x->type, std::move(dims));
}

void depth_to_space(Call& call) {
  const Value* x = call.ranked(0);
  const std::int64_t b = call.integer("blocksize", 1);
  if (x == nullptr || x->rank() != 4 || b < 1 || b > 100'000) return;
  const bool back = call.node->op == "SpaceToDepth";
  const auto times = [](std::int64_t dim, std::int64_t by) {
    return dim < 0 || dim > (std::int64_t{1} << 40) ? kUnknown : dim * by;
  };
  const auto over = [](std::int64_t dim, std::int64_t by) { return dim < 0 ? kUnknown : dim / by; };
  call.set(0, x->type,
           back ? Dims{x->dims[0], times(x->dims[1], b * b), over(x->dims[2], b), over(x->dims[3], b)}
                : Dims{x->dims[0], over(x->dims[1], b * b), times(x->dims[2], b), times(x->dims[3], b)});
}

void grid_sample(Call& call) {
  const Value* x = call.ranked(0);
  const Value* grid = call.ranked(1);
  if (x == nullptr || grid == nullptr || x->rank() < 3 || grid->rank() != x->rank()) return;
  Dims dims{x->dims[0], x->dims[1]};
  dims.insert(dims.end(), grid->dims.begin() + 1, grid->dims.end() - 1);
  call.set(0, x->type, std::move(dims));
}

void affine_grid(Call& call) {
  const auto size = call.list(1, "");
  if (!size || size->size() < 4 || size->size() > 5) return;
  Dims dims{(*size)[0]};
  dims.insert(dims.end(), size->begin() + 2, size->end());
  dims.push_back(static_cast<std::int64_t>(size->size()) - 2);
  call.set(0, call.type_of(0), std::move(dims));
}

void center_crop_pad(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  const auto sizes = call.list(1, "");
  const std::vector<std::int64_t> axes = call.integers("axes");
  Dims dims = x->dims;
  const std::size_t count = axes.empty() ? dims.size() : axes.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto axis = normal_axis(axes.empty() ? static_cast<std::int64_t>(i) : axes[i], x->rank());
    if (axis) dims[*axis] = sizes && i < sizes->size() ? std::max((*sizes)[i], kUnknown) : kUnknown;
  }
  call.set(0, x->type, std::move(dims));
}

void crop(Call& call) {
  const Value* x = call.ranked(0);
  const auto border = call.integers("border");
  if (x == nullptr || x->rank() != 4 || border.size() != 4) return;
  const std::vector<std::int64_t> scale = call.integers("scale");
  Dims dims = x->dims;
  for (std::size_t i = 0; i < 2; ++i) {
    if (scale.size() == 2)
      dims[2 + i] = scale[i];
    else if (dims[2 + i] >= 0)
      dims[2 + i] = std::max(kUnknown, dims[2 + i] - border[1 - i] - border[3 - i]);
  }
  call.set(0, x->type, std::move(dims));
}

void roi_shape(Call& call) {
  const Value* x = call.ranked(0);
  const Value* rois = call.ranked(1);
  if (x == nullptr || rois == nullptr || x->rank() != 4 || rois->rank() < 1) return;
  const auto pooled = call.integers("pooled_shape");
  const std::int64_t h = pooled.size() == 2 ? pooled[0] : call.integer("output_height", 1);
  const std::int64_t w = pooled.size() == 2 ? pooled[1] : call.integer("output_width", 1);
  call.set(0, x->type, {rois->dims[0], x->dims[1], std::max(h, kUnknown), std::max(w, kUnknown)});
}

void boxes(Call& call) {
  call.set(0, kInt64, {kUnknown, 3});
}

void random_of_shape(Call& call) {
  const Attribute* type = call.attribute("dtype");
  Dims dims = call.integers("shape");
  for (std::int64_t& dim : dims) dim = std::max(dim, kUnknown);
  if (dims.size() <= 64) call.set(0, type != nullptr ? static_cast<int>(type->i) : int{kFloat}, std::move(dims));
}

void multinomial(Call& call) {
  const Value* x = call.ranked(0);
  if (x != nullptr && x->rank() == 2)
    call.set(0, static_cast<int>(call.integer("dtype", kInt32)),
             {x->dims[0], std::max(call.integer("sample_size", 1), kUnknown)});
}

void window(Call& call) {
  const auto size = call.list(0, "");
  call.set(0, static_cast<int>(call.integer("output_datatype", kFloat)),
           {size && size->size() == 1 ? std::max((*size)[0], kUnknown) : kUnknown});
}

void mel_matrix(Call& call) {
  const auto bins = call.list(0, "");
  const auto length = call.list(1, "");
  call.set(0, static_cast<int>(call.integer("output_datatype", kFloat)),
           {length && length->size() == 1 ? (*length)[0] / 2 + 1 : kUnknown,
            bins && bins->size() == 1 ? std::max((*bins)[0], kUnknown) : kUnknown});
}

void dft(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr || x->rank() < 2) return;
  Dims dims = x->dims;
  std::int64_t at = call.integer("axis", call.opset >= 20 ? -2 : 1);
  if (const auto given = call.list(2, ""); given && given->size() == 1) at = (*given)[0];
  const auto axis = normal_axis(at, x->rank());
  if (!axis) return;
  if (const auto length = call.list(1, ""); length && length->size() == 1)
    dims[*axis] = std::max((*length)[0], kUnknown);
  if (call.integer("onesided", 0) != 0 && dims[*axis] >= 0) dims[*axis] = dims[*axis] / 2 + 1;
  dims.back() = call.integer("onesided", 0) != 0 && call.integer("inverse", 0) != 0 ? 1 : 2;
  call.set(0, x->type, std::move(dims));
}

void stft(Call& call) {
  const Value* x = call.ranked(0);
  const auto step = call.list(1, "");
  if (x == nullptr || x->rank() < 2 || !step || step->size() != 1 || (*step)[0] < 1) return;
  std::int64_t frame = kUnknown;
  if (const auto length = call.list(3, ""); length && length->size() == 1) frame = (*length)[0];
  if (const Value* w = call.ranked(2); frame < 0 && w != nullptr && w->rank() == 1) frame = w->dims[0];
  if (frame < 1) return;
  const std::int64_t samples = x->dims[1];
  const std::int64_t frames = samples < frame ? kUnknown : (samples - frame) / (*step)[0] + 1;
  call.set(0, x->type, {x->dims[0], frames, call.integer("onesided", 1) != 0 ? frame / 2 + 1 : frame, 2});
}

void col2im(Call& call) {
  const Value* x = call.ranked(0);
  const auto image = call.list(1, "");
  const auto block = call.list(2, "");
  if (x == nullptr || x->rank() != 3 || !image || !block || image->size() > 60) return;
  const std::int64_t window = product(*block, 0, block->size());
  Dims dims{x->dims[0], x->dims[1] >= 0 && window > 0 ? x->dims[1] / window : kUnknown};
  dims.insert(dims.end(), image->begin(), image->end());
  call.set(0, x->type, std::move(dims));
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

void argmax(Call& call) {
  reduce_shape(call);
  if (!call.out.empty() && call.out[0] != nullptr) {
    call.out[0]->type = kInt64;
    call.out[0]->has_data = false;
  }
}

void unknown_shape(Call&) {}

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
    Op{"Transpose", &transpose, kMoves},
    Op{"Slice", &slice, kMoves},
    Op{"DynamicSlice", &slice, kMoves},
    Op{"Split", &split, kMoves},
    Op{"Concat", &concat_shape, kMoves},
    Op{"Expand", &expand, kMoves},
    Op{"Tile", &tile, kMoves},
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
    Op{"TopK", &top_k, Work::kReduce, 10},
    Op{"Unique", &unique, Work::kReduce, 10},
    Op{"Compress", &compress, kMoves},
    Op{"Resize", &resize, Work::kElementwise, 4},
    Op{"Upsample", &resize, Work::kElementwise, 2},
    Op{"DepthToSpace", &depth_to_space, kMoves},
    Op{"SpaceToDepth", &depth_to_space, kMoves},
    Op{"GridSample", &grid_sample, Work::kElementwise, 8},
    Op{"AffineGrid", &affine_grid, Work::kElementwise, 4},
    Op{"CenterCropPad", &center_crop_pad, kMoves},
    Op{"Crop", &crop, kMoves},
    Op{"MaxRoiPool", &roi_shape, Work::kElementwise, 9},
    Op{"RoiAlign", &roi_shape, Work::kElementwise, 16},
    Op{"NonMaxSuppression", &boxes, Work::kReduce, 10},
    Op{"RandomNormal", &random_of_shape, Work::kElementwise, 8},
    Op{"RandomUniform", &random_of_shape, Work::kElementwise, 8},
    Op{"Multinomial", &multinomial, Work::kReduce, 10},
    Op{"EyeLike", &same_as_first, kMoves},
    Op{"Trilu", &same_as_first, kMoves},
    Op{"ReverseSequence", &same_as_first, kMoves},
    Op{"HannWindow", &window, Work::kElementwise, 8},
    Op{"HammingWindow", &window, Work::kElementwise, 8},
    Op{"BlackmanWindow", &window, Work::kElementwise, 8},
    Op{"MelWeightMatrix", &mel_matrix, Work::kElementwise, 4},
    Op{"DFT", &dft, Work::kFourier},
    Op{"STFT", &stft, Work::kFourier},
    Op{"Col2Im", &col2im, kMoves},
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
    // Sequences and optionals: containers whose content has a shape only where it is taken out.
    Op{"SequenceEmpty", &unknown_shape, kFree},
    Op{"SequenceConstruct", &unknown_shape, kFree},
    Op{"SequenceInsert", &unknown_shape, kFree},
    Op{"SequenceErase", &unknown_shape, kFree},
    Op{"SequenceAt", &unknown_shape, kFree},
    Op{"SequenceLength", &unknown_shape, kFree},
    Op{"SplitToSequence", &unknown_shape, kFree},
    Op{"Optional", &unknown_shape, kFree},
    Op{"OptionalGetElement", &unknown_shape, kFree},
    Op{"OptionalHasElement", &unknown_shape, kFree},
    Op{"ConcatFromSequence", &unknown_shape, kMoves},
    // Text
    Op{"StringNormalizer", &unknown_shape, kFree},
    Op{"StringConcat", &broadcast_all, kFree},
    Op{"StringSplit", &unknown_shape, kFree},
    Op{"RegexFullMatch", &same_as_first, kFree},
    Op{"TfIdfVectorizer", &unknown_shape, kFree},
    Op{"If", &unknown_shape, Work::kControl},
    Op{"Loop", &unknown_shape, Work::kControl},
    Op{"Scan", &unknown_shape, Work::kControl},
    Op{"SequenceMap", &unknown_shape, Work::kControl},
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

std::span<const Op> tensor_ops() {
  return kOps;
}

}  // namespace berth::onnx
