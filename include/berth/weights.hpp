/// Where a model file keeps its weights: tensor by tensor, how stored and at which bytes; and pieces of
/// them as numbers.
///
/// Readers fill the table without looking at a weight. Only a measured precision need (precision.hpp)
/// reads some, a bounded sample.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/result.hpp"

namespace berth {

/// How elements are stored: "F32", "BF16", "Q4_K", … A block is the smallest unit on its own.
struct StorageType {
  std::string_view name;
  int block_elements = 1;
  int block_bytes = 1;
};

/// The type of that name: safetensors' names for plain types (F64 F32 F16 BF16 F8_E4M3 F8_E5M2 F8_E8M0 I64
/// I32 I16 I8 U64 U32 U16 U8 BOOL C64 and the packed F4 F6_E2M3 F6_E3M2 I4 U4), ggml's for blocks. nullptr:
/// unknown. Thread-safe. Source of ggml's block sizes: ggml/src/ggml-common.h, static_asserts.
const StorageType* find_storage(std::string_view name);
/// By ggml's number (ggml.h, enum ggml_type); nullptr: removed or unknown. Thread-safe.
const StorageType* find_ggml_storage(std::uint32_t id);

/// One tensor as it lies in a file. Bounds have been checked by the reader.
struct StoredTensor {
  std::string name;
  std::string_view type;            ///< StorageType::name
  std::vector<std::int64_t> shape;  ///< matrices: [output, input]; convolutions: [output, input, height, width]
  std::uint32_t file = 0;           ///< index in WeightTable::files
  std::uint64_t offset = 0;         ///< from the start of the file
  std::uint64_t bytes = 0;
  bool transposed = false;  ///< shape is [input, output] instead (ONNX MatMul, GPT-2's Conv1D)
  /// Affine quantisation, real = scale · (stored - zero point): one of each for the tensor, or one per
  /// index of `quantized_axis`. Empty: plain numbers.
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  int quantized_axis = -1;
};

/// Product of the shape; the reader has checked that it stays below 2^62.
std::int64_t elements_of(const StoredTensor& tensor);

struct WeightTable {
  std::vector<std::string> files;  ///< paths
  std::vector<StoredTensor> tensors;
};

/// A piece of a weight matrix as numbers: `rows` whole output channels, or as much of each as the
/// sampling bounds allow.
struct WeightSample {
  std::string tensor;
  std::string_view stored_as;
  std::int64_t tensor_rows = 0;     ///< of the whole matrix: output channels
  std::int64_t tensor_columns = 0;  ///< of the whole matrix: inputs
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;  ///< row-major
};

}  // namespace berth
