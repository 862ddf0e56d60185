// TensorFlow Lite files: what the flatbuffer says, checked. Field numbers and codes are those of
// tensorflow/compiler/mlir/lite/schema/schema.fbs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/model.hpp"
#include "berth/weights.hpp"

namespace berth {

// enum TensorType; names and sizes in tflite.cpp.
enum class TfliteType : std::uint8_t {
  kFloat32,
  kFloat16,
  kInt32,
  kUint8,
  kInt64,
  kString,
  kBool,
  kInt16,
  kComplex64,
  kInt8,
  kFloat64,
  kComplex128,
  kUint64,
  kResource,
  kVariant,
  kUint32,
  kUint16,
  kInt4,
  kBfloat16,
  kOther
};
const char* to_string(TfliteType type);

struct TfliteTensor {
  std::string name;
  TfliteType type = TfliteType::kOther;
  std::vector<std::int64_t> shape;  // dynamic axes as stored, mostly 1
  bool dynamic = false;             // some axis is open
  bool constant = false;
  std::uint64_t data_offset = 0;  // of constants
  std::uint64_t data_bytes = 0;
  std::vector<float> scales;  // empty: not quantised
  std::vector<std::int64_t> zero_points;
  int axis = 0;  // of the scales, where there are several

  [[nodiscard]] double elements() const;
};

inline constexpr std::int32_t kTfliteCustom = 32;  // the code of operators that have a name instead

struct TfliteOperator {
  std::int32_t code = 0;
  std::string_view custom;           // of kTfliteCustom
  std::vector<std::int32_t> inputs;  // -1: left out; all others name a tensor
  std::vector<std::int32_t> outputs;
  double window = 1;  // elements that a pooling operator looks at
};

struct TfliteGraph {
  std::vector<TfliteTensor> tensors;
  std::vector<std::int32_t> inputs;
  std::vector<TfliteOperator> operators;
};

struct TfliteFile {
  std::uint32_t version = 0;
  std::vector<TfliteGraph> graphs;  // the first is the main one; others are bodies of control flow
};

// Errors, with the byte: kInvalid for offsets that leave the file, negative or missing sizes, indexes that
// name nothing; kLimit past 2^62 elements or more entries than the bytes can hold.
Result<TfliteFile> parse_tflite(std::string_view bytes, std::string_view name);

// The constants of the main graph and its bodies as a weight table of one file.
WeightTable tflite_weights(const TfliteFile& file, const std::string& path);

// What an operator is to the profiler (operators.cpp).
struct TfliteKind {
  const char* name = "";
  OperatorKind kind = OperatorKind::kOther;
  double operations = 1;  // per output element, of kinds other than products
};
// nullptr: berth doesn't know this code.
const TfliteKind* tflite_kind(std::int32_t code);
// "CONV_2D", "custom TFLite_Detection_PostProcess", "operator 231".
std::string tflite_name(const TfliteOperator& op);

// The rows of one operator, most have one. Empty when a tensor that it needs is missing.
std::vector<Operator> tflite_rows(const TfliteOperator& op, const TfliteGraph& graph, std::size_t number);

// How much of the main graph the Edge TPU takes; which operators it knows is data
// (rules/catalog/edge_tpu_operators.json). Notes name conversions of the input that the host does, and the first
// operator that is mapped in some sizes only: `mapped` is then the most that is possible.
OperatorFit edge_tpu_fit(const TfliteGraph& graph, std::vector<std::string>& notes);

}  // namespace berth
