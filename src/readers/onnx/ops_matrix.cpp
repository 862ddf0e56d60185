// Matrix products, convolutions, pooling, recurrent layers and attention.
#include <algorithm>
#include <array>

#include "readers/onnx/matrix.hpp"
#include "readers/onnx/ops.hpp"
#include "readers/onnx/window.hpp"

namespace berth::onnx {

void matmul_shape(Call& call) {
  const auto sizes = matmul_sizes(call);
  if (!sizes) return;
  Dims dims = sizes->batch;
  if (!sizes->drops_m) dims.push_back(sizes->m);
  if (!sizes->drops_n) dims.push_back(sizes->n);
  const std::string_view op = call.node->op;
  const int type = op == "MatMulInteger"          ? int{kInt32}
                   : op == "QLinearMatMul"        ? call.type_of(7)
                   : op == "MatMulIntegerToFloat" ? int{kFloat}
                                                  : call.type_of(0);
  call.set(0, type, std::move(dims));
}

void gemm_shape(Call& call) {
  const Factors factors = factors_of(call);
  const Value* a = call.ranked(factors.a);
  const Value* b = call.ranked(factors.b);
  if (a == nullptr || b == nullptr || a->rank() != 2 || b->rank() != 2) return;
  call.set(0, a->type,
           {a->dims[call.integer("transA", 0) != 0 ? 1 : 0], b->dims[call.integer("transB", 0) != 0 ? 0 : 1]});
}

void conv_shape(Call& call) {
  const auto sizes = conv_sizes(call);
  if (!sizes) return;
  Dims dims{sizes->batch, sizes->out_channels};
  dims.insert(dims.end(), sizes->space_out.begin(), sizes->space_out.end());
  const std::string_view op = call.node->op;
  call.set(0,
           op == "ConvInteger"   ? int{kInt32}
           : op == "QLinearConv" ? call.type_of(7)
                                 : call.type_of(0),
           std::move(dims));
}

void pool_shape(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr || x->rank() < 3) return;
  const std::vector<std::int64_t> kernel = call.integers("kernel_shape");
  const std::size_t axes = x->dims.size() - 2;
  if (kernel.size() < axes) return;
  Dims dims(x->dims.begin(), x->dims.begin() + 2);
  for (std::size_t i = 0; i < axes; ++i) dims.push_back(window_count(call, i, axes, x->dims[2 + i], kernel[i]));
  call.set(0, x->type, dims);
  call.set(1, kInt64, std::move(dims));
}

void global_pool_shape(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr || x->rank() < 2) return;
  Dims dims(x->dims.size(), 1);
  std::copy_n(x->dims.begin(), 2, dims.begin());
  call.set(0, x->type, std::move(dims));
}

void rnn_shape(Call& call) {
  const auto sizes = recurrent_sizes(call);
  if (!sizes) return;
  const bool batch_first = call.integer("layout", 0) != 0;
  const std::int64_t d = sizes->directions;
  call.set(0, call.type_of(0),
           batch_first ? Dims{sizes->batch, sizes->steps, d, sizes->hidden}
                       : Dims{sizes->steps, d, sizes->batch, sizes->hidden});
  const Dims state = batch_first ? Dims{sizes->batch, d, sizes->hidden} : Dims{d, sizes->batch, sizes->hidden};
  call.set(1, call.type_of(0), state);
  call.set(2, call.type_of(0), state);
}

namespace {

void max_unpool(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr || x->rank() < 3) return;
  if (const auto given = call.list(2, ""); given && given->size() == x->dims.size())
    return call.set(0, x->type, *given);
  const std::vector<std::int64_t> kernel = call.integers("kernel_shape");
  const std::vector<std::int64_t> strides = call.integers("strides");
  const std::vector<std::int64_t> pads = call.integers("pads");
  const std::size_t axes = x->dims.size() - 2;
  Dims dims = x->dims;
  for (std::size_t i = 0; i < axes; ++i) {
    constexpr std::int64_t kFar = std::int64_t{1} << 30;
    const std::int64_t stride = i < strides.size() ? strides[i] : 1;
    const std::int64_t k = i < kernel.size() ? kernel[i] : 1;
    const std::int64_t pad = pads.size() == 2 * axes ? pads[i] / 2 + pads[i + axes] / 2 : 0;
    const bool good =
        dims[2 + i] >= 0 && dims[2 + i] < kFar && stride > 0 && stride < kFar && k > 0 && k < kFar && pad >= 0;
    dims[2 + i] = good ? std::max(kUnknown, (dims[2 + i] - 1) * stride + k - 2 * pad) : kUnknown;
  }
  call.set(0, x->type, std::move(dims));
}

void deform_conv(Call& call) {
  conv_shape(call);
}

void einsum_shape(Call& call) {
  if (auto sizes = einsum_sizes(call)) call.set(0, call.type_of(0), std::move(sizes->out));
}

void attention_shape(Call& call) {
  const auto a = attention_sizes(call);
  const Value* q = call.ranked(0);
  if (!a || q == nullptr) return;
  const std::int64_t width = product({a->heads, a->v_dim}, 0, 2);
  call.set(0, q->type,
           q->rank() == 4 ? Dims{a->batch, a->heads, a->queries, a->v_dim} : Dims{a->batch, a->queries, width});
  call.set(1, q->type, {a->batch, a->kv_heads, a->keys, a->qk_dim});
  call.set(2, q->type, {a->batch, a->kv_heads, a->keys, a->v_dim});
  call.set(3, q->type, {a->batch, a->heads, a->queries, a->keys});
}

void quantized_pool(Call& call) {
  call.node->op.starts_with("QLinearGlobal") ? global_pool_shape(call) : pool_shape(call);
}

void rotary(Call& call) {
  // ai.onnx: input first; com.microsoft too, with position ids second.
  same_as_first(call);
}

constexpr std::array kOps{
    Op{"MatMul", &matmul_shape, Work::kMatMul},
    Op{"MatMulInteger", &matmul_shape, Work::kMatMul},
    Op{"QLinearMatMul", &matmul_shape, Work::kMatMul},
    Op{"Gemm", &gemm_shape, Work::kGemm},
    Op{"Einsum", &einsum_shape, Work::kEinsum},
    Op{"Conv", &conv_shape, Work::kConv},
    Op{"ConvInteger", &conv_shape, Work::kConv},
    Op{"QLinearConv", &conv_shape, Work::kConv},
    Op{"DeformConv", &deform_conv, Work::kConv},
    Op{"ConvTranspose", &conv_shape, Work::kConvTranspose},
    Op{"AveragePool", &pool_shape, Work::kPool},
    Op{"MaxPool", &pool_shape, Work::kPool},
    Op{"LpPool", &pool_shape, Work::kPool, 2},
    Op{"GlobalAveragePool", &global_pool_shape, Work::kReduce},
    Op{"GlobalMaxPool", &global_pool_shape, Work::kReduce},
    Op{"GlobalLpPool", &global_pool_shape, Work::kReduce, 2},
    Op{"MaxUnpool", &max_unpool, Work::kMove},
    Op{"LSTM", &rnn_shape, Work::kRecurrent},
    Op{"GRU", &rnn_shape, Work::kRecurrent},
    Op{"RNN", &rnn_shape, Work::kRecurrent},
    Op{"Attention", &attention_shape, Work::kMultiHead},
    Op{"RotaryEmbedding", &rotary, Work::kElementwise, 4},
    Op{"QLinearAveragePool", &quantized_pool, Work::kPool},
    Op{"QLinearGlobalAveragePool", &quantized_pool, Work::kReduce},
};

}  // namespace

std::span<const Op> matrix_ops() {
  return kOps;
}

}  // namespace berth::onnx
