#include "readers/onnx/matrix.hpp"

#include <algorithm>
#include <array>

#include "readers/onnx/window.hpp"

namespace berth::onnx {

Factors factors_of(const Call& call) {
  const std::string_view op = call.node->op;
  if (op == "QLinearConv" || op == "QGemm") return {0, 3, op == "QGemm" ? std::size_t{6} : std::size_t{8}};
  if (op == "QLinearMatMul") return {0, 3, 99};
  if (op == "MatMulInteger" || op == "ConvInteger") return {0, 1, 99};
  if (op == "MatMulIntegerToFloat" || op == "DynamicQuantizeMatMul")
    return {0, 1, op[0] == 'M' ? std::size_t{6} : std::size_t{4}};
  return {};
}

std::optional<MatMulSizes> matmul_sizes(const Call& call) {
  const Factors factors = factors_of(call);
  const Value* a = call.ranked(factors.a);
  const Value* b = call.ranked(factors.b);
  if (a == nullptr || b == nullptr || a->dims.empty() || b->dims.empty()) return std::nullopt;
  Dims left = a->dims;
  Dims right = b->dims;
  MatMulSizes out;
  if (left.size() == 1) {
    left.insert(left.begin(), 1);
    out.drops_m = true;
  }
  if (right.size() == 1) {
    right.push_back(1);
    out.drops_n = true;
  }
  // com.microsoft.FusedMatMul
  if (call.integer("transA", 0) != 0) std::swap(left[left.size() - 1], left[left.size() - 2]);
  if (call.integer("transB", 0) != 0) std::swap(right[right.size() - 1], right[right.size() - 2]);
  out.m = left[left.size() - 2];
  out.k = left.back() >= 0 ? left.back() : right[right.size() - 2];
  out.n = right.back();
  out.batch = broadcast(Dims(left.begin(), left.end() - 2), Dims(right.begin(), right.end() - 2));
  return out;
}

namespace {

std::int64_t at_or(const std::vector<std::int64_t>& list, std::size_t i, std::int64_t otherwise) {
  return i < list.size() ? list[i] : otherwise;
}

// Sizes that ONNX allows, small enough that sums and products of a few stay below 2^63.
constexpr std::int64_t kLargest = std::int64_t{1} << 30;
bool sane(std::int64_t value, std::int64_t least) {
  return value >= least && value <= kLargest;
}

std::int64_t transposed_count(const Call& call, std::size_t i, std::size_t axes, std::int64_t size,
                              std::int64_t kernel) {
  const std::vector<std::int64_t> given = call.integers("output_shape");
  if (given.size() >= axes) return std::max(given[given.size() - axes + i], kUnknown);
  const std::int64_t stride = at_or(call.integers("strides"), i, 1);
  const std::int64_t dilation = at_or(call.integers("dilations"), i, 1);
  const std::int64_t extra = at_or(call.integers("output_padding"), i, 0);
  const std::vector<std::int64_t> pads = call.integers("pads");
  if (!sane(size, 1) || !sane(stride, 1) || !sane(dilation, 1) || !sane(kernel, 1) || !sane(extra, 0)) return kUnknown;
  if (call.word("auto_pad", "NOTSET").starts_with("SAME")) return size * stride;
  const std::int64_t before = at_or(pads, i, 0);
  const std::int64_t after = at_or(pads, i + axes, 0);
  if (before < -kLargest || before > kLargest || after < -kLargest || after > kLargest) return kUnknown;
  return std::max(kUnknown, stride * (size - 1) + extra + dilation * (kernel - 1) + 1 - before - after);
}

}  // namespace

// Length of one axis after a window has passed over it; kUnknown when it can't be told.
std::int64_t window_count(const Call& call, std::size_t i, std::size_t axes, std::int64_t size, std::int64_t kernel) {
  const std::vector<std::int64_t> strides = call.integers("strides");
  const std::vector<std::int64_t> dilations = call.integers("dilations");
  const std::vector<std::int64_t> pads = call.integers("pads");
  const std::int64_t stride = at_or(strides, i, 1);
  const std::int64_t dilation = at_or(dilations, i, 1);
  if (size < 0 || size > (std::int64_t{1} << 50) || !sane(stride, 1) || !sane(dilation, 1) || !sane(kernel, 1))
    return kUnknown;
  const std::string_view mode = call.word("auto_pad", "NOTSET");
  if (mode.starts_with("SAME")) return (size + stride - 1) / stride;
  const bool valid = mode == "VALID";
  const std::int64_t before = valid ? 0 : at_or(pads, i, 0);
  const std::int64_t after = valid ? 0 : at_or(pads, i + axes, 0);
  if (before < -kLargest || before > kLargest || after < -kLargest || after > kLargest) return kUnknown;
  if (dilation > kLargest / kernel) return kUnknown;
  const std::int64_t span = size + before + after - (dilation * (kernel - 1) + 1);
  if (span < 0) return 0;
  const bool up = call.integer("ceil_mode", 0) != 0;
  std::int64_t count = (span + (up ? stride - 1 : 0)) / stride + 1;
  // A last window that would start in the padding behind is left out.
  if (up && (count - 1) * stride >= size + before) --count;
  return count;
}

std::optional<ConvSizes> conv_sizes(const Call& call) {
  const Factors factors = factors_of(call);
  const Value* x = call.ranked(factors.a);
  const Value* w = call.ranked(factors.b);
  if (x == nullptr || w == nullptr || x->rank() < 3 || w->rank() != x->rank()) return std::nullopt;
  const bool transposed = call.node->op == "ConvTranspose";
  ConvSizes out;
  out.groups = call.integer("group", 1);
  if (!sane(out.groups, 1)) return std::nullopt;
  out.batch = x->dims[0];
  out.in_channels = x->dims[1];
  out.out_channels = w->dims[0];
  if (transposed) {
    out.in_channels = w->dims[0];
    out.out_channels = w->dims[1] < 0 ? kUnknown : product({w->dims[1], out.groups}, 0, 2);
  } else if (out.in_channels < 0) {
    out.in_channels = w->dims[1] < 0 ? kUnknown : product({w->dims[1], out.groups}, 0, 2);
  }
  const std::size_t axes = x->dims.size() - 2;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t kernel = w->dims[2 + i];
    out.window = out.window < 0 || kernel < 0 ? kUnknown : product({out.window, kernel}, 0, 2);
    out.space_in.push_back(x->dims[2 + i]);
    out.space_out.push_back(transposed ? transposed_count(call, i, axes, x->dims[2 + i], kernel)
                                       : window_count(call, i, axes, x->dims[2 + i], kernel));
  }
  return out;
}

std::optional<RecurrentSizes> recurrent_sizes(const Call& call) {
  const Value* x = call.ranked(0);
  const Value* r = call.ranked(2);
  if (x == nullptr || x->rank() != 3) return std::nullopt;
  RecurrentSizes out;
  const std::string_view op = call.node->op;
  out.gates = op == "GRU" ? 3 : op == "RNN" ? 1 : 4;
  const bool batch_first = call.integer("layout", 0) != 0;
  out.steps = x->dims[batch_first ? 1 : 0];
  out.batch = x->dims[batch_first ? 0 : 1];
  out.input = x->dims[2];
  out.directions = call.word("direction", "forward") == "bidirectional" ? 2 : 1;
  out.hidden = call.integer("hidden_size", r != nullptr && r->rank() == 3 ? r->dims[2] : kUnknown);
  if (out.hidden < 1) return std::nullopt;
  return out;
}

namespace {

// [batch, heads, length, dim], or [batch, length, heads · dim].
struct Heads {
  std::int64_t batch = kUnknown, heads = kUnknown, length = kUnknown, dim = kUnknown;
};
std::optional<Heads> heads_of(const Value* value, std::int64_t heads) {
  if (value == nullptr || !value->known()) return std::nullopt;
  if (value->rank() == 4) return Heads{value->dims[0], value->dims[1], value->dims[2], value->dims[3]};
  if (value->rank() != 3 || heads < 1) return std::nullopt;
  return Heads{value->dims[0], heads, value->dims[1], value->dims[2] / heads};
}

std::optional<AttentionSizes> packed_attention(const Call& call, std::int64_t heads) {
  const Value* x = call.ranked(0);
  const Value* w = call.ranked(1);
  if (x == nullptr || !x->known() || x->rank() != 3 || w == nullptr || w->rank() != 2 || w->dims[1] < 3)
    return std::nullopt;
  const std::vector<std::int64_t> sizes = call.integers("qkv_hidden_sizes");
  const std::int64_t query = sizes.size() == 3 ? sizes[0] : w->dims[1] / 3;
  const std::int64_t value = sizes.size() == 3 ? sizes[2] : w->dims[1] / 3;
  if (query < heads || value < heads) return std::nullopt;
  AttentionSizes out{x->dims[0], heads, heads, x->dims[1], x->dims[1], query / heads, value / heads, x->dims[2]};
  const std::size_t at = call.node->op == "QAttention" ? 8 : 4;
  if (const Value* past = call.ranked(at); past != nullptr && past->rank() == 5 && past->dims[3] > 0)
    out.keys += past->dims[3];
  return out;
}

}  // namespace

std::optional<AttentionSizes> attention_sizes(const Call& call) {
  const bool microsoft = call.node->domain == "com.microsoft";
  const std::string_view op = call.node->op;
  const std::int64_t heads = call.integer(microsoft ? "num_heads" : "q_num_heads", 0);
  if (microsoft && (op == "Attention" || op == "QAttention")) {
    return heads < 1 || heads > kLargest ? std::nullopt : packed_attention(call, heads);
  }
  std::int64_t kv_heads = call.integer(microsoft ? "kv_num_heads" : "kv_num_heads", heads);
  if (kv_heads < 1) kv_heads = heads;
  std::optional<Heads> q = heads_of(call.ranked(0), heads);
  std::optional<Heads> k = heads_of(call.ranked(1), kv_heads);
  std::optional<Heads> v = heads_of(call.ranked(2), kv_heads);
  if (!q) return std::nullopt;
  if (!k && call.input(1) == nullptr && heads > 0) {  // queries, keys and values side by side
    const std::int64_t all = heads + 2 * kv_heads;
    q->dim = all > 0 ? q->dim * heads / all : kUnknown;
    k = v = Heads{q->batch, kv_heads, q->length, q->dim};
  }
  if (!k) return std::nullopt;
  if (!v) v = k;
  AttentionSizes out{q->batch, q->heads, k->heads, q->length, k->length, q->dim, v->dim, 0};
  const std::size_t past_at = !microsoft                                ? 4
                              : op == "GroupQueryAttention"             ? 3
                              : op == "DecoderMaskedMultiHeadAttention" ? 5
                                                                        : 6;
  const Value* past = call.ranked(past_at);
  if (past != nullptr && past->rank() == 4 && past->dims[2] > 0) {
    // A shared buffer holds past and present; its length is then the longest that fits.
    out.keys = op == "GroupQueryAttention" ? std::max(past->dims[2] + k->length, k->length) : past->dims[2] + k->length;
  }
  return out;
}

namespace {

struct Terms {
  std::vector<std::string> in;
  std::string out;
};

// "bij,bjk->bik"; an ellipsis is left to the caller (nullopt).
std::optional<Terms> parse_equation(std::string_view text) {
  if (text.size() > 300) return std::nullopt;
  Terms terms;
  terms.in.emplace_back();
  bool right = false;
  std::array<int, 128> seen{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (c == '-' && i + 1 < text.size() && text[i + 1] == '>') {
      right = true;
      ++i;
    } else if (c == ',' && !right) {
      terms.in.emplace_back();
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      (right ? terms.out : terms.in.back()) += c;
      if (!right) ++seen[static_cast<unsigned char>(c)];
    } else {
      return std::nullopt;
    }
  }
  if (!right) {  // labels that occur once, in order
    for (std::size_t c = 0; c < seen.size(); ++c) {
      if (seen[c] == 1) terms.out += static_cast<char>(c);
    }
  }
  return terms;
}

}  // namespace

std::optional<EinsumSizes> einsum_sizes(const Call& call) {
  const std::optional<Terms> terms = parse_equation(call.word("equation"));
  if (!terms || terms->in.size() != call.in.size()) return std::nullopt;
  std::array<std::int64_t, 128> size{};
  std::array<int, 128> where{};  // bit i: in operand i (the last bit for all from the second on)
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    const Value* x = call.ranked(i);
    if (x == nullptr || x->dims.size() != terms->in[i].size()) return std::nullopt;
    for (std::size_t j = 0; j < x->dims.size(); ++j) {
      const auto label = static_cast<unsigned char>(terms->in[i][j]);
      if (size[label] < 2) size[label] = x->dims[j];
      where[label] |= i == 0 ? 1 : 2;
    }
  }
  EinsumSizes out;
  std::array<bool, 128> kept{};
  for (const char c : terms->out) {
    kept[static_cast<unsigned char>(c)] = true;
    out.out.push_back(size[static_cast<unsigned char>(c)]);
  }
  const auto times = [&](std::int64_t& part, std::int64_t by) {
    part = part < 0 ? kUnknown : product({part, by}, 0, 2);
  };
  for (std::size_t c = 0; c < where.size(); ++c) {
    if (where[c] == 0) continue;
    if (where[c] == 3) times(kept[c] ? out.batch : out.k, size[c]);
    if (where[c] == 1) times(kept[c] ? out.m : out.k, size[c]);
    if (where[c] == 2) times(kept[c] ? out.n : out.k, size[c]);
  }
  return out;
}

}  // namespace berth::onnx
