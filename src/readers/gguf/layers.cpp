#include "readers/gguf/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace berth {
namespace {

using Shape = std::vector<std::int64_t>;

// Names of the same thing, from llama.cpp's gguf-py/gguf/constants.py (TENSOR_NAMES).
constexpr std::string_view kNorms[] = {"attn_norm",
                                       "attn_norm_2",
                                       "ffn_norm",
                                       "ffn_norm_exps",
                                       "attn_post_norm",
                                       "post_attention_norm",
                                       "ffn_post_norm",
                                       "post_ffw_norm",
                                       "attn_output_norm",
                                       "layer_output_norm",
                                       "cross_attn_norm",
                                       "ln1",
                                       "ln2"};

// Takes tensors out of a layer, so that what is left is what nobody understood.
class Parts {
 public:
  explicit Parts(GgufLayer tensors) : tensors_(std::move(tensors)) {}

  [[nodiscard]] const Shape* find(std::string_view name) const {
    const auto it = tensors_.find(name);
    return it == tensors_.end() ? nullptr : &it->second;
  }
  // The shape of a matrix [out, in]; nullptr when absent or no matrix.
  [[nodiscard]] const Shape* matrix(std::string_view name) const {
    const Shape* shape = find(fmt::format("{}.weight", name));
    return shape != nullptr && shape->size() == 2 ? shape : nullptr;
  }
  [[nodiscard]] bool is(std::string_view name, std::int64_t out, std::int64_t in) const {
    const Shape* shape = matrix(name);
    return shape != nullptr && (*shape)[0] == out && (*shape)[1] == in;
  }
  bool take(std::string_view name) {
    const auto it = tensors_.find(name);
    if (it == tensors_.end()) return false;
    tensors_.erase(it);
    return true;
  }
  bool take_weight(std::string_view name) { return take(fmt::format("{}.weight", name)); }
  // A bias of `width` elements.
  bool take_bias(std::string_view name, std::int64_t width) {
    const std::string key = fmt::format("{}.bias", name);
    const Shape* shape = find(key);
    return shape != nullptr && *shape == Shape{width} && take(key);
  }
  [[nodiscard]] const GgufLayer& rest() const { return tensors_; }

 private:
  GgufLayer tensors_;
};

bool split_attention(Parts& parts, const GgufDims& d, Attention& a, std::string_view prefix) {
  const std::string q = fmt::format("{}_q", prefix);
  const std::string k = fmt::format("{}_k", prefix);
  const std::string v = fmt::format("{}_v", prefix);
  const Shape* queries = parts.matrix(q);
  if (queries == nullptr || (*queries)[1] != d.hidden) return false;
  a.output_gate = (*queries)[0] == 2 * a.heads * a.head_dim;  // Qwen3-Next
  const std::int64_t width = a.heads * a.head_dim * (a.output_gate ? 2 : 1);
  const std::int64_t values = a.kv_heads * a.value_head_dim;
  if (!parts.is(q, width, d.hidden) || !parts.is(k, a.kv_heads * a.head_dim, d.hidden) ||
      !parts.is(v, values, d.hidden)) {
    a.output_gate = false;
    return false;
  }
  for (const std::string& name : {q, k, v}) parts.take_weight(name);
  a.q_bias = parts.take_bias(q, width);
  a.k_bias = parts.take_bias(k, a.kv_heads * a.head_dim);
  a.v_bias = parts.take_bias(v, values);
  return true;
}

bool fused_attention(Parts& parts, const GgufDims& d, Attention& a) {
  const std::int64_t width = (a.heads + a.kv_heads) * a.head_dim + a.kv_heads * a.value_head_dim;
  if (!parts.is("attn_qkv", width, d.hidden)) return false;
  parts.take_weight("attn_qkv");
  a.q_bias = a.k_bias = a.v_bias = parts.take_bias("attn_qkv", width);
  return true;
}

// attn_kv_b, or its halves for keys (transposed, one slice a head) and values.
bool latent_attention(Parts& parts, const GgufDims& d, Attention& a) {
  if (d.kv_rank == 0 || d.rope_length == 0 || !parts.is("attn_kv_a_mqa", d.kv_rank + d.rope_length, d.hidden)) {
    return false;
  }
  LatentAttention latent;
  latent.kv_rank = d.kv_rank;
  latent.q_rank = d.q_rank;
  latent.rope_head_dim = d.rope_length;
  latent.nope_head_dim = d.key_length - d.rope_length;
  latent.value_head_dim = d.value_length;
  const std::int64_t q_in = d.q_rank > 0 ? d.q_rank : d.hidden;
  const bool joint = parts.is("attn_kv_b", d.heads * (latent.nope_head_dim + latent.value_head_dim), d.kv_rank);
  const Shape* keys = parts.find("attn_k_b.weight");
  const Shape* values = parts.find("attn_v_b.weight");
  const bool halves = keys != nullptr && *keys == Shape{d.heads, d.kv_rank, latent.nope_head_dim} &&
                      values != nullptr && *values == Shape{d.heads, latent.value_head_dim, d.kv_rank};
  if (latent.nope_head_dim <= 0 || !parts.is(d.q_rank > 0 ? "attn_q_b" : "attn_q", d.heads * d.key_length, q_in) ||
      (!joint && !halves)) {
    return false;
  }
  for (const char* name : {"attn_kv_a_mqa", "attn_q_a", "attn_q_b", "attn_kv_a_norm", "attn_q_a_norm"}) {
    parts.take_weight(name);
  }
  if (d.q_rank == 0) parts.take_weight("attn_q");
  if (joint) parts.take_weight("attn_kv_b");
  if (halves && !joint) {
    parts.take_weight("attn_k_b");
    parts.take_weight("attn_v_b");
  }
  a.latent = latent;
  a.kv_heads = a.heads;
  a.head_dim = d.key_length;
  return true;
}

std::optional<Attention> take_attention(Parts& parts, const GgufDims& d, std::string_view prefix) {
  if (d.heads <= 0 || d.hidden <= 0) return std::nullopt;
  Attention a;
  a.heads = d.heads;
  a.kv_heads = d.kv_heads > 0 ? d.kv_heads : d.heads;
  a.head_dim = d.key_length > 0 ? d.key_length : d.hidden / d.heads;
  a.value_head_dim = d.value_length > 0 ? d.value_length : a.head_dim;
  a.window = d.window;
  const bool latent = prefix == "attn" && latent_attention(parts, d, a);
  const bool found =
      latent || split_attention(parts, d, a, prefix) || (prefix == "attn" && fused_attention(parts, d, a));
  if (!found) return std::nullopt;
  const std::int64_t values = a.heads * (latent ? a.latent->value_head_dim : a.value_head_dim);
  for (const std::string& output :
       {fmt::format("{}_output", prefix), fmt::format("{}_o", prefix), fmt::format("{}_out", prefix)}) {
    if (!parts.is(output, d.hidden, values)) continue;
    parts.take_weight(output);
    a.output_bias = parts.take_bias(output, d.hidden);
  }
  a.query_key_norm = parts.find("attn_q_norm.weight") != nullptr;
  return a;
}

void take_dense(Parts& parts, const GgufDims& d, FeedForward& f) {
  const Shape* down = parts.matrix("ffn_down");
  if (down == nullptr || (*down)[0] != d.hidden) return;
  const std::int64_t width = (*down)[1];
  const bool fused = parts.is("ffn_up", 2 * width, d.hidden);  // gate and up in one (Phi-3, ChatGLM)
  if (!fused && !parts.is("ffn_up", width, d.hidden)) return;
  const bool gate = parts.is("ffn_gate", width, d.hidden);
  f.width = width;
  f.gated = fused || gate;
  for (const char* name : {"ffn_down", "ffn_up"}) parts.take_weight(name);
  if (gate) parts.take_weight("ffn_gate");
  // All or none: FeedForward::bias speaks for every part; single ones stay extras.
  const auto has = [&](const char* name, std::int64_t n) {
    const Shape* shape = parts.find(fmt::format("{}.bias", name));
    return shape != nullptr && *shape == Shape{n};
  };
  f.bias = has("ffn_down", d.hidden) && has("ffn_up", fused ? 2 * width : width) && (!gate || has("ffn_gate", width));
  if (!f.bias) return;
  for (const char* name : {"ffn_down.bias", "ffn_up.bias", "ffn_gate.bias"}) parts.take(name);
}

// Experts in one tensor each [experts, out, in]. Older files have a tensor an expert, "ffn_up.7.weight".
bool take_old_experts(Parts& parts, std::int64_t experts) {
  bool found = true;
  for (const char* part : {"ffn_gate", "ffn_up", "ffn_down"}) {
    for (std::int64_t e = 0; e < experts; ++e) found = found && parts.matrix(fmt::format("{}.{}", part, e)) != nullptr;
  }
  if (!found) return false;
  for (const char* part : {"ffn_gate", "ffn_up", "ffn_down"}) {
    for (std::int64_t e = 0; e < experts; ++e) parts.take_weight(fmt::format("{}.{}", part, e));
  }
  return true;
}

void take_experts(Parts& parts, const GgufDims& d, FeedForward& f) {
  const Shape* router = parts.matrix("ffn_gate_inp");
  if (router == nullptr || (*router)[1] != d.hidden || d.experts_per_token <= 0) return;
  const std::int64_t experts = (*router)[0];
  const Shape* down = parts.find("ffn_down_exps.weight");
  const Shape* old = parts.matrix("ffn_down.0");
  std::int64_t width = 0;
  if (down != nullptr && down->size() == 3 && (*down)[0] == experts && (*down)[1] == d.hidden) {
    width = (*down)[2];
    const Shape wide{experts, width, d.hidden};
    const Shape* up = parts.find("ffn_up_exps.weight");
    const Shape* gate = parts.find("ffn_gate_exps.weight");
    const Shape* both = parts.find("ffn_gate_up_exps.weight");
    if (both != nullptr && *both == Shape{experts, 2 * width, d.hidden}) {
      f.gated = true;
      parts.take_weight("ffn_gate_up_exps");
    } else if (up != nullptr && *up == wide) {
      f.gated = gate != nullptr && *gate == wide;
      parts.take_weight("ffn_up_exps");
      if (f.gated) parts.take_weight("ffn_gate_exps");
    } else {
      return;
    }
    parts.take_weight("ffn_down_exps");
  } else if (old != nullptr && (*old)[0] == d.hidden && experts <= 4096) {
    width = (*old)[1];
    if (!take_old_experts(parts, experts)) return;
    f.gated = true;
  } else {
    return;
  }
  f.experts = experts;
  f.experts_per_token = std::min(d.experts_per_token, experts);
  f.expert_width = width;
  parts.take_weight("ffn_gate_inp");
  f.router_bias = parts.take_bias("ffn_gate_inp", experts);
  const Shape* shared = parts.matrix("ffn_down_shexp");
  if (shared == nullptr || (*shared)[0] != d.hidden || !parts.is("ffn_up_shexp", (*shared)[1], d.hidden) ||
      f.gated != parts.is("ffn_gate_shexp", (*shared)[1], d.hidden)) {
    return;
  }
  f.shared_width = (*shared)[1];
  for (const char* name : {"ffn_down_shexp", "ffn_up_shexp", "ffn_gate_shexp"}) parts.take_weight(name);
  const Shape* gate = parts.find("ffn_gate_inp_shexp.weight");
  f.shared_gate = gate != nullptr && *gate == Shape{d.hidden} && parts.take_weight("ffn_gate_inp_shexp");
}

// Norms over the hidden width, all of the kind of the first.
void take_norms(Parts& parts, const GgufDims& d, LayerGroup& layer) {
  const auto has = [&](std::string_view name, const char* part) {
    const Shape* shape = parts.find(fmt::format("{}.{}", name, part));
    return shape != nullptr && *shape == Shape{d.hidden};
  };
  bool first = true;
  for (const std::string_view name : kNorms) {
    if (!has(name, "weight")) continue;
    const NormKind kind = has(name, "bias") ? NormKind::kLayer : NormKind::kRms;
    if (first) layer.norm = kind;
    first = false;
    if (kind != layer.norm) continue;  // stays an extra
    ++layer.norms;
    parts.take_weight(name);
    if (kind == NormKind::kLayer) parts.take_bias(name, d.hidden);
  }
}

void add_rest(const Parts& parts, LayerGroup& layer) {
  for (const auto& [name, shape] : parts.rest()) {
    const bool matrix = shape.size() == 2 && shape[0] > 1 && shape[1] > 1 && name.ends_with(".weight") &&
                        name.find("conv1d") == std::string::npos && name.find("norm") == std::string::npos;
    if (matrix) {
      layer.projections.push_back({name.substr(0, name.size() - 7), shape[1], shape[0], false});
    } else {
      layer.extras.push_back({name, shape, 1, 1});
    }
  }
}

}  // namespace

LayerGroup gguf_layer(GgufLayer tensors, const GgufDims& dims) {
  Parts parts(std::move(tensors));
  LayerGroup layer;
  layer.count = 1;
  layer.attention = take_attention(parts, dims, "attn");
  layer.cross_attention = take_attention(parts, dims, "cross_attn");
  FeedForward ffn;
  take_experts(parts, dims, ffn);
  FeedForward dense;
  if (ffn.experts == 0) {
    take_dense(parts, dims, dense);
    ffn = dense;
  }
  if (ffn.experts > 0 || ffn.width > 0) layer.ffn = ffn;
  take_norms(parts, dims, layer);
  const auto& rest = parts.rest();
  const bool recurrent = std::any_of(rest.begin(), rest.end(), [](const auto& t) {
    return t.first.starts_with("ssm_") || t.first.starts_with("time_mix_") || t.first.starts_with("shortconv");
  });
  if (recurrent) layer.state_elements = dims.state_elements;
  add_rest(parts, layer);
  return layer;
}

}  // namespace berth
