#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/text.hpp"
#include "readers/tflite/tflite.hpp"

namespace berth {
namespace {

using enum OperatorKind;

// Builtin codes 0 to 161 in order (schema.fbs, enum BuiltinOperator). Operations an element are counted
// from the formulas, as in layout_operators.cpp.
constexpr std::array<TfliteKind, 162> kKinds{{{"ADD", kElementwise, 1},
                                              {"AVERAGE_POOL_2D", kPool, 1},
                                              {"CONCATENATION", kDataMovement, 0},
                                              {"CONV_2D", kConv, 1},
                                              {"DEPTHWISE_CONV_2D", kDepthwiseConv, 1},
                                              {"DEPTH_TO_SPACE", kDataMovement, 0},
                                              {"DEQUANTIZE", kElementwise, 2},
                                              {"EMBEDDING_LOOKUP", kEmbedding, 0},
                                              {"FLOOR", kElementwise, 1},
                                              {"FULLY_CONNECTED", kMatmul, 1},
                                              {"HASHTABLE_LOOKUP", kEmbedding, 0},
                                              {"L2_NORMALIZATION", kNorm, 4},
                                              {"L2_POOL_2D", kPool, 1},
                                              {"LOCAL_RESPONSE_NORMALIZATION", kNorm, 4},
                                              {"LOGISTIC", kElementwise, 4},
                                              {"LSH_PROJECTION", kOther, 1},
                                              {"LSTM", kMatmul, 1},
                                              {"MAX_POOL_2D", kPool, 1},
                                              {"MUL", kElementwise, 1},
                                              {"RELU", kElementwise, 1},
                                              {"RELU_N1_TO_1", kElementwise, 2},
                                              {"RELU6", kElementwise, 2},
                                              {"RESHAPE", kDataMovement, 0},
                                              {"RESIZE_BILINEAR", kElementwise, 8},
                                              {"RNN", kMatmul, 1},
                                              {"SOFTMAX", kSoftmax, 5},
                                              {"SPACE_TO_DEPTH", kDataMovement, 0},
                                              {"SVDF", kMatmul, 1},
                                              {"TANH", kElementwise, 4},
                                              {"CONCAT_EMBEDDINGS", kOther, 1},
                                              {"SKIP_GRAM", kOther, 1},
                                              {"CALL", kOther, 1},
                                              {"CUSTOM", kOther, 1},
                                              {"EMBEDDING_LOOKUP_SPARSE", kEmbedding, 0},
                                              {"PAD", kDataMovement, 0},
                                              {"UNIDIRECTIONAL_SEQUENCE_RNN", kMatmul, 1},
                                              {"GATHER", kEmbedding, 0},
                                              {"BATCH_TO_SPACE_ND", kDataMovement, 0},
                                              {"SPACE_TO_BATCH_ND", kDataMovement, 0},
                                              {"TRANSPOSE", kDataMovement, 0},
                                              {"MEAN", kReduce, 1},
                                              {"SUB", kElementwise, 1},
                                              {"DIV", kElementwise, 1},
                                              {"SQUEEZE", kDataMovement, 0},
                                              {"UNIDIRECTIONAL_SEQUENCE_LSTM", kMatmul, 1},
                                              {"STRIDED_SLICE", kDataMovement, 0},
                                              {"BIDIRECTIONAL_SEQUENCE_RNN", kMatmul, 1},
                                              {"EXP", kElementwise, 4},
                                              {"TOPK_V2", kReduce, 1},
                                              {"SPLIT", kDataMovement, 0},
                                              {"LOG_SOFTMAX", kSoftmax, 5},
                                              {"DELEGATE", kOther, 1},
                                              {"BIDIRECTIONAL_SEQUENCE_LSTM", kMatmul, 1},
                                              {"CAST", kDataMovement, 0},
                                              {"PRELU", kElementwise, 2},
                                              {"MAXIMUM", kElementwise, 1},
                                              {"ARG_MAX", kReduce, 1},
                                              {"MINIMUM", kElementwise, 1},
                                              {"LESS", kElementwise, 1},
                                              {"NEG", kElementwise, 1},
                                              {"PADV2", kDataMovement, 0},
                                              {"GREATER", kElementwise, 1},
                                              {"GREATER_EQUAL", kElementwise, 1},
                                              {"LESS_EQUAL", kElementwise, 1},
                                              {"SELECT", kElementwise, 1},
                                              {"SLICE", kDataMovement, 0},
                                              {"SIN", kElementwise, 4},
                                              {"TRANSPOSE_CONV", kConv, 1},
                                              {"SPARSE_TO_DENSE", kDataMovement, 0},
                                              {"TILE", kDataMovement, 0},
                                              {"EXPAND_DIMS", kDataMovement, 0},
                                              {"EQUAL", kElementwise, 1},
                                              {"NOT_EQUAL", kElementwise, 1},
                                              {"LOG", kElementwise, 4},
                                              {"SUM", kReduce, 1},
                                              {"SQRT", kElementwise, 2},
                                              {"RSQRT", kElementwise, 2},
                                              {"SHAPE", kDataMovement, 0},
                                              {"POW", kElementwise, 4},
                                              {"ARG_MIN", kReduce, 1},
                                              {"FAKE_QUANT", kElementwise, 2},
                                              {"REDUCE_PROD", kReduce, 1},
                                              {"REDUCE_MAX", kReduce, 1},
                                              {"PACK", kDataMovement, 0},
                                              {"LOGICAL_OR", kElementwise, 1},
                                              {"ONE_HOT", kDataMovement, 0},
                                              {"LOGICAL_AND", kElementwise, 1},
                                              {"LOGICAL_NOT", kElementwise, 1},
                                              {"UNPACK", kDataMovement, 0},
                                              {"REDUCE_MIN", kReduce, 1},
                                              {"FLOOR_DIV", kElementwise, 2},
                                              {"REDUCE_ANY", kReduce, 1},
                                              {"SQUARE", kElementwise, 1},
                                              {"ZEROS_LIKE", kDataMovement, 0},
                                              {"FILL", kDataMovement, 0},
                                              {"FLOOR_MOD", kElementwise, 2},
                                              {"RANGE", kDataMovement, 0},
                                              {"RESIZE_NEAREST_NEIGHBOR", kDataMovement, 0},
                                              {"LEAKY_RELU", kElementwise, 2},
                                              {"SQUARED_DIFFERENCE", kElementwise, 2},
                                              {"MIRROR_PAD", kDataMovement, 0},
                                              {"ABS", kElementwise, 1},
                                              {"SPLIT_V", kDataMovement, 0},
                                              {"UNIQUE", kDataMovement, 0},
                                              {"CEIL", kElementwise, 1},
                                              {"REVERSE_V2", kDataMovement, 0},
                                              {"ADD_N", kElementwise, 1},
                                              {"GATHER_ND", kEmbedding, 0},
                                              {"COS", kElementwise, 4},
                                              {"WHERE", kDataMovement, 0},
                                              {"RANK", kDataMovement, 0},
                                              {"ELU", kElementwise, 4},
                                              {"REVERSE_SEQUENCE", kDataMovement, 0},
                                              {"MATRIX_DIAG", kDataMovement, 0},
                                              {"QUANTIZE", kElementwise, 2},
                                              {"MATRIX_SET_DIAG", kDataMovement, 0},
                                              {"ROUND", kElementwise, 1},
                                              {"HARD_SWISH", kElementwise, 4},
                                              {"IF", kDataMovement, 0},
                                              {"WHILE", kDataMovement, 0},
                                              {"NON_MAX_SUPPRESSION_V4", kOther, 1},
                                              {"NON_MAX_SUPPRESSION_V5", kOther, 1},
                                              {"SCATTER_ND", kDataMovement, 0},
                                              {"SELECT_V2", kElementwise, 1},
                                              {"DENSIFY", kDataMovement, 0},
                                              {"SEGMENT_SUM", kReduce, 1},
                                              {"BATCH_MATMUL", kMatmul, 1},
                                              {"PLACEHOLDER_FOR_GREATER_OP_CODES", kOther, 1},
                                              {"CUMSUM", kReduce, 1},
                                              {"CALL_ONCE", kDataMovement, 0},
                                              {"BROADCAST_TO", kDataMovement, 0},
                                              {"RFFT2D", kOther, 1},
                                              {"CONV_3D", kConv, 1},
                                              {"IMAG", kDataMovement, 0},
                                              {"REAL", kDataMovement, 0},
                                              {"COMPLEX_ABS", kElementwise, 2},
                                              {"HASHTABLE", kDataMovement, 0},
                                              {"HASHTABLE_FIND", kDataMovement, 0},
                                              {"HASHTABLE_IMPORT", kDataMovement, 0},
                                              {"HASHTABLE_SIZE", kDataMovement, 0},
                                              {"REDUCE_ALL", kReduce, 1},
                                              {"CONV_3D_TRANSPOSE", kConv, 1},
                                              {"VAR_HANDLE", kDataMovement, 0},
                                              {"READ_VARIABLE", kDataMovement, 0},
                                              {"ASSIGN_VARIABLE", kDataMovement, 0},
                                              {"BROADCAST_ARGS", kDataMovement, 0},
                                              {"RANDOM_STANDARD_NORMAL", kElementwise, 4},
                                              {"BUCKETIZE", kElementwise, 1},
                                              {"RANDOM_UNIFORM", kElementwise, 4},
                                              {"MULTINOMIAL", kOther, 1},
                                              {"GELU", kElementwise, 4},
                                              {"DYNAMIC_UPDATE_SLICE", kDataMovement, 0},
                                              {"RELU_0_TO_1", kElementwise, 2},
                                              {"UNSORTED_SEGMENT_PROD", kReduce, 1},
                                              {"UNSORTED_SEGMENT_MAX", kReduce, 1},
                                              {"UNSORTED_SEGMENT_SUM", kReduce, 1},
                                              {"ATAN2", kElementwise, 4},
                                              {"UNSORTED_SEGMENT_MIN", kReduce, 1},
                                              {"SIGN", kElementwise, 1},
                                              {"BITCAST", kDataMovement, 0},
                                              {"BITWISE_XOR", kElementwise, 1},
                                              {"RIGHT_SHIFT", kElementwise, 1}}};

enum Code : std::int32_t {
  kConv2d = 3,
  kDepthwise = 4,
  kFullyConnected = 9,
  kLstm = 16,
  kRnn = 24,
  kSvdf = 27,
  kCustomCode = 32,
  kSequenceRnn = 35,
  kSequenceLstm = 44,
  kBothRnn = 46,
  kBothLstm = 52,
  kTransposeConv = 67,
  kBatchMatmul = 126,
  kConv3d = 132,
  kConv3dTranspose = 141
};

// Types as the profiler knows them: it has no 16- and 32-bit integers, so their widths speak.
DType dtype_of(TfliteType type) {
  switch (type) {
    case TfliteType::kInt8:
    case TfliteType::kUint8:
    case TfliteType::kBool: return DType::kInt8;
    case TfliteType::kInt4: return DType::kInt4;
    case TfliteType::kFloat16:
    case TfliteType::kInt16:
    case TfliteType::kUint16: return DType::kFp16;
    case TfliteType::kBfloat16: return DType::kBf16;
    case TfliteType::kFloat64:
    case TfliteType::kInt64:
    case TfliteType::kUint64: return DType::kFp64;
    default: return DType::kFp32;
  }
}

class Rows {
 public:
  Rows(const TfliteOperator& op, const TfliteGraph& graph, std::size_t number)
      : op_(op), graph_(graph), name_(fmt::format("{} {}", number, tflite_name(op))) {}

  [[nodiscard]] const TfliteTensor* input(std::size_t i) const { return tensor(op_.inputs, i); }
  [[nodiscard]] const TfliteTensor* output(std::size_t i) const { return tensor(op_.outputs, i); }

  Operator& add(OperatorKind kind, double m, double n, double k) {
    Operator& row = rows_.emplace_back();
    row.kind = kind;
    row.name = name_;
    row.m = m;
    row.n = n;
    row.k = k;
    const TfliteTensor* in = input(0);
    if (in == nullptr || in->type == TfliteType::kInt32) in = output(0);  // TRANSPOSE_CONV's first is a shape
    row.dtype = in != nullptr ? dtype_of(in->type) : DType::kFp32;
    return row;
  }
  // `m` rows through one constant matrix [n, k].
  void linear(double m, double n, double k, double times = 1) {
    Operator& row = add(kMatmul, m, n, k);
    row.count = times;
    row.weight_elements = n * k;
  }
  std::vector<Operator> take() { return std::move(rows_); }

 private:
  [[nodiscard]] const TfliteTensor* tensor(const std::vector<std::int32_t>& list, std::size_t i) const {
    if (i >= list.size() || list[i] < 0) return nullptr;
    return &graph_.tensors[static_cast<std::size_t>(list[i])];
  }
  const TfliteOperator& op_;
  const TfliteGraph& graph_;
  std::string name_;
  std::vector<Operator> rows_;
};

double dim(const TfliteTensor& t, std::size_t i) {
  return static_cast<double>(t.shape[i]);
}

bool positive(const TfliteTensor* t, std::size_t dims) {
  return t != nullptr && t->shape.size() == dims &&
         std::all_of(t->shape.begin(), t->shape.end(), [](std::int64_t d) { return d > 0; });
}

// Filters are [out, height, width, in]; fewer inputs than the tensor has channels mean groups.
void add_conv(Rows& rows) {
  const TfliteTensor* in = rows.input(0);
  const TfliteTensor* filter = rows.input(1);
  const TfliteTensor* out = rows.output(0);
  if (!positive(in, 4) || !positive(filter, 4) || !positive(out, 4)) return;
  const double groups = std::max(1.0, dim(*in, 3) / dim(*filter, 3));
  Operator& row = rows.add(kConv, dim(*out, 0) * dim(*out, 1) * dim(*out, 2), dim(*filter, 0) / groups,
                           dim(*filter, 1) * dim(*filter, 2) * dim(*filter, 3));
  row.batch = groups;
  row.weight_elements = filter->elements() / groups;
  row.elements_moved = (in->elements() + filter->elements() + out->elements()) / groups;
}

void add_depthwise(Rows& rows) {
  const TfliteTensor* in = rows.input(0);
  const TfliteTensor* filter = rows.input(1);
  const TfliteTensor* out = rows.output(0);
  if (!positive(in, 4) || !positive(filter, 4) || !positive(out, 4)) return;
  const double channels = dim(*filter, 3);
  Operator& row =
      rows.add(kDepthwiseConv, dim(*out, 0) * dim(*out, 1) * dim(*out, 2), 1, dim(*filter, 1) * dim(*filter, 2));
  row.batch = channels;
  row.weight_elements = filter->elements() / channels;
  row.elements_moved = (in->elements() + filter->elements() + out->elements()) / channels;
}

// Every input pixel meets every filter element once. Filters are [out, height, width, in].
void add_transposed(Rows& rows) {
  const TfliteTensor* filter = rows.input(1);
  const TfliteTensor* in = rows.input(2);
  const TfliteTensor* out = rows.output(0);
  if (!positive(in, 4) || !positive(filter, 4) || !positive(out, 4)) return;
  Operator& row = rows.add(kConv, dim(*in, 0) * dim(*in, 1) * dim(*in, 2),
                           dim(*filter, 0) * dim(*filter, 1) * dim(*filter, 2), dim(*filter, 3));
  row.weight_elements = filter->elements();
  row.elements_moved = in->elements() + filter->elements() + out->elements();
}

// Filters are [depth, height, width, in, out].
void add_conv_3d(Rows& rows, bool transposed) {
  const TfliteTensor* filter = rows.input(1);
  const TfliteTensor* in = rows.input(transposed ? 2 : 0);
  const TfliteTensor* out = rows.output(0);
  if (!positive(in, 5) || !positive(filter, 5) || !positive(out, 5)) return;
  const TfliteTensor& pixels = transposed ? *in : *out;
  const double window = dim(*filter, 0) * dim(*filter, 1) * dim(*filter, 2);
  Operator& row = rows.add(kConv, dim(pixels, 0) * dim(pixels, 1) * dim(pixels, 2) * dim(pixels, 3), dim(*filter, 4),
                           window * dim(*filter, 3));
  row.weight_elements = filter->elements();
  row.elements_moved = in->elements() + filter->elements() + out->elements();
}

void add_fully_connected(Rows& rows) {
  const TfliteTensor* in = rows.input(0);
  const TfliteTensor* weights = rows.input(1);
  if (in == nullptr || !positive(weights, 2) || !(in->elements() > 0)) return;
  const double m = std::max(1.0, in->elements() / dim(*weights, 1));
  Operator& row = rows.add(kMatmul, m, dim(*weights, 0), dim(*weights, 1));
  row.weight_elements = weights->constant ? weights->elements() : 0;
}

// [.., m, k] · [.., k, n]; which way the inputs lie follows from the sizes of the output.
void add_batch_matmul(Rows& rows) {
  const TfliteTensor* in = rows.input(0);
  const TfliteTensor* out = rows.output(0);
  if (in == nullptr || out == nullptr || out->shape.size() < 2 || in->shape.size() < 2 || !(out->elements() > 0))
    return;
  const double m = dim(*out, out->shape.size() - 2);
  const double n = dim(*out, out->shape.size() - 1);
  const double last = dim(*in, in->shape.size() - 1);
  const double before = dim(*in, in->shape.size() - 2);
  Operator& row = rows.add(kMatmul, m, n, std::max(1.0, before == m ? last : before));
  row.batch = std::max(1.0, out->elements() / (m * n));
}

// The matrices of a recurrent operator run once a step and sequence. Steps are the input's rows but for the
// batch; the layers' inputs are at fixed places (schema.fbs, kernels/unidirectional_sequence_lstm.cc).
void add_recurrent(Rows& rows, std::initializer_list<std::size_t> matrices) {
  const TfliteTensor* in = rows.input(0);
  if (in == nullptr || in->shape.empty() || !(in->elements() > 0)) return;
  const double steps = in->elements() / dim(*in, in->shape.size() - 1);
  for (const std::size_t i : matrices) {
    if (const TfliteTensor* w = rows.input(i); positive(w, 2)) rows.linear(1, dim(*w, 0), dim(*w, 1), steps);
  }
}

// Rank-one filters: features of one step, then a filter over the memory (kernels/svdf.cc).
void add_svdf(Rows& rows) {
  const TfliteTensor* in = rows.input(0);
  const TfliteTensor* features = rows.input(1);
  const TfliteTensor* time = rows.input(2);
  if (in == nullptr || !positive(features, 2) || !positive(time, 2) || !(in->elements() > 0)) return;
  const double batch = std::max(1.0, in->elements() / dim(*features, 1));
  rows.linear(batch, dim(*features, 0), dim(*features, 1));
  Operator& row = rows.add(kMatmul, batch, 1, dim(*time, 1));
  row.batch = dim(*time, 0);
  row.weight_elements = dim(*time, 1);
}

bool add_products(Rows& rows, std::int32_t code) {
  switch (code) {
    case kConv2d: add_conv(rows); return true;
    case kDepthwise: add_depthwise(rows); return true;
    case kFullyConnected: add_fully_connected(rows); return true;
    case kTransposeConv: add_transposed(rows); return true;
    case kBatchMatmul: add_batch_matmul(rows); return true;
    case kConv3d: add_conv_3d(rows, false); return true;
    case kConv3dTranspose: add_conv_3d(rows, true); return true;
    case kSvdf: add_svdf(rows); return true;
    case kRnn:
    case kSequenceRnn: add_recurrent(rows, {1, 2}); return true;
    case kBothRnn: add_recurrent(rows, {1, 2, 5, 6}); return true;
    case kLstm:
    case kSequenceLstm: add_recurrent(rows, {1, 2, 3, 4, 5, 6, 7, 8, 16}); return true;
    case kBothLstm: add_recurrent(rows, {1, 2, 3, 4, 5, 6, 7, 8, 16, 18, 19, 20, 21, 22, 23, 24, 25, 33}); return true;
    default: return false;
  }
}

}  // namespace

const TfliteKind* tflite_kind(std::int32_t code) {
  if (code < 0 || code >= static_cast<std::int32_t>(kKinds.size())) return nullptr;
  return &kKinds[static_cast<std::size_t>(code)];
}

std::string tflite_name(const TfliteOperator& op) {
  if (op.code == kCustomCode) return fmt::format("custom {}", shorten(op.custom));
  const TfliteKind* kind = tflite_kind(op.code);
  return kind != nullptr ? kind->name : fmt::format("operator {}", op.code);
}

std::vector<Operator> tflite_rows(const TfliteOperator& op, const TfliteGraph& graph, std::size_t number) {
  Rows rows(op, graph, number);
  if (add_products(rows, op.code)) return rows.take();
  const TfliteKind* kind = tflite_kind(op.code);
  double read = 0;
  double written = 0;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    if (const TfliteTensor* t = rows.input(i)) read += t->elements();
  }
  for (std::size_t i = 0; i < op.outputs.size(); ++i) {
    if (const TfliteTensor* t = rows.output(i)) written += t->elements();
  }
  const bool reduces = kind != nullptr && kind->kind == kReduce;
  const double elements = std::max(1.0, reduces ? read : written);
  Operator& row = rows.add(kind != nullptr ? kind->kind : kOther, 1, elements,
                           kind == nullptr       ? 0
                           : kind->kind == kPool ? op.window
                                                 : kind->operations);
  row.elements_moved = kind != nullptr && kind->kind == kEmbedding ? 2 * written : read + written;
  return rows.take();
}

}  // namespace berth
