// One TensorProto: its head, and the numbers of small ones.
#pragma once

#include <optional>

#include "readers/onnx/file.hpp"

namespace berth::onnx {

// Fills `out` from a TensorProto; the error is located.
std::optional<Error> read_tensor(protobuf::Bytes message, std::string_view file, Tensor& out);

}  // namespace berth::onnx
