// com.microsoft: the operators that ONNX Runtime's optimiser and exporters write
// (docs/ContribOperators.md of microsoft/onnxruntime), and the quantised forms of standard ones.
#include <array>

#include "readers/onnx/matrix.hpp"
#include "readers/onnx/ops.hpp"

namespace berth::onnx {
namespace {

void packed_attention(Call& call) {
  const auto a = attention_sizes(call);
  if (!a) return;
  call.set(0, call.node->op == "QAttention" ? int{kFloat} : call.type_of(0),
           {a->batch, a->queries, product({a->heads, a->v_dim}, 0, 2)});
  call.set(1, call.type_of(0), {2, a->batch, a->heads, a->keys, a->qk_dim});
}

void given_heads(Call& call) {
  const auto a = attention_sizes(call);
  if (!a) return;
  call.set(0, call.type_of(0), {a->batch, a->queries, product({a->heads, a->v_dim}, 0, 2)});
  call.set(1, call.type_of(0), {a->batch, a->kv_heads, a->keys, a->qk_dim});
  call.set(2, call.type_of(0), {a->batch, a->kv_heads, a->keys, a->v_dim});
}

void skip_norm(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  call.set(0, x->type, x->dims);
  Dims kept = x->dims;
  if (!kept.empty()) kept.back() = 1;
  call.set(1, kFloat, kept);
  call.set(2, kFloat, std::move(kept));
  call.set(3, x->type, x->dims);
}

void embed_norm(Call& call) {
  const Value* ids = call.ranked(0);
  const Value* table = call.ranked(2);
  if (ids == nullptr || table == nullptr || ids->rank() != 2 || table->rank() != 2) return;
  const Dims dims{ids->dims[0], ids->dims[1], table->dims[1]};
  call.set(0, table->type, dims);
  call.set(1, kInt32, {ids->dims[0]});
  call.set(2, table->type, dims);
}

void matmul_nbits(Call& call) {
  const Value* x = call.ranked(0);
  const std::int64_t n = call.integer("N", kUnknown);
  if (x == nullptr || x->dims.empty() || n < 1) return;
  Dims dims = x->dims;
  dims.back() = n;
  call.set(0, x->type, std::move(dims));
}

void gather_block_quantized(Call& call) {
  gather_shape(call);
  if (call.out.empty() || call.out[0] == nullptr) return;
  call.out[0]->type = call.type_of(2);
  const Value* data = call.ranked(0);
  if (data != nullptr && data->type == kUint8 && call.integer("bits", 4) == 4 && !call.out[0]->dims.empty() &&
      call.out[0]->dims.back() > 0 && call.out[0]->dims.back() < (std::int64_t{1} << 40)) {
    call.out[0]->dims.back() *= 2;
  }
}

void quantized_concat(Call& call) {  // y_scale, y_zero_point, then (x, scale, zero point) each
  Call plain = call;
  plain.in.clear();
  for (std::size_t i = 2; i < call.in.size(); i += 3) plain.in.push_back(call.in[i]);
  concat_shape(plain);
}

void quantized_binary(Call& call) {
  const Value* a = call.ranked(0);
  const Value* b = call.ranked(3);
  if (a != nullptr && b != nullptr) call.set(0, a->type, broadcast(a->dims, b->dims));
}

void bias_split_gelu(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr || x->dims.empty()) return;
  Dims dims = x->dims;
  if (dims.back() > 0) dims.back() /= 2;
  call.set(0, x->type, std::move(dims));
}

void position_bias(Call& call) {
  const auto q = call.list(1, "");
  const auto k = call.list(2, "");
  const Value* table = call.ranked(0);
  if (table == nullptr || table->rank() != 2 || !q || !k || q->size() != 1 || k->size() != 1) return;
  call.set(0, table->type, {1, table->dims[1], (*q)[0], (*k)[0]});
}

constexpr Work kEach = Work::kElementwise;
constexpr double kFunction = 8;
constexpr std::array kOps{
    Op{"Attention", &packed_attention, Work::kAttention},
    Op{"QAttention", &packed_attention, Work::kAttention},
    Op{"MultiHeadAttention", &given_heads, Work::kMultiHead},
    Op{"GroupQueryAttention", &given_heads, Work::kMultiHead},
    Op{"DecoderMaskedMultiHeadAttention", &given_heads, Work::kMultiHead},
    Op{"SkipLayerNormalization", &skip_norm, Work::kSkipNorm, 8},
    Op{"SkipSimplifiedLayerNormalization", &skip_norm, Work::kSkipNorm, 5},
    Op{"SimplifiedLayerNormalization", &skip_norm, Work::kNorm, 4},
    Op{"SkipGroupNorm", &skip_norm, Work::kSkipNorm, 8},
    Op{"GroupNorm", &same_as_first, Work::kNorm, 7},
    Op{"EmbedLayerNormalization", &embed_norm, Work::kEmbedNorm, 9},
    Op{"QEmbedLayerNormalization", &embed_norm, Work::kEmbedNorm, 9},
    Op{"Gelu", &same_as_first, kEach, kFunction},
    Op{"FastGelu", &same_as_first, kEach, kFunction + 1},
    Op{"BiasGelu", &same_as_first, kEach, kFunction + 1},
    Op{"QuickGelu", &same_as_first, kEach, kFunction},
    Op{"BiasSplitGelu", &bias_split_gelu, kEach, kFunction + 2},
    Op{"BiasAdd", &same_as_first, kEach, 2},
    Op{"BiasDropout", &same_as_first, kEach, 2},
    Op{"BiasSoftmax", &same_as_first, Work::kSoftmax, 6},
    Op{"RotaryEmbedding", &same_as_first, kEach, 4},
    Op{"Trilu", &same_as_first, Work::kMove},
    Op{"FusedMatMul", &matmul_shape, Work::kMatMul},
    Op{"TransposeMatMul", &matmul_shape, Work::kMatMul},
    Op{"MatMulIntegerToFloat", &matmul_shape, Work::kMatMul},
    Op{"DynamicQuantizeMatMul", &matmul_shape, Work::kMatMul},
    Op{"MatMulNBits", &matmul_nbits, Work::kQuantMatMul},
    Op{"MatMulBnb4", &matmul_nbits, Work::kQuantMatMul},
    Op{"MatMulFpQ4", &matmul_nbits, Work::kQuantMatMul},
    Op{"FusedGemm", &gemm_shape, Work::kGemm},
    Op{"QGemm", &gemm_shape, Work::kGemm},
    Op{"FusedConv", &conv_shape, Work::kConv},
    Op{"QLinearConv", &conv_shape, Work::kConv},
    Op{"DynamicQuantizeLSTM", &rnn_shape, Work::kRecurrent},
    Op{"GatherBlockQuantized", &gather_block_quantized, Work::kGather},
    Op{"QLinearAdd", &quantized_binary, kEach, 4},
    Op{"QLinearMul", &quantized_binary, kEach, 4},
    Op{"QLinearSigmoid", &same_as_first, kEach},
    Op{"QLinearLeakyRelu", &same_as_first, kEach},
    Op{"QLinearSoftmax", &same_as_first, Work::kSoftmax, 6},
    Op{"QLinearConcat", &quantized_concat, Work::kMove},
    Op{"QLinearAveragePool", &pool_shape, Work::kPool},
    Op{"QLinearGlobalAveragePool", &global_pool_shape, Work::kReduce},
    Op{"RelativePositionBias", &position_bias, Work::kMove},
    Op{"MoE", &same_as_first, Work::kExperts},
    Op{"QMoE", &same_as_first, Work::kExperts},
    Op{"Inverse", &same_as_first, kEach, 8},
};

// ai.onnx.ml: what scikit-learn, XGBoost and LightGBM are exported to.
void scores_of(const Call& call, std::size_t output, std::int64_t outputs) {
  const Value* x = call.ranked(0);
  if (x == nullptr || x->dims.empty()) return;
  call.set(output, kFloat, {x->rank() > 1 ? x->dims[0] : 1, outputs});
}
std::int64_t length_of(const Call& call, std::string_view name) {
  const Attribute* a = call.attribute(name);
  if (a == nullptr) return 0;
  const auto strings = decode_strings(*a).size();
  return static_cast<std::int64_t>(strings > 0 ? strings
                                               : decode_ints(*a).value_or(std::vector<std::int64_t>()).size());
}
void regressor(Call& call) {
  scores_of(call, 0,
            call.node->op == "SVMRegressor"
                ? 1
                : call.integer(call.node->op == "LinearRegressor" ? "targets" : "n_targets", 1));
}
void classifier(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr || x->dims.empty()) return;
  std::int64_t classes = 0;
  bool words = false;
  for (const std::string_view name : {"classlabels_strings", "classlabels_int64s", "classlabels_ints"}) {
    const std::int64_t count = length_of(call, name);
    if (count > classes) {
      classes = count;
      words = name == "classlabels_strings";
    }
  }
  call.set(0, words ? int{kString} : int{kInt64}, {x->rank() > 1 ? x->dims[0] : 1});
  scores_of(call, 1, classes > 0 ? classes : kUnknown);
}
void encoded(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr) return;
  Dims dims = x->dims;
  dims.push_back(std::max(length_of(call, "cats_int64s"), length_of(call, "cats_strings")));
  call.set(0, kFloat, std::move(dims));
}
void as_floats(Call& call) {
  if (const Value* x = call.ranked(0)) call.set(0, kFloat, x->dims);
}
void columns(Call& call) {
  const Value* x = call.ranked(0);
  const Value* y = call.ranked(1);
  if (x == nullptr || y == nullptr || x->dims.empty()) return;
  Dims dims = x->dims;
  dims.back() = product(y->dims, 0, y->dims.size());
  if (dims.size() == 1) dims.insert(dims.begin(), 1);
  call.set(0, x->type, std::move(dims));
}
void joined(Call& call) {
  std::int64_t width = 0;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    const Value* x = call.ranked(i);
    if (x == nullptr || x->dims.empty() || x->dims.back() < 0 || x->dims.back() > (1 << 30)) return;
    width += x->dims.back();
  }
  const Value* x = call.ranked(0);
  if (x != nullptr) call.set(0, kFloat, {x->rank() > 1 ? x->dims[0] : 1, width});
}
void no_shape(Call&) {}

constexpr std::array kMlOps{
    Op{"TreeEnsembleRegressor", &regressor, Work::kTrees},
    Op{"TreeEnsembleClassifier", &classifier, Work::kTrees},
    Op{"TreeEnsemble", &regressor, Work::kTrees},
    Op{"LinearRegressor", &regressor, Work::kLinearModel},
    Op{"LinearClassifier", &classifier, Work::kLinearModel},
    Op{"SVMRegressor", &regressor, Work::kLinearModel},
    Op{"SVMClassifier", &classifier, Work::kLinearModel},
    Op{"Scaler", &as_floats, kEach, 2},
    Op{"Normalizer", &as_floats, Work::kNorm, 4},
    Op{"Imputer", &same_as_first, kEach},
    Op{"Binarizer", &same_as_first, kEach},
    Op{"LabelEncoder", &same_as_first, Work::kMove},
    Op{"CategoryMapper", &same_as_first, Work::kMove},
    Op{"OneHotEncoder", &encoded, Work::kMove},
    Op{"ArrayFeatureExtractor", &columns, Work::kMove},
    Op{"FeatureVectorizer", &joined, Work::kMove},
    Op{"DictVectorizer", &no_shape, Work::kNone},
    Op{"CastMap", &no_shape, Work::kNone},
    Op{"ZipMap", &no_shape, Work::kNone},
};

}  // namespace

std::span<const Op> microsoft_ops() {
  return kOps;
}
std::span<const Op> ml_ops() {
  return kMlOps;
}

}  // namespace berth::onnx
