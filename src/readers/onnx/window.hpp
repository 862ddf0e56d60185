// Windows that slide over an axis: convolutions and pooling.
#pragma once

#include "readers/onnx/call.hpp"

namespace berth::onnx {

// How many places a window of `kernel` takes on axis i of `axes`, of length `size`, under the node's
// strides, dilations, pads, auto_pad and ceil_mode; kUnknown where that can't be told.
std::int64_t window_count(const Call& call, std::size_t i, std::size_t axes, std::int64_t size, std::int64_t kernel);

}  // namespace berth::onnx
