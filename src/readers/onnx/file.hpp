// An ONNX file as structures that point into its bytes (onnx.proto3 of the ONNX project names the
// fields). Weights stay where they are: a tensor knows its dims, its type and where its data lies.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "berth/result.hpp"
#include "readers/protobuf.hpp"

namespace berth::onnx {

using Dims = std::vector<std::int64_t>;
inline constexpr std::int64_t kUnknown = -1;  // a dimension that can't be told

// TensorProto.DataType, as far as code speaks of one.
enum Type : int {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16,
  kUint4 = 21,
  kInt4 = 22,
  kFloat4 = 23,
};
// Bits of one element; 0 for strings and types that no ONNX version has.
int bits_of(int type);

struct Tensor {
  std::string_view name;
  std::uint64_t offset = 0;  // of the message
  int type = kUndefined;
  Dims dims;
  double elements = 0;       // product of dims, at most 2^62
  protobuf::Bytes message;   // to decode small tensors from
  protobuf::Bytes raw_data;  // empty: typed fields, external or none
  bool external = false;
  bool has_data = false;
  std::string_view location;  // external: path relative to the model's folder
  std::uint64_t data_offset = 0;
  std::optional<std::uint64_t> data_length;
};

// The numbers of a tensor of at most `limit` elements; nullopt for larger, external and string tensors.
std::optional<std::vector<double>> decode(const Tensor& tensor, std::size_t limit);

struct Dim {
  std::int64_t value = kUnknown;
  std::string_view name;
};
struct ValueInfo {
  std::string_view name;
  std::uint64_t offset = 0;
  int type = kUndefined;
  bool ranked = false;
  std::vector<Dim> dims;
};

struct Graph;
struct Attribute {
  std::string_view name;
  protobuf::Bytes message;  // lists are decoded when asked for
  std::int64_t i = 0;
  float f = 0;
  std::string_view s;
  const Tensor* tensor = nullptr;
  const Tensor* sparse_indices = nullptr;  // with `tensor` the values of a sparse tensor
  const Graph* graph = nullptr;
  std::string_view refers_to;  // inside of functions: an attribute of the call
};

struct Node {
  std::string_view op;
  std::string_view domain;
  std::string_view name;
  std::uint64_t offset = 0;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<Attribute> attributes;

  [[nodiscard]] const Attribute* attribute(std::string_view wanted) const;
};

struct SparseTensor {
  const Tensor* values = nullptr;
  Dims dims;
};

struct Graph {
  std::string_view name;
  std::vector<Node> nodes;
  std::vector<const Tensor*> initializers;
  std::vector<SparseTensor> sparse;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<ValueInfo> values;
};

struct Opset {
  std::string_view domain;
  std::int64_t version = 0;
};

struct Function {
  std::string_view name;
  std::string_view domain;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<Attribute> defaults;
  std::vector<Opset> opsets;
  Graph body;  // nodes only
};

struct File {
  std::string_view name;  // for messages
  std::int64_t ir_version = 0;
  std::string_view producer;
  std::vector<Opset> opsets;
  Graph graph;
  std::deque<Function> functions;
  // Owners of what the graphs point to.
  std::deque<Tensor> tensors;
  std::deque<Graph> subgraphs;

  [[nodiscard]] std::int64_t opset(std::string_view domain) const;  // 0: not imported
};

// Reads the structure. Errors: kInvalid at a byte offset for damage, dims and lengths that don't agree,
// data paths that leave the model's folder; kLimit for more than the stated number of things.
Result<File> parse(std::string_view bytes, std::string_view name);

// The list of an attribute; nullopt when one of its numbers is damaged. At most a million.
std::optional<std::vector<std::int64_t>> decode_ints(const Attribute& attribute);
std::optional<std::vector<double>> decode_floats(const Attribute& attribute);
std::vector<std::string_view> decode_strings(const Attribute& attribute);

}  // namespace berth::onnx
