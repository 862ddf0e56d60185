#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/text.hpp"
#include "readers/tflite/tflite.hpp"

namespace berth {
namespace {

using enum OperatorKind;

enum Code : std::int32_t {
  kConv2d = 3,
  kDepthwise = 4,
  kFullyConnected = 9,
  kLstm = 16,
  kRnn = 24,
  kSvdf = 27,
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
