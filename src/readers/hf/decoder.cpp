#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "readers/hf/builders.hpp"
#include "readers/hf/layer_plan.hpp"

namespace berth {
namespace {

std::int64_t ffn_width(HfConfig& config, const Family& family, std::int64_t hidden) {
  if (const auto ratio = config.find({"expansion_ratio"}, {1, 1000})) return *ratio * hidden;
  // MiniMax-M3's intermediate_size is that of its experts.
  if (const auto found = config.find({"dense_intermediate_size", "intermediate_size", "n_inner", "ffn_dim",
                                      "ffn_hidden_size", "ff_intermediate_size", "hidden_dim"})) {
    return family.packed_gate ? *found / 2 : *found;
  }
  if (auto nested = config.optional_object("ffn_config")) {
    const auto found = nested->find({"ffn_hidden_size"});
    config.absorb(*nested);
    if (found) return *found;
  }
  // Where every layer has experts there is no dense width to give.
  if (config.has("moe_intermediate_size") && family.ffn == 0) return 0;
  return family.ffn_ratio > 0 ? family.ffn_ratio * hidden : config.need({"intermediate_size"}, family.ffn);
}

FeedForward experts_of(HfConfig& config, const Family& family, std::int64_t dense_width) {
  FeedForward f;
  f.gated = family.gated;
  std::optional<HfConfig> nested = config.optional_object("ffn_config");
  HfConfig& from = nested ? *nested : config;
  f.experts = from.find({"num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"}).value_or(0);
  if (f.experts <= 1) f.experts = 0;
  if (f.experts > 0) {
    f.experts_per_token =
        from.need({"num_experts_per_tok", "experts_per_token", "num_experts_per_token", "moe_top_k"}, 0);
    const auto width = from.find({"moe_intermediate_size"}, kWidth);
    f.expert_width = width || dense_width > 0 ? width.value_or(dense_width) : from.need({"moe_intermediate_size"}, 0);
    const std::int64_t shared = from.find({"n_shared_experts", "num_shared_experts"}, kLayers).value_or(0);
    f.shared_width =
        from.find({"shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "share_expert_dim"})
            .value_or(shared * f.expert_width);
    f.expert_hidden = from.find({"moe_latent_size", "routed_expert_hidden_size"}).value_or(0);
    f.shared_gate = family.shared_gate && f.shared_width > 0;
    f.expert_bias = family.expert_bias;
    f.router_bias = family.router_bias;
  }
  if (nested) config.absorb(*nested);
  return f;
}

std::int64_t norms_of(HfConfig& config, const Family& family) {
  // One norm feeds both blocks where they run side by side.
  if (family.type == "falcon" && !config.flag("new_decoder_architecture", false)) {
    return config.flag("parallel_attn", true) ? 1 : 2;
  }
  if (family.type == "stablelm" && config.flag("use_parallel_residual", false)) return 1;
  return family.norms;
}

// Everything that the layers of one model have in common.
struct Parts {
  HfDims dims;
  Attention attention;
  FeedForward dense;
  FeedForward experts;
  std::int64_t window = 0;
  std::int64_t norms = 2;
  bool correction_bias = false;
};

// Layers that look at the image (modeling_mllama.py): cross-attention with norms and gates of its own.
void add_crossing(const Parts& parts, LayerGroup& layer) {
  layer.cross_attention = parts.attention;
  add_norm(layer.extras, "cross_attention.q_norm", NormKind::kRms, parts.attention.head_dim);
  add_norm(layer.extras, "cross_attention.k_norm", NormKind::kRms, parts.attention.head_dim);
  layer.extras.push_back({"cross_attention.gate", {1}, 1, 1});
  layer.extras.push_back({"ffn.gate", {1}, 1, 1});
}

void add_recurrent(HfConfig& config, const Family& family, const Parts& parts, LayerGroup& layer) {
  switch (family.recurrent) {
    case Recurrent::kGatedDeltaNet: return add_gated_delta_net(config, parts.dims.hidden, layer);
    case Recurrent::kKimiDelta: return add_kimi_delta(config, parts.dims.hidden, layer);
    case Recurrent::kMamba: return add_mamba(config, parts.dims.hidden, layer);
    case Recurrent::kMamba2: return add_mamba2(config, parts.dims.hidden, layer);
    case Recurrent::kNone: break;
  }
  config.fail_with(ErrorCode::kUnsupported,
                   fmt::format("'{}' has linear-attention layers, which aren't understood here", family.type));
}

void add_mixer(HfConfig& config, const Family& family, const Parts& parts, const LayerPlan& plan, LayerGroup& layer) {
  if (plan.mixer == Mixer::kRecurrent) return add_recurrent(config, family, parts, layer);
  if (plan.mixer == Mixer::kCross) return add_crossing(parts, layer);
  if (plan.mixer == Mixer::kNone) return;
  const bool windowed = plan.mixer == Mixer::kWindow;
  layer.attention = windowed ? windowed_attention(config, parts.attention, parts.window) : parts.attention;
  add_query_key_norm(config, family, *layer.attention, layer);
  const char* sinks = windowed ? "add_swa_attention_sink_bias" : "add_full_attention_sink_bias";
  if (family.sinks || config.flag(sinks, false)) {
    layer.extras.push_back({"attention.sinks", {layer.attention->heads}, 1, 1});
  }
  if (config.flag("mla_use_output_gate", false)) {
    const std::int64_t width =
        parts.attention.heads * parts.attention.latent.value_or(LatentAttention{}).value_head_dim;
    layer.projections.push_back({"attention.gate_proj", parts.dims.hidden, width, false});
  }
  if (config.flag("use_head_wise_attn_gate", false)) {
    layer.projections.push_back({"attention.gate_proj", parts.dims.hidden, parts.attention.heads, false});
  }
  if (plan.indexer) add_indexer(config, family, parts.dims.hidden, layer);
}

LayerGroup layer_of(HfConfig& config, const Family& family, const Parts& parts, const LayerPlan& plan) {
  LayerGroup layer;
  layer.norms = parts.norms;
  layer.norm = family.norm;
  add_mixer(config, family, parts, plan, layer);
  if (plan.block == Block::kDense) layer.ffn = parts.dense;
  if (config.find({"attn_res_block_size"}, kLayers).value_or(0) > 0) {
    // Attention over earlier blocks in place of residual sums (Kimi K3, arXiv:2607.24653, section 2.2): a
    // query and a norm before each of the two parts of a layer.
    layer.extras.push_back({"residual_query", {parts.dims.hidden}, 2, 2});
    layer.extras.push_back({"residual_norm.weight", {parts.dims.hidden}, 2, 2});
  }
  if (plan.block == Block::kSparse) {
    layer.ffn = parts.experts;
    if (parts.experts.expert_hidden > 0 && config.flag("latent_moe_use_norm", false)) {
      add_norm(layer.extras, "experts.norm", NormKind::kRms, parts.experts.expert_hidden);
    }
    if (parts.correction_bias) layer.extras.push_back({"router.correction_bias", {parts.experts.experts}, 1, 1});
  }
  return layer;
}

std::vector<LayerGroup> groups_of(HfConfig& config, const Family& family, const Parts& parts,
                                  const std::vector<LayerPlan>& plan) {
  std::vector<LayerPlan> kinds;
  std::vector<LayerGroup> groups;
  for (const LayerPlan& layer : plan) {
    auto it = std::find(kinds.begin(), kinds.end(), layer);
    if (it == kinds.end()) {
      kinds.push_back(layer);
      groups.push_back(layer_of(config, family, parts, layer));
      it = kinds.end() - 1;
    }
    ++groups[static_cast<std::size_t>(it - kinds.begin())].count;
  }
  return groups;
}

void add_tables(HfConfig& config, const Family& family, HfReading& out, Stack& stack) {
  Layout& layout = out.layout;
  layout.vocab = config.need({"padded_vocab_size", "vocab_size"}, family.vocab);
  layout.embedding_width = config.find({"word_embed_proj_dim"}, kWidth).value_or(stack.hidden);
  if (layout.embedding_width != stack.hidden) {  // OPT-350m
    stack.once.push_back({"project_in", layout.embedding_width, stack.hidden, false});
    stack.once.push_back({"project_out", stack.hidden, layout.embedding_width, false});
  }
  const Keys keys{"max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "max_sequence_length"};
  if (family.extra_tokens > 0) {
    stack.extras.push_back({"extra_embedding.weight", {family.extra_tokens, layout.embedding_width}, 1, 1});
  }
  if (config.find({"attn_res_block_size"}, kLayers).value_or(0) > 0) {
    stack.extras.push_back({"residual_query", {stack.hidden}, 1, 1});
    stack.extras.push_back({"residual_norm.weight", {stack.hidden}, 1, 1});
  }
  out.transformer.max_positions = config.find(keys, kTokens).value_or(family.max_positions);
  if (family.positions) {
    out.transformer.max_positions = config.need(keys, family.max_positions, kWidth);
    stack.extras.push_back(
        {"position_embedding.weight", {out.transformer.max_positions + family.position_offset, stack.hidden}, 1, 1});
  }
  if (family.embedding_norm) add_norm(stack.extras, "embedding_norm", family.norm, stack.hidden);
  if (family.final_norm && config.flag("do_layer_norm_before", true)) {
    add_norm(stack.extras, "final_norm", family.norm, stack.hidden);
  }
}

// The short form, for what works from a Transformer.
void summarise(const Parts& parts, const std::vector<LayerPlan>& plan, HfReading& out) {
  Transformer& t = out.transformer;
  t.kind = Transformer::Kind::kDecoder;
  t.layers = static_cast<std::int64_t>(plan.size());
  t.hidden = parts.dims.hidden;
  t.heads = parts.attention.heads;
  t.kv_heads = parts.attention.kv_heads;
  t.head_dim = parts.attention.head_dim;
  t.latent = parts.attention.latent;
  t.ffn = parts.dense.width;
  t.gated_ffn = parts.dense.gated;
  t.vocab = out.layout.vocab;
  t.tied_embeddings = out.layout.tied_head;
  const auto count = [&](auto test) {
    return static_cast<std::int64_t>(std::count_if(plan.begin(), plan.end(), test));
  };
  const std::int64_t windowed = count([](const LayerPlan& l) { return l.mixer == Mixer::kWindow; });
  if (windowed > 0) {
    t.sliding_window = parts.window;
    t.full_attention_every = windowed == t.layers ? 0 : std::max<std::int64_t>(1, t.layers / (t.layers - windowed));
  }
  if (parts.experts.experts == 0) return;
  t.experts = parts.experts.experts;
  t.experts_per_token = parts.experts.experts_per_token;
  t.expert_ffn = parts.experts.expert_width;
  t.shared_experts = (parts.experts.shared_width + t.expert_ffn - 1) / t.expert_ffn;
  t.dense_layers = count([](const LayerPlan& l) { return l.block == Block::kDense; });
}

}  // namespace

void build_decoder(HfConfig& config, const Family& family, Head head, HfReading& out) {
  Parts parts;
  parts.dims = read_dims(config, family);
  parts.attention = attention_of(parts.dims, config, family);
  const std::int64_t width = ffn_width(config, family, parts.dims.hidden);
  parts.dense.width = width;
  parts.dense.gated = family.gated;
  parts.dense.bias = config.flag(family.mlp_bias.key, family.mlp_bias.value);
  parts.experts = experts_of(config, family, width);
  parts.norms = norms_of(config, family);
  parts.window = config.find({"sliding_window", "sliding_window_size"}, kTokens).value_or(0);
  parts.correction_bias =
      config.flag(family.correction_bias.key, family.correction_bias.value) || config.word("topk_method") == "noaux_tc";
  if (!config.ok()) return;
  const std::vector<LayerPlan> plan = plan_layers(config, family, parts.dims.layers, parts.window,
                                                  parts.experts.experts > 0 ? HasExperts::kYes : HasExperts::kNo);
  if (!config.ok()) return;
  Stack stack;
  stack.name = "decoder";
  stack.hidden = parts.dims.hidden;
  stack.causal = true;
  stack.layers = groups_of(config, family, parts, plan);
  add_tables(config, family, out, stack);
  out.layout.has_head = head == Head::kLogits;
  out.layout.tied_head = config.flag(family.tied.key, family.tied.value);
  out.layout.head_bias = family.head_bias;
  summarise(parts, plan, out);
  // Groups stand in order of their first layer: the one of the last layer.
  std::vector<LayerPlan> kinds;
  for (const LayerPlan& layer : plan) {
    if (std::find(kinds.begin(), kinds.end(), layer) == kinds.end()) kinds.push_back(layer);
  }
  const auto last = std::find(kinds.begin(), kinds.end(), plan.back()) - kinds.begin();
  out.layout.stacks.push_back(std::move(stack));
  LayerGroup like = out.layout.stacks.back().layers[static_cast<std::size_t>(last)];
  // Where only some layers have an indexer, prediction layers do (GLM-5.2's file).
  const bool lacks = family.indexer != Indexer::kNone && like.attention && !like.attention->selection;
  if (lacks) add_indexer(config, family, parts.dims.hidden, like);
  add_file_extras(config, family, like, out);
}

}  // namespace berth
