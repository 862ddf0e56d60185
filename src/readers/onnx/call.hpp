// One operator being looked at: its inputs and outputs as values, its attributes by name.
#pragma once

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "readers/onnx/file.hpp"

namespace berth::onnx {

// What is known of one value of the graph before it runs.
struct Value {
  std::string_view name;
  int type = kUndefined;
  bool ranked = false;
  Dims dims;
  // The numbers of small values that don't depend on the inputs' content; NaN: that one is unknown.
  bool has_data = false;
  std::vector<double> data;
  bool constant = false;           // worked out once, when the model is loaded
  bool generated = false;          // constant, but not stored: filled in by ConstantOfShape
  const Tensor* tensor = nullptr;  // stored in the file
  int stored_type = kUndefined;    // what a dequantised value was stored as
  int uses = 0;                    // by nodes and graph outputs
  int row = -1;                    // of the operator table: what makes it
  double shared = 1;               // > 1: expanded from that many times fewer elements

  [[nodiscard]] bool known() const;  // ranked, and every dimension too
  [[nodiscard]] std::int64_t rank() const { return static_cast<std::int64_t>(dims.size()); }
  [[nodiscard]] double elements() const;  // NaN unless known()
};

// Larger values are never worked out: shape arithmetic handles a few numbers.
inline constexpr std::size_t kMostData = 4096;

struct Call {
  const Node* node = nullptr;
  const std::vector<Attribute>* bound = nullptr;     // of the function call that the node is in
  const std::vector<Attribute>* defaults = nullptr;  // of that function
  std::int64_t opset = 0;                            // of the node's domain
  std::vector<Value*> in;                            // nullptr: not given
  std::vector<Value*> out;

  [[nodiscard]] const Value* input(std::size_t i) const { return i < in.size() ? in[i] : nullptr; }
  // Input i with its rank known, else nullptr.
  [[nodiscard]] const Value* ranked(std::size_t i) const;
  [[nodiscard]] const Attribute* attribute(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] double real(std::string_view name, double otherwise) const;
  [[nodiscard]] std::string_view word(std::string_view name, std::string_view otherwise = {}) const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view name) const;  // empty: not given
  // Small integers out of an input's numbers, or out of an attribute in old opsets; nullopt unknown.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> list(std::size_t input, std::string_view attribute) const;
  // The axis attribute, counted from the front; nullopt out of range.
  [[nodiscard]] std::optional<std::size_t> axis(std::string_view name, std::int64_t otherwise, std::int64_t rank) const;

  void set(std::size_t i, int type, Dims dims) const;  // nothing where there is no such output
  void set_data(std::size_t i, std::vector<double> data) const;
  [[nodiscard]] int type_of(std::size_t i) const { return input(i) != nullptr ? input(i)->type : int{kUndefined}; }
};

// A dimension among a value's numbers, and back; unknown stays unknown (NaN, kUnknown).
inline constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
double as_number(std::int64_t dim);
std::int64_t as_dim(double number);

// Shapes after numpy's rules; kUnknown where it can't be told.
Dims broadcast(const Dims& a, const Dims& b);
std::int64_t product(const Dims& dims, std::size_t from, std::size_t to);  // kUnknown if one is, or past 2^62
std::optional<std::size_t> normal_axis(std::int64_t axis, std::int64_t rank);

}  // namespace berth::onnx
