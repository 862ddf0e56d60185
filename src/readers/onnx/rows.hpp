// From an operator with known shapes to rows of the operator table.
#pragma once

#include <string>
#include <vector>

#include "berth/model.hpp"
#include "readers/onnx/ops.hpp"

namespace berth::onnx {

// A row before equal ones are merged, with what tells whether it is fused into the row before it.
struct Row {
  Operator op;
  std::string_view name;         // of the operator: "Conv"
  std::vector<const Value*> in;  // what it reads, constants left out
  const Value* out = nullptr;
  double other_bytes = 0;     // read besides the main input, when it is fused
  bool has_constant = false;  // one of its inputs is constant
};

// The number format that a tensor type is computed in; fp32 for integers of 32 and 64 bits.
DType dtype_of(int type);
bool is_real(int type);  // floating point, of any width

// Adds the rows of one call. false: a shape that is needed isn't known.
bool add_rows(const Call& call, const Op& op, std::vector<Row>& out);

// Marks what common runtimes fuse (normalisation, bias, residual and activation into the product before;
// the parts of a GELU into one pass): such rows move only what the fused pass reads besides. Then merges
// equal rows.
std::vector<Operator> merge_rows(std::vector<Row> rows);

}  // namespace berth::onnx
