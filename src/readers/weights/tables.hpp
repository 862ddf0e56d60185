// Where each format keeps its weights; what read_weights() calls. No weight is read.
#pragma once

#include <string>

#include "berth/weights.hpp"

namespace berth {

// A file, an index or a folder.
Result<WeightTable> safetensors_weights(const std::string& path);
// All parts of a split file.
Result<WeightTable> gguf_weights(const std::string& path);
Result<WeightTable> tflite_weights(const std::string& path);
// Matrices that nodes multiply with, external data too; integers with the scales that stand beside them.
// Left out: weights scaled block by block (MatMulNBits), and numbers stored as varints.
Result<WeightTable> onnx_weights(const std::string& path);

}  // namespace berth
