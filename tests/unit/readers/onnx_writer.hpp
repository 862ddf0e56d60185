// Writes small ONNX models for tests: protobuf by hand (field numbers of onnx.proto3), so that a test
// may also write what no library would.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace berth::testing {

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value > 127; value >>= 7) out += static_cast<char>((value & 127) | 128);
  return out + static_cast<char>(value);
}
inline std::string number(std::uint32_t field, std::int64_t value) {
  return varint(field << 3) + varint(static_cast<std::uint64_t>(value));
}
inline std::string bytes(std::uint32_t field, const std::string& data) {
  return varint(field << 3 | 2) + varint(data.size()) + data;
}

using Shape = std::vector<std::int64_t>;
enum : int { kFp32 = 1, kI8 = 3, kI64 = 7 };

inline std::string dims(const Shape& shape) {
  std::string out;
  for (const std::int64_t d : shape) out += number(1, d);
  return out;
}
inline std::size_t element_bytes(int type) {
  return type == kI64 ? 8 : type == kI8 ? 1 : 4;
}

// A TensorProto with zeros as data.
inline std::string tensor(const std::string& name, int type, const Shape& shape) {
  std::size_t size = element_bytes(type);
  for (const std::int64_t d : shape) size *= static_cast<std::size_t>(d);
  return dims(shape) + number(2, type) + bytes(8, name) + bytes(9, std::string(size, '\0'));
}
inline std::string ints(const std::string& name, const Shape& values) {
  std::string raw(values.size() * 8, '\0');
  if (!values.empty()) std::memcpy(raw.data(), values.data(), raw.size());
  return number(1, static_cast<std::int64_t>(values.size())) + number(2, kI64) + bytes(8, name) + bytes(9, raw);
}
inline std::string scalar_int(const std::string& name, std::int64_t value) {
  std::string raw(8, '\0');
  std::memcpy(raw.data(), &value, 8);
  return number(2, kI64) + bytes(8, name) + bytes(9, raw);
}

// A ValueInfoProto; a dimension is a number or a name.
struct Axis {
  Axis(std::int64_t value) : text(number(1, value)) {}  // NOLINT: implicit, for lists
  Axis(const char* name) : text(bytes(2, name)) {}      // NOLINT
  std::string text;
};
inline std::string value(const std::string& name, int type, const std::vector<Axis>& shape) {
  std::string dimensions;
  for (const Axis& axis : shape) dimensions += bytes(1, axis.text);
  return bytes(1, name) + bytes(2, bytes(1, number(1, type) + bytes(2, dimensions)));
}

inline std::string attribute(const std::string& name, std::int64_t value) {
  return bytes(1, name) + number(3, value) + number(20, 2);
}
inline std::string attribute(const std::string& name, const Shape& list) {
  std::string packed;
  for (const std::int64_t v : list) packed += varint(static_cast<std::uint64_t>(v));
  return bytes(1, name) + bytes(8, packed) + number(20, 7);
}
inline std::string attribute_text(const std::string& name, const std::string& text) {
  return bytes(1, name) + bytes(4, text) + number(20, 3);
}
inline std::string attribute_tensor(const std::string& name, const std::string& tensor_proto) {
  return bytes(1, name) + bytes(5, tensor_proto) + number(20, 4);
}
inline std::string attribute_graph(const std::string& name, const std::string& graph) {
  return bytes(1, name) + bytes(6, graph) + number(20, 5);
}

// A NodeProto.
inline std::string node(const std::string& op, const std::vector<std::string>& in, const std::vector<std::string>& out,
                        const std::vector<std::string>& attributes = {}, const std::string& domain = "") {
  std::string text;
  for (const std::string& name : in) text += bytes(1, name);
  for (const std::string& name : out) text += bytes(2, name);
  text += bytes(3, op + "_" + (out.empty() ? "" : out[0])) + bytes(4, op);
  for (const std::string& a : attributes) text += bytes(5, a);
  if (!domain.empty()) text += bytes(7, domain);
  return text;
}

struct GraphParts {
  std::vector<std::string> nodes;
  std::vector<std::string> initializers;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};
inline std::string graph(const GraphParts& parts) {
  std::string text;
  for (const std::string& n : parts.nodes) text += bytes(1, n);
  text += bytes(2, "g");
  for (const std::string& t : parts.initializers) text += bytes(5, t);
  for (const std::string& v : parts.inputs) text += bytes(11, v);
  for (const std::string& v : parts.outputs) text += bytes(12, v);
  return text;
}
inline std::string model(const GraphParts& parts, std::int64_t opset = 17, const std::string& more = "") {
  return number(1, 8) + bytes(8, number(2, opset)) + bytes(7, graph(parts)) + more;
}

}  // namespace berth::testing
