#include "readers/onnx/rows.hpp"

#include <algorithm>
#include <cmath>

#include "readers/onnx/matrix.hpp"
#include "readers/onnx/trees.hpp"

namespace berth::onnx {
namespace {

double number(std::int64_t value) {
  return static_cast<double>(value);
}

bool all_known(std::initializer_list<std::int64_t> values) {
  return std::all_of(values.begin(), values.end(), [](std::int64_t v) { return v >= 0; });
}

double bytes_of(const Value* value) {
  if (value == nullptr || !value->known()) return 0;
  const int bits = bits_of(value->stored_type != kUndefined ? value->stored_type : value->type);
  return value->elements() * (bits == 0 ? 32 : bits) / 8;
}

bool is_byte(int type) {
  return type == kInt8 || type == kUint8 || type == kInt4 || type == kUint4;
}

// Both factors stored in 8 bits or less: runtimes multiply them so.
DType product_dtype(const Value* a, const Value* b) {
  const auto stored = [](const Value* v) { return v->stored_type != kUndefined ? v->stored_type : v->type; };
  if (a == nullptr || b == nullptr) return a == nullptr ? DType::kFp32 : dtype_of(a->type);
  if (is_byte(stored(a)) && is_byte(stored(b))) return DType::kInt8;
  return dtype_of(is_byte(a->type) ? b->type : a->type);
}

class Builder {
 public:
  Builder(const Call& call, const Op& op, std::vector<Row>& out) : call_(call), op_(op), rows_(out) {}

  bool build();

 private:
  Row start(OperatorKind kind, DType dtype) const {
    Row row;
    row.op.kind = kind;
    row.op.dtype = dtype;
    row.name = op_.name;
    row.op.name = std::string(op_.name);
    for (const Value* value : call_.in) {
      if (value == nullptr) continue;
      if (value->constant)
        row.has_constant = true;
      else
        row.in.push_back(value);
    }
    row.out = call_.out.empty() ? nullptr : call_.out[0];
    return row;
  }
  void moves(Row& row, double bytes) const {
    row.op.elements_moved = bytes / bytes_per_element(row.op.dtype) / row.op.batch;
  }
  // false without a row when nothing is computed.
  bool finish(Row row) {
    const Operator& o = row.op;
    if (!(o.m > 0) || !(o.n > 0) || !(o.batch > 0) || !(o.count > 0)) return true;
    rows_.push_back(std::move(row));
    return true;
  }
  double all_inputs() const {
    double bytes = 0;
    for (const Value* value : call_.in) bytes += bytes_of(value);
    return bytes;
  }
  double all_outputs() const {
    double bytes = 0;
    for (const Value* value : call_.out) bytes += bytes_of(value);
    return bytes;
  }

  // Work on each of `elements`, `each` operations on one.
  bool plain(OperatorKind kind, const Value* shape, double each, double bytes) {
    if (shape == nullptr || !shape->known()) return false;
    Row row = start(kind, dtype_of(shape->type));
    const double width = shape->dims.empty() ? 1 : number(shape->dims.back());
    row.op.n = width;
    row.op.m = width > 0 ? shape->elements() / width : 0;
    row.op.k = each;
    moves(row, bytes);
    row.other_bytes = std::max(0.0, all_inputs() - bytes_of(call_.input(0)));
    return finish(std::move(row));
  }
  bool elementwise() {
    const Value* out = call_.out.empty() ? nullptr : call_.out[0];
    const double each =
        op_.per_element * std::max(1.0, static_cast<double>(call_.in.size()) - (call_.in.size() > 1 ? 1 : 0));
    return plain(OperatorKind::kElementwise, out, call_.in.size() > 1 && op_.per_element == 1 ? each : op_.per_element,
                 all_inputs() + all_outputs());
  }
  bool move() {
    const Value* out = call_.out.empty() ? nullptr : call_.out[0];
    if (out == nullptr || !out->known()) return false;
    return plain(OperatorKind::kDataMovement, call_.out.size() > 1 ? call_.input(0) : out, 0, 2 * all_outputs());
  }
  bool gather() {
    const Value* out = call_.out.empty() ? nullptr : call_.out[0];
    const Value* table = call_.input(0);
    const bool embedding = table != nullptr && table->constant && is_real(table->type) && table->rank() == 2;
    return plain(embedding ? OperatorKind::kEmbedding : OperatorKind::kDataMovement, out, 0,
                 2 * all_outputs() + bytes_of(call_.input(1)));
  }
  bool reduce() {
    const Value* x = call_.input(0);
    const Value* out = call_.out.empty() ? nullptr : call_.out[0];
    if (x == nullptr || out == nullptr || !x->known() || !out->known()) return false;
    const double elements = out->elements();
    return elements <= 0 ||
           plain(OperatorKind::kReduce, out, op_.per_element * x->elements() / elements, all_inputs() + all_outputs());
  }
  bool pool() {
    double window = 1;
    for (const std::int64_t k : call_.integers("kernel_shape")) window *= std::max(1.0, number(k));
    return plain(OperatorKind::kPool, call_.out.empty() ? nullptr : call_.out[0], op_.per_element * window,
                 bytes_of(call_.input(0)) + all_outputs());
  }

  bool matmul();
  bool gemm();
  bool quantized_matmul();
  bool einsum();
  bool conv(bool transposed);
  bool recurrent();
  bool attention(bool packed);
  bool experts();
  bool linear_model();
  bool trees();
  bool fourier();
  void attention_rows(const AttentionSizes& a, DType dtype);

  const Call& call_;
  const Op& op_;
  std::vector<Row>& rows_;
};

// A weight is one matrix for all of the batch: its rows become rows of one product.
bool Builder::matmul() {
  const auto s = matmul_sizes(call_);
  if (!s) return false;
  const double batch = number(product(s->batch, 0, s->batch.size()));
  if (!all_known({s->m, s->n, s->k}) || batch < 0) return false;
  const Factors factors = factors_of(call_);
  const Value* a = call_.input(factors.a);
  const Value* b = call_.input(factors.b);
  Row row = start(OperatorKind::kMatmul, product_dtype(a, b));
  row.op.m = number(s->m);
  row.op.n = number(s->n);
  row.op.k = number(s->k);
  row.op.batch = batch;
  const double matrix = row.op.k * row.op.n;
  if (b->constant && b->elements() == matrix) {
    row.op.m *= batch;
    row.op.batch = 1;
    row.op.weight_elements = matrix;
  } else if (a->constant && a->elements() == row.op.m * row.op.k) {  // W·x: the transposed product
    std::swap(row.op.m, row.op.n);
    row.op.m *= batch;
    row.op.batch = 1;
    row.op.weight_elements = row.op.k * row.op.n;
  } else if (a->constant || b->constant) {
    row.op.weight_elements = a->constant ? number(s->m) * row.op.k : matrix;
  }
  return finish(std::move(row));
}

bool Builder::gemm() {
  const Factors factors = factors_of(call_);
  const Value* a = call_.input(factors.a);
  const Value* b = call_.input(factors.b);
  const Value* out = call_.out.empty() ? nullptr : call_.out[0];
  if (a == nullptr || b == nullptr || out == nullptr || !a->known() || !b->known() || !out->known() || out->rank() != 2)
    return false;
  Row row = start(OperatorKind::kMatmul, product_dtype(a, b));
  row.op.m = number(out->dims[0]);
  row.op.n = number(out->dims[1]);
  row.op.k = number(a->dims[call_.integer("transA", 0) != 0 ? 0 : 1]);
  if (b->constant) row.op.weight_elements = row.op.k * row.op.n;
  if (!b->constant && a->constant) {
    std::swap(row.op.m, row.op.n);
    row.op.weight_elements = row.op.k * row.op.n;
  }
  return finish(std::move(row));
}

bool Builder::quantized_matmul() {
  const Value* x = call_.input(0);
  const double n = number(call_.integer("N", 0));
  const double k = number(call_.integer("K", 0));
  if (x == nullptr || !x->known() || x->dims.empty() || n < 1 || k < 1) return false;
  Row row = start(OperatorKind::kMatmul, dtype_of(x->type));
  row.op.m = x->elements() / std::max(1.0, number(x->dims.back()));
  row.op.n = n;
  row.op.k = k;
  row.op.weight_elements = n * k;
  const double packed = n * k * static_cast<double>(call_.integer("bits", 4)) / 8;
  moves(row, bytes_of(x) + all_outputs() + packed);
  return finish(std::move(row));
}

bool Builder::einsum() {
  const auto s = einsum_sizes(call_);
  if (!s || !all_known({s->batch, s->m, s->n, s->k})) return false;
  const Value* b = call_.input(1);
  if (b == nullptr) return plain(OperatorKind::kReduce, call_.out[0], number(s->k), all_inputs() + all_outputs());
  Row row = start(OperatorKind::kMatmul, product_dtype(call_.input(0), b));
  row.op.m = number(s->m);
  row.op.n = number(s->n);
  row.op.k = number(s->k);
  row.op.batch = number(s->batch);
  if (b->constant || call_.input(0)->constant) row.op.weight_elements = row.op.k * row.op.n;
  return finish(std::move(row));
}

bool Builder::conv(bool transposed) {
  const auto s = conv_sizes(call_);
  if (!s) return false;
  const std::int64_t pixels = product(transposed ? s->space_in : s->space_out, 0, s->space_out.size());
  if (!all_known({pixels, s->batch, s->in_channels, s->out_channels, s->window})) return false;
  const Factors factors = factors_of(call_);
  const Value* w = call_.input(factors.b);
  const bool depthwise = s->groups > 1 && s->groups == s->in_channels;
  Row row =
      start(depthwise ? OperatorKind::kDepthwiseConv : OperatorKind::kConv, product_dtype(call_.input(factors.a), w));
  const double groups = number(s->groups);
  row.op.m = number(pixels) * number(s->batch);
  row.op.n = number(s->out_channels) / groups;
  row.op.k = number(s->in_channels) / groups * number(s->window);
  row.op.batch = groups;
  if (transposed) row.op.n *= number(s->window), row.op.k = number(s->in_channels) / groups;
  if (w->constant) row.op.weight_elements = row.op.n * row.op.k;
  std::string size;
  for (std::size_t i = 2; i < w->dims.size(); ++i) size += (i == 2 ? "" : "x") + std::to_string(w->dims[i]);
  row.op.name += " " + size;
  moves(row, bytes_of(call_.input(factors.a)) + bytes_of(w) + all_outputs());
  return finish(std::move(row));
}

bool Builder::recurrent() {
  const auto s = recurrent_sizes(call_);
  if (!s || !all_known({s->steps, s->batch, s->input, s->hidden})) return false;
  const Value* w = call_.input(1);
  const double wide = number(s->gates) * number(s->hidden);
  const DType dtype = product_dtype(call_.input(0), w);
  for (const bool recurrence : {false, true}) {
    // Inputs of all steps in one product; states one step after the other.
    Row row = start(OperatorKind::kMatmul, dtype);
    row.op.name += recurrence ? " recurrence" : " input";
    row.op.m = number(s->batch) * (recurrence ? 1 : number(s->steps));
    row.op.n = wide;
    row.op.k = number(recurrence ? s->hidden : s->input);
    row.op.count = number(s->directions) * (recurrence ? number(s->steps) : 1);
    if (w != nullptr && w->constant) row.op.weight_elements = row.op.k * row.op.n;
    finish(std::move(row));
  }
  Row gates = start(OperatorKind::kElementwise, dtype);
  gates.op.name += " gates";
  gates.op.m = number(s->batch) * number(s->steps) * number(s->directions);
  gates.op.n = number(s->hidden);
  gates.op.k = 10 * number(s->gates);  // two or three functions and some arithmetic a gate
  gates.op.elements_moved = 0;
  return finish(std::move(gates));
}

void Builder::attention_rows(const AttentionSizes& a, DType dtype) {
  const double groups = number(a.kv_heads) * number(a.batch);
  const double sharing = number(a.heads) / std::max(1.0, number(a.kv_heads));
  for (const bool values : {false, true}) {
    Row row = start(OperatorKind::kAttention, dtype);
    row.op.name += values ? " values" : " scores";
    row.op.m = number(a.queries) * sharing;
    row.op.n = number(values ? a.v_dim : a.keys);
    row.op.k = number(values ? a.keys : a.qk_dim);
    row.op.batch = groups;
    row.op.elements_moved =
        row.op.m * number(values ? a.v_dim : a.qk_dim) + number(a.keys) * number(values ? a.v_dim : a.qk_dim);
    finish(std::move(row));
  }
  Row softmax = start(OperatorKind::kSoftmax, dtype);
  softmax.op.name += " softmax";
  softmax.op.m = number(a.batch) * number(a.heads) * number(a.queries);
  softmax.op.n = number(a.keys);
  softmax.op.k = 5;
  softmax.op.elements_moved = 0;
  finish(std::move(softmax));
}

bool Builder::attention(bool packed) {
  const auto a = attention_sizes(call_);
  const Value* x = call_.input(0);
  if (!a || x == nullptr) return false;
  const DType dtype = dtype_of(x->type);
  if (packed) {
    Row row = start(OperatorKind::kMatmul, dtype);
    row.op.name += " projection";
    row.op.m = number(a->batch) * number(a->queries);
    row.op.n = number(a->heads) * (2 * number(a->qk_dim) + number(a->v_dim));
    row.op.k = number(a->input);
    row.op.weight_elements = row.op.n * row.op.k;
    finish(std::move(row));
  }
  attention_rows(*a, dtype);
  return true;
}

bool Builder::experts() {
  const Value* x = call_.input(0);
  const Value* w = call_.input(2);  // MoE: fc1; QMoE: fc1, then its scales
  const Value* w2 = call_.input(call_.node->op == "QMoE" ? 5 : 4);
  if (x == nullptr || w == nullptr || w2 == nullptr || !x->known() || !w->known() || !w2->known() || w->rank() != 3 ||
      x->dims.empty())
    return false;
  const double hidden = number(x->dims.back());
  const double tokens = hidden > 0 ? x->elements() / hidden : 0;
  const double chosen = number(std::max<std::int64_t>(1, call_.integer("k", 1)));
  const double count = number(w->dims[0]);
  const double packing =
      call_.node->op == "QMoE" ? number(8 / std::max<std::int64_t>(1, call_.integer("expert_weight_bits", 4))) : 1;
  const double used = std::min(count, tokens * chosen);
  for (const Value* matrix : {w, w2}) {
    Row row = start(OperatorKind::kMatmul, dtype_of(x->type));
    row.op.name += matrix == w ? " up" : " down";
    const double elements = count > 0 ? matrix->elements() * packing / count : 0;
    row.op.m = used > 0 ? tokens * chosen / used : 0;
    row.op.k = matrix == w ? hidden : (hidden > 0 ? elements / hidden : 0);
    row.op.n = row.op.k > 0 ? elements / row.op.k : 0;
    row.op.batch = used;
    row.op.weight_elements = elements;
    finish(std::move(row));
  }
  return true;
}

bool Builder::linear_model() {
  const Value* x = call_.input(0);
  if (x == nullptr || !x->known() || x->dims.empty()) return false;
  const Attribute* a = call_.attribute(call_.node->op.starts_with("SVM") ? "support_vectors" : "coefficients");
  const double coefficients =
      a != nullptr ? static_cast<double>(decode_floats(*a).value_or(std::vector<double>()).size()) : 0;
  Row row = start(OperatorKind::kMatmul, DType::kFp32);
  row.op.k = number(x->dims.back());
  row.op.m = row.op.k > 0 ? x->elements() / row.op.k : 0;
  row.op.n = row.op.k > 0 ? coefficients / row.op.k : 0;
  row.op.weight_elements = coefficients;
  return finish(std::move(row));
}

bool Builder::trees() {
  const Value* x = call_.input(0);
  const std::optional<TreeEnsemble> trees = trees_of(call_);
  if (x == nullptr || !x->known() || x->dims.empty() || !trees) return false;
  Row row = start(OperatorKind::kReduce, DType::kFp32);
  row.op.m = x->rank() > 1 ? number(x->dims[0]) : 1;
  row.op.n = number(trees->count);
  row.op.k = number(trees->depth);  // one comparison a level
  return finish(std::move(row));
}

bool Builder::fourier() {
  const Value* out = call_.out.empty() ? nullptr : call_.out[0];
  if (out == nullptr || !out->known()) return false;
  double length = 2;
  for (const std::int64_t dim : out->dims) length = std::max(length, number(dim));
  return plain(OperatorKind::kReduce, out, 2.5 * std::log2(length), all_inputs() + all_outputs());
}

bool Builder::build() {
  const Value* out = call_.out.empty() ? nullptr : call_.out[0];
  switch (op_.work) {
    case Work::kNone:
    case Work::kControl: return true;
    case Work::kElementwise: return elementwise();
    case Work::kMove: return move();
    case Work::kGather: return gather();
    case Work::kNorm: return plain(OperatorKind::kNorm, out, op_.per_element, all_inputs() + all_outputs());
    case Work::kSkipNorm: return plain(OperatorKind::kNorm, out, op_.per_element, all_inputs() + all_outputs());
    case Work::kEmbedNorm: return plain(OperatorKind::kEmbedding, out, op_.per_element, 4 * bytes_of(out));
    case Work::kSoftmax: return plain(OperatorKind::kSoftmax, out, op_.per_element, all_inputs() + all_outputs());
    case Work::kReduce: return reduce();
    case Work::kPool: return pool();
    case Work::kMatMul: return matmul();
    case Work::kGemm: return gemm();
    case Work::kQuantMatMul: return quantized_matmul();
    case Work::kEinsum: return einsum();
    case Work::kConv: return conv(false);
    case Work::kConvTranspose: return conv(true);
    case Work::kRecurrent: return recurrent();
    case Work::kAttention: return attention(true);
    case Work::kMultiHead: return attention(false);
    case Work::kExperts: return experts();
    case Work::kLinearModel: return linear_model();
    case Work::kTrees: return trees();
    case Work::kFourier: return fourier();
  }
  return true;
}

}  // namespace

bool add_rows(const Call& call, const Op& op, std::vector<Row>& out) {
  return Builder(call, op, out).build();
}

}  // namespace berth::onnx
