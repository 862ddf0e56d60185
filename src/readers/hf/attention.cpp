// Attention of any family: dimensions, latent attention, indexers, norms of queries and keys.
#include <fmt/format.h>

#include <algorithm>

#include "readers/hf/builders.hpp"

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
void add_token_indexer(HfConfig& config, const Attention& a, std::int64_t hidden, LayerGroup& layer) {
  const std::int64_t heads = config.need({"index_n_heads"}, 0);
  const std::int64_t dim = config.need({"index_head_dim"}, 0);
  const std::int64_t rank = a.latent ? a.latent->q_rank : hidden;
  layer.projections.push_back({"indexer.q_proj", rank, heads * dim, false});
  layer.projections.push_back({"indexer.k_proj", hidden, dim, false});
  layer.projections.push_back({"indexer.weights_proj", hidden, heads, false});
  add_norm(layer.extras, "indexer.k_norm", NormKind::kLayer, dim);
  layer.attention->selection = KeySelection{config.need({"index_topk"}, 2048), heads, dim};
}

// MiniMax-M3's block indexer: scores only, with norms of its own; it picks blocks of keys.
void add_block_indexer(HfConfig& config, std::int64_t hidden, LayerGroup& layer) {
  std::optional<HfConfig> sparse = config.object("sparse_attention_config");
  if (!sparse) return;
  const std::int64_t heads = sparse->need({"sparse_num_index_heads"}, 0);
  const std::int64_t dim = sparse->need({"sparse_index_dim"}, 0);
  const std::int64_t block = sparse->need({"sparse_block_size"}, 0);
  const std::int64_t blocks = sparse->need({"sparse_topk_blocks"}, 0);
  layer.projections.push_back({"indexer.q_proj", hidden, heads * dim, false});
  layer.projections.push_back({"indexer.k_proj", hidden, dim, false});
  add_norm(layer.extras, "indexer.q_norm", NormKind::kRms, dim);
  add_norm(layer.extras, "indexer.k_norm", NormKind::kRms, dim);
  layer.attention->selection = KeySelection{block * blocks, heads, dim};
  config.absorb(*sparse);
}

}  // namespace

void add_indexer(HfConfig& config, const Family& family, std::int64_t hidden, LayerGroup& layer) {
  const Attention attention = *layer.attention;
  if (family.indexer == Indexer::kLightning) add_token_indexer(config, attention, hidden, layer);
  if (family.indexer == Indexer::kBlocks) add_block_indexer(config, hidden, layer);
}

void add_query_key_norm(HfConfig& config, const Family& family, const Attention& a, LayerGroup& layer) {
  if (family.qk_norm == QueryKeyNorm::kNone || !config.flag(family.qk_norm_used.key, family.qk_norm_used.value)) return;
  if (layer.attention) layer.attention->query_key_norm = true;
  const bool shared = family.qk_norm == QueryKeyNorm::kShared;
  const NormKind kind = shared ? family.norm : NormKind::kLayerNoBias;
  add_norm(layer.extras, "attention.q_norm", kind, shared ? a.head_dim : a.heads * a.head_dim);
  add_norm(layer.extras, "attention.k_norm", kind, shared ? a.head_dim : a.kv_heads * a.head_dim);
}

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
  if (!family.latent) {
    const std::int64_t value_dim = config.find({"v_head_dim"}, kWidth).value_or(a.head_dim);
    if (value_dim != a.head_dim) a.value_head_dim = value_dim;
  } else {
    a.latent = latent_of(config);
    a.head_dim = a.latent->nope_head_dim + a.latent->rope_head_dim;
    a.kv_heads = a.heads;
  }
  return a;
}

// MiMo-V2: layers with a window have heads of their own.
Attention windowed_attention(HfConfig& config, const Attention& full, std::int64_t window) {
  Attention a = full;
  a.window = window;
  a.heads = config.find({"swa_num_attention_heads"}, kWidth).value_or(full.heads);
  a.kv_heads = config.find({"swa_num_key_value_heads"}, kWidth).value_or(full.kv_heads);
  a.head_dim = config.find({"swa_head_dim"}, kWidth).value_or(full.head_dim);
  a.value_head_dim = config.find({"swa_v_head_dim"}, kWidth).value_or(full.value_head_dim);
  if (a.kv_heads > 0 && a.heads % a.kv_heads != 0) {
    config.fail_with(
        ErrorCode::kInvalid,
        fmt::format("{} attention heads with a window can't share {} key heads evenly", a.heads, a.kv_heads));
  }
  return a;
}

}  // namespace berth
