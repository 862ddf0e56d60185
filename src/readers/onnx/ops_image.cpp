// Operators on images: sizes, crops, regions and boxes.
#include <algorithm>
#include <array>
#include <cmath>

#include "readers/onnx/ops.hpp"

namespace berth::onnx {
namespace {

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

constexpr Work kMoves = Work::kMove;
constexpr std::array kOps{
    Op{"Resize", &resize, Work::kElementwise, 4},          Op{"Upsample", &resize, Work::kElementwise, 2},
    Op{"DepthToSpace", &depth_to_space, kMoves},           Op{"SpaceToDepth", &depth_to_space, kMoves},
    Op{"GridSample", &grid_sample, Work::kElementwise, 8}, Op{"AffineGrid", &affine_grid, Work::kElementwise, 4},
    Op{"CenterCropPad", &center_crop_pad, kMoves},         Op{"Crop", &crop, kMoves},
    Op{"MaxRoiPool", &roi_shape, Work::kElementwise, 9},   Op{"RoiAlign", &roi_shape, Work::kElementwise, 16},
    Op{"NonMaxSuppression", &boxes, Work::kReduce, 10},    Op{"Col2Im", &col2im, kMoves},
};

}  // namespace

std::span<const Op> image_ops() {
  return kOps;
}

}  // namespace berth::onnx
