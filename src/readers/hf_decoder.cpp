#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "readers/hf_builders.hpp"
#include "readers/hf_layer_plan.hpp"

namespace berth {
namespace {

std::int64_t kv_heads_of(HfConfig& config, const Family& family, std::int64_t heads) {
  // Falcon and GPT-BigCode: one key head unless said otherwise (configuration_falcon.py). ChatGLM: groups
  // only where switched on.
  if (family.type == "falcon" && !config.flag("new_decoder_architecture", false)) {
    return config.flag("multi_query", true) ? 1 : heads;
  }
  if (family.type == "gpt_bigcode") return config.flag("multi_query", true) ? 1 : heads;
  if (family.type == "chatglm" && !config.flag("multi_query_attention", false)) return heads;
  const Keys keys{"num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num", "kv_n_heads"};
  if (const auto found = config.find(keys, kWidth)) return *found;
  if (auto nested = config.optional_object("attn_config")) {
    const auto found = nested->find(keys, kWidth);
    config.absorb(*nested);
    if (found) return *found;
  }
  return family.kv_heads > 0 ? config.need(keys, family.kv_heads) : heads;
}

std::int64_t ffn_width(HfConfig& config, const Family& family, std::int64_t hidden) {
  if (const auto ratio = config.find({"expansion_ratio"}, {1, 1000})) return *ratio * hidden;
  if (const auto found = config.find(
          {"intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "ff_intermediate_size", "hidden_dim"})) {
    // Qwen's first generation states the width of both halves of the gated block together.
    return family.type == "qwen" ? *found / 2 : *found;
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
    const std::int64_t shared = from.find({"n_shared_experts"}, kLayers).value_or(0);
    f.shared_width = from.find({"shared_expert_intermediate_size", "moe_shared_expert_intermediate_size"})
                         .value_or(shared * f.expert_width);
    f.expert_hidden = from.find({"moe_latent_size"}).value_or(0);
    f.shared_gate = family.shared_gate && f.shared_width > 0;
    f.expert_bias = family.expert_bias;
    f.router_bias = family.router_bias;
  }
  if (nested) config.absorb(*nested);
  return f;
}

LatentAttention latent_of(HfConfig& config) {
  LatentAttention latent;
  latent.kv_rank = config.need({"kv_lora_rank"}, 0);
  latent.q_rank = config.find({"q_lora_rank"}).value_or(0);
  latent.rope_head_dim = config.need({"qk_rope_head_dim"}, 0, kWidthOrNone);
  latent.nope_head_dim = config.need({"qk_nope_head_dim"}, 0);
  latent.value_head_dim = config.need({"v_head_dim"}, 0);
  return latent;
}

// DeepSeek-V3.2's lightning indexer (inference/model.py beside the weights): picks the keys to look at.
void add_indexer(HfConfig& config, const LatentAttention& latent, std::int64_t hidden, LayerGroup& layer) {
  const std::int64_t heads = config.need({"index_n_heads"}, 0);
  const std::int64_t dim = config.need({"index_head_dim"}, 0);
  layer.projections.push_back({"indexer.q_proj", latent.q_rank, heads * dim, false});
  layer.projections.push_back({"indexer.k_proj", hidden, dim, false});
  layer.projections.push_back({"indexer.weights_proj", hidden, heads, false});
  add_norm(layer.extras, "indexer.k_norm", NormKind::kLayer, dim);
}

void add_query_key_norm(HfConfig& config, const Family& family, const Attention& a, LayerGroup& layer) {
  if (family.qk_norm == QueryKeyNorm::kNone || !config.flag(family.qk_norm_used.key, family.qk_norm_used.value)) return;
  layer.attention->query_key_norm = true;
  const bool shared = family.qk_norm == QueryKeyNorm::kShared;
  const NormKind kind = shared ? family.norm : NormKind::kLayerNoBias;
  add_norm(layer.extras, "attention.q_norm", kind, shared ? a.head_dim : a.heads * a.head_dim);
  add_norm(layer.extras, "attention.k_norm", kind, shared ? a.head_dim : a.kv_heads * a.head_dim);
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

void add_mixer(HfConfig& config, const Family& family, const Parts& parts, const LayerPlan& plan, LayerGroup& layer) {
  if (plan.mixer == Mixer::kRecurrent) {
    if (family.recurrent == Recurrent::kGatedDeltaNet) add_gated_delta_net(config, parts.dims.hidden, layer);
    if (family.recurrent == Recurrent::kMamba) add_mamba(config, parts.dims.hidden, layer);
    if (family.recurrent == Recurrent::kMamba2) add_mamba2(config, parts.dims.hidden, layer);
    if (family.recurrent == Recurrent::kNone) {
      config.fail_with(ErrorCode::kUnsupported,
                       fmt::format("'{}' has linear-attention layers, which aren't understood here", family.type));
    }
    return;
  }
  if (plan.mixer == Mixer::kNone) return;
  layer.attention = parts.attention;
  if (plan.mixer == Mixer::kWindow) layer.attention->window = parts.window;
  add_query_key_norm(config, family, parts.attention, layer);
  if (family.sinks) layer.extras.push_back({"attention.sinks", {parts.dims.heads}, 1, 1});
  if (plan.indexer) add_indexer(config, *parts.attention.latent, parts.dims.hidden, layer);
}

LayerGroup layer_of(HfConfig& config, const Family& family, const Parts& parts, const LayerPlan& plan) {
  LayerGroup layer;
  layer.norms = parts.norms;
  layer.norm = family.norm;
  add_mixer(config, family, parts, plan, layer);
  if (plan.block == Block::kDense) layer.ffn = parts.dense;
  if (plan.block == Block::kSparse) {
    layer.ffn = parts.experts;
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

void add_norm(std::vector<TensorGroup>& to, const std::string& name, NormKind kind, std::int64_t width) {
  if (kind == NormKind::kNone) return;
  to.push_back({name + ".weight", {width}, 1, 1});
  if (kind == NormKind::kLayer) to.push_back({name + ".bias", {width}, 1, 1});
}

HfDims read_dims(HfConfig& config, const Family& family) {
  HfDims dims;
  dims.hidden = config.need({"hidden_size", "n_embd", "d_model", "n_embed", "dim"}, family.hidden);
  dims.layers = config.find({"num_hidden_layers", "n_layer", "num_layers", "n_layers", "layers"}, kLayers).value_or(0);
  if (family.recurrent != Recurrent::kMamba2 && dims.layers == 0) {
    dims.layers = config.need({"num_hidden_layers"}, family.layers, {1, 1e5});
  }
  dims.heads = config.need({"num_attention_heads", "n_head", "n_heads", "num_heads"}, family.heads);
  dims.kv_heads = kv_heads_of(config, family, dims.heads);
  if (!config.ok()) return dims;
  if (dims.heads % dims.kv_heads != 0) {
    config.fail_with(ErrorCode::kInvalid,
                     fmt::format("{} attention heads can't share {} key heads evenly", dims.heads, dims.kv_heads));
  }
  const auto given = config.find({"head_dim", "attention_head_dim", "kv_channels", "d_kv"}, kWidth);
  dims.head_dim = given.value_or(family.head_dim);
  if (!given && family.head_dim > 0 && !family.latent) {
    config.note(fmt::format("head_dim not given: {}, the default of its model type", family.head_dim));
  }
  if (dims.head_dim == 0 && dims.hidden % dims.heads != 0 && !family.latent) {
    config.fail_with(
        ErrorCode::kInvalid,
        fmt::format("hidden size {} is no multiple of {} heads, and no head_dim is given", dims.hidden, dims.heads));
  }
  if (dims.head_dim == 0) dims.head_dim = std::max<std::int64_t>(1, dims.hidden / dims.heads);
  return dims;
}

Attention attention_of(const HfDims& dims, HfConfig& config, const Family& family) {
  Attention a;
  a.heads = dims.heads;
  a.kv_heads = dims.kv_heads;
  a.head_dim = dims.head_dim;
  a.q_bias = a.k_bias = a.v_bias = config.flag(family.qkv_bias.key, family.qkv_bias.value);
  a.output_bias = config.flag(family.output_bias.key, family.output_bias.value);
  a.output_gate = family.output_gate;
  if (family.latent) {
    a.latent = latent_of(config);
    a.head_dim = a.latent->nope_head_dim + a.latent->rope_head_dim;
    a.kv_heads = a.heads;
  }
  return a;
}

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
  parts.correction_bias = family.correction_bias || config.word("topk_method") == "noaux_tc";
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
  out.layout.stacks.push_back(std::move(stack));
}

}  // namespace berth
