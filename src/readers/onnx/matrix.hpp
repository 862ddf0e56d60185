// The sizes of matrix products, convolutions, recurrent layers and attention, out of the shapes of their
// inputs: what both shape inference and the operator table are worked out from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "readers/onnx/call.hpp"

namespace berth::onnx {

// Which inputs are the two factors (quantised operators have scales between them).
struct Factors {
  std::size_t a = 0;
  std::size_t b = 1;
  std::size_t bias = 2;
};
Factors factors_of(const Call& call);

struct MatMulSizes {
  Dims batch;  // of the output, in front of [m, n]
  std::int64_t m = 1, n = 1, k = 1;
  bool drops_m = false;  // the first factor is a vector
  bool drops_n = false;
};
std::optional<MatMulSizes> matmul_sizes(const Call& call);

struct ConvSizes {
  std::int64_t groups = 1;
  std::int64_t in_channels = 0;   // of all groups
  std::int64_t out_channels = 0;  // of all groups
  std::int64_t window = 1;        // elements of the kernel over space
  Dims space_in, space_out;
  std::int64_t batch = 1;
};
std::optional<ConvSizes> conv_sizes(const Call& call);

struct RecurrentSizes {
  std::int64_t steps = 0, batch = 0, input = 0, hidden = 0, directions = 1, gates = 4;
};
std::optional<RecurrentSizes> recurrent_sizes(const Call& call);

struct AttentionSizes {
  std::int64_t batch = 1, heads = 1, kv_heads = 1, queries = 1, keys = 1, qk_dim = 1, v_dim = 1;
  std::int64_t input = 0;  // packed projection (com.microsoft.Attention): width of its input; else 0
};
std::optional<AttentionSizes> attention_sizes(const Call& call);

// An Einsum of two operands: labels by their part; sizes are products.
struct EinsumSizes {
  Dims out;
  std::int64_t batch = 1, m = 1, n = 1, k = 1;
};
std::optional<EinsumSizes> einsum_sizes(const Call& call);

}  // namespace berth::onnx
