// What each operator does to shapes and what work it is: one row a name. To add an operator, add a row
// to the table of its kind (ops_*.cpp).
#pragma once

#include <span>
#include <string_view>

#include "readers/onnx/call.hpp"

namespace berth::onnx {

// How the work of an operator is counted (rows.cpp).
enum class Work : std::uint8_t {
  kNone,  // a view of its input, or shape arithmetic
  kElementwise,
  kMove,
  kGather,
  kNorm,
  kSoftmax,
  kReduce,
  kPool,
  kMatMul,
  kGemm,
  kConv,
  kConvTranspose,
  kRecurrent,
  kEinsum,
  kAttention,    // com.microsoft.Attention: packed projection and attention
  kMultiHead,    // attention of given queries, keys and values
  kQuantMatMul,  // MatMulNBits: weights packed below a byte
  kSkipNorm,
  kEmbedNorm,
  kTrees,
  kLinearModel,  // ai.onnx.ml.LinearClassifier, LinearRegressor
  kExperts,
  kFourier,
  kControl,  // If, Loop, Scan: their graphs are counted instead
};

enum class Domain : std::uint8_t { kOnnx, kMicrosoft, kMl };

struct Op {
  std::string_view name;
  void (*shape)(Call& call);  // sets what it can of the outputs
  Work work;
  double per_element = 1;  // operations per output element, where the kind of work asks for it
};

// nullptr for an operator that isn't known.
const Op* find_op(std::string_view domain, std::string_view name);

// The tables.
std::span<const Op> elementwise_ops();
std::span<const Op> matrix_ops();
std::span<const Op> shape_ops();
std::span<const Op> pieces_ops();
std::span<const Op> reduce_ops();
std::span<const Op> image_ops();
std::span<const Op> signal_ops();
std::span<const Op> container_ops();
std::span<const Op> microsoft_ops();
std::span<const Op> ml_ops();

// Shape functions that several tables use.
void same_as_first(Call& call);
void broadcast_all(Call& call);
void matmul_shape(Call& call);
void conv_shape(Call& call);
void pool_shape(Call& call);
void global_pool_shape(Call& call);
void gemm_shape(Call& call);
void concat_shape(Call& call);
void gather_shape(Call& call);
void reduce_shape(Call& call);
void rnn_shape(Call& call);

// What output 0 knows of the numbers of input 0, when only the shape changes.
void copy_data(const Call& call);
// The numbers of input i as dimensions; unknown ones stay so. nullopt when even their count is unknown.
std::optional<Dims> dims_from(const Call& call, std::size_t i);
// Works out the numbers of small outputs: element by element over a broadcast.
void fold_binary(const Call& call, double (*apply)(double, double));
void fold_unary(const Call& call, double (*apply)(double));

}  // namespace berth::onnx
