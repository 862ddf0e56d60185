#include <fmt/format.h>

#include <algorithm>

#include "berth/model.hpp"

namespace berth {
namespace {

// Collects tensors under one prefix, `count` of each.
class Collector {
 public:
  Collector(std::vector<TensorGroup>& out, std::string prefix, std::int64_t count)
      : out_(out), prefix_(std::move(prefix)), count_(count) {}

  void add(std::string_view name, std::vector<std::int64_t> shape) {
    add_active(name, std::move(shape), count_, count_);
  }
  void add_active(std::string_view name, std::vector<std::int64_t> shape, std::int64_t count, std::int64_t active) {
    out_.push_back({fmt::format("{}.{}", prefix_, name), std::move(shape), count, active});
  }
  void linear(const Projection& layer) {
    add(layer.name + ".weight", {layer.out, layer.in});
    if (layer.bias) add(layer.name + ".bias", {layer.out});
  }
  void extra(const TensorGroup& group) {
    add_active(group.name, group.shape, group.count * count_, group.active * count_);
  }
  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  std::vector<TensorGroup>& out_;
  std::string prefix_;
  std::int64_t count_;
};

void add_norm(Collector& to, std::string_view name, NormKind kind, std::int64_t width) {
  if (kind == NormKind::kNone) return;
  to.add(fmt::format("{}.weight", name), {width});
  if (kind == NormKind::kLayer) to.add(fmt::format("{}.bias", name), {width});
}

void add_latent(Collector& to, const Attention& a, std::int64_t hidden) {
  const LatentAttention& latent = *a.latent;
  const std::int64_t nope = latent.nope_head_dim;
  const std::int64_t q_out = a.heads * (nope + latent.rope_head_dim);
  if (latent.q_rank > 0) {
    to.linear({"attention.q_a_proj", hidden, latent.q_rank, a.q_bias});
    to.add("attention.q_a_norm.weight", {latent.q_rank});
    to.linear({"attention.q_b_proj", latent.q_rank, q_out});
  } else {
    to.linear({"attention.q_proj", hidden, q_out});
  }
  to.linear({"attention.kv_a_proj", hidden, latent.kv_rank + latent.rope_head_dim, a.k_bias});
  to.add("attention.kv_a_norm.weight", {latent.kv_rank});
  to.linear({"attention.kv_b_proj", latent.kv_rank, a.heads * (nope + latent.value_head_dim)});
  to.linear({"attention.o_proj", a.heads * latent.value_head_dim, hidden, a.output_bias});
}

void add_attention(Collector& to, const Attention& a, std::int64_t hidden, std::int64_t memory_hidden,
                   const std::string& name) {
  if (a.latent) return add_latent(to, a, hidden);
  const std::int64_t value_dim = a.value_head_dim > 0 ? a.value_head_dim : a.head_dim;
  to.linear({name + ".q_proj", hidden, a.heads * a.head_dim * (a.output_gate ? 2 : 1), a.q_bias});
  to.linear({name + ".k_proj", memory_hidden, a.kv_heads * a.head_dim, a.k_bias});
  to.linear({name + ".v_proj", memory_hidden, a.kv_heads * value_dim, a.v_bias});
  to.linear({name + ".o_proj", a.heads * value_dim, hidden, a.output_bias});
}

void add_ffn(Collector& to, std::string_view name, std::int64_t hidden, std::int64_t width, const FeedForward& f) {
  const auto projection = [&](std::string_view part, std::int64_t in, std::int64_t out) {
    to.linear({fmt::format("{}.{}", name, part), in, out, f.bias});
  };
  if (f.gated) projection("gate_proj", hidden, width);
  projection("up_proj", hidden, width);
  projection("down_proj", width, hidden);
}

void add_experts(Collector& to, std::int64_t hidden, const FeedForward& f) {
  to.linear({"router", hidden, f.experts, f.router_bias});
  const std::int64_t all = to.count() * f.experts;
  const std::int64_t active = to.count() * std::min(f.experts_per_token, f.experts);
  const auto expert = [&](std::string_view part, std::int64_t in, std::int64_t out) {
    to.add_active(fmt::format("experts.{}.weight", part), {out, in}, all, active);
    if (f.expert_bias) to.add_active(fmt::format("experts.{}.bias", part), {out}, all, active);
  };
  const std::int64_t inside = f.expert_hidden > 0 ? f.expert_hidden : hidden;
  if (f.gated) expert("gate_proj", inside, f.expert_width);
  expert("up_proj", inside, f.expert_width);
  expert("down_proj", f.expert_width, inside);
  if (f.expert_hidden > 0) {
    to.linear({"experts.in_proj", hidden, inside});
    to.linear({"experts.out_proj", inside, hidden});
  }
  if (f.shared_width > 0) add_ffn(to, "shared_expert", hidden, f.shared_width, f);
  if (f.shared_gate) to.linear({"shared_expert_gate", hidden, 1});
}

void add_layers(Collector to, const LayerGroup& group, std::int64_t hidden, std::int64_t memory_hidden) {
  if (group.attention) add_attention(to, *group.attention, hidden, hidden, "attention");
  if (group.cross_attention) add_attention(to, *group.cross_attention, hidden, memory_hidden, "cross_attention");
  for (const Projection& projection : group.projections) to.linear(projection);
  if (group.ffn && group.ffn->width > 0) add_ffn(to, "ffn", hidden, group.ffn->width, *group.ffn);
  if (group.ffn && group.ffn->experts > 0) add_experts(to, hidden, *group.ffn);
  if (group.norms > 0) {
    Collector norms = to;
    for (std::int64_t i = 0; i < group.norms; ++i) add_norm(norms, fmt::format("norm_{}", i + 1), group.norm, hidden);
  }
  for (const TensorGroup& extra : group.extras) to.extra(extra);
}

}  // namespace

std::vector<TensorGroup> layout_tensors(const Layout& layout) {
  std::vector<TensorGroup> out;
  if (layout.vocab > 0) Collector(out, "embedding", 1).add("weight", {layout.vocab, layout.embedding_width});
  std::int64_t memory_hidden = 0;
  for (const Stack& stack : layout.stacks) {
    Collector once(out, stack.name, 1);
    for (const Projection& projection : stack.once) once.linear(projection);
    for (const LayerGroup& group : stack.layers) {
      if (group.count > 0) add_layers(Collector(out, stack.name, group.count), group, stack.hidden, memory_hidden);
    }
    for (const TensorGroup& extra : stack.extras) once.extra(extra);
    memory_hidden = stack.output > 0 ? stack.output : stack.hidden;
  }
  Collector head(out, "head", 1);
  if (layout.has_head && !layout.tied_head) head.add("weight", {layout.vocab, layout.embedding_width});
  if (layout.has_head && layout.head_bias) head.add("bias", {layout.vocab});
  return out;
}

}  // namespace berth
