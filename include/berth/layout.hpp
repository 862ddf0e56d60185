/// The layers of a network of transformer kind, group by group: what parameter counts and operator
/// tables are both worked out from.
///
/// A Transformer (model.hpp) is the short form of it; readers of model files fill the long form, which
/// also holds biases, norms, towers and recurrent layers. Holds dimensions, never weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth {

/// A group of equal parameter tensors.
struct TensorGroup {
  std::string name;  ///< "decoder.attention.q_proj.weight"
  std::vector<std::int64_t> shape;
  std::int64_t count = 1;   ///< how many such tensors
  std::int64_t active = 1;  ///< of these, used for one token (experts); = count when dense
};

/// Latent attention (DeepSeek's MLA, arXiv:2405.04434): ranks of the compressed projections.
struct LatentAttention {
  std::int64_t kv_rank = 0;
  std::int64_t q_rank = 0;  ///< 0: queries are not compressed
  std::int64_t rope_head_dim = 0;
  std::int64_t value_head_dim = 0;
  std::int64_t nope_head_dim = 0;  ///< 0: equal to value_head_dim
};

/// Sparse attention: an indexer scores all keys, and queries look at the best of them (DeepSeek-V3.2,
/// MiniMax-M3). All keys stay in the cache.
struct KeySelection {
  std::int64_t keys = 0;  ///< that a query looks at
  std::int64_t heads = 0;
  std::int64_t head_dim = 0;
};

/// Elements a channel: none 0, RMS and bias-free LayerNorm 1, LayerNorm 2.
enum class NormKind : std::uint8_t { kNone, kRms, kLayerNoBias, kLayer };

/// A linear layer that belongs to none of the blocks below.
struct Projection {
  std::string name;
  std::int64_t in = 0;
  std::int64_t out = 0;
  bool bias = false;
  double per_token = 1;  ///< times it runs for each token of its stack
};

struct Attention {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t value_head_dim = 0;  ///< 0: equal to head_dim
  std::int64_t window = 0;          ///< keys that a query sees; 0: all
  bool q_bias = false;
  bool k_bias = false;
  bool v_bias = false;
  bool output_bias = false;
  bool output_gate = false;  ///< queries bring a gate of their own width (Qwen3-Next)
  bool query_key_norm = false;
  std::optional<LatentAttention> latent;
  std::optional<KeySelection> selection;
};

struct FeedForward {
  std::int64_t width = 0;  ///< dense block; 0: none
  bool gated = false;
  bool bias = false;
  std::int64_t experts = 0;  ///< 0: dense
  std::int64_t experts_per_token = 0;
  std::int64_t expert_width = 0;
  std::int64_t expert_hidden = 0;  ///< what experts take in and give out, where that isn't the hidden width
  std::int64_t shared_width = 0;   ///< of all shared experts together
  bool expert_bias = false;
  bool router_bias = false;
  bool shared_gate = false;
};

/// `count` equal layers.
struct LayerGroup {
  std::int64_t count = 0;
  std::optional<Attention> attention;
  std::optional<Attention> cross_attention;  ///< keys and values from the stack before
  std::optional<FeedForward> ffn;
  std::int64_t norms = 0;  ///< over the hidden width
  NormKind norm = NormKind::kRms;
  std::vector<Projection> projections;  ///< further linear layers (state-space blocks, indexers)
  std::vector<TensorGroup> extras;      ///< further tensors of one layer
  /// Recurrent state of one sequence and layer, elements (state-space and linear-attention layers).
  double state_elements = 0;
};

struct Stack {
  std::string name;  ///< "decoder", "encoder", "vision", "audio"
  std::int64_t hidden = 0;
  std::int64_t output = 0;  ///< width of what the next stack gets; 0: equal to hidden
  bool causal = false;
  std::int64_t fixed_tokens = 0;  ///< tokens an item, where the sequence length doesn't say (image patches); 0: it does
  std::vector<LayerGroup> layers;
  std::vector<Projection> once;     ///< linear layers run once a token of the stack (patch embedding, projector)
  std::vector<TensorGroup> extras;  ///< tables, final norms, poolers
};

/// Stacks in the order they run. Text goes in at the last stack, or at the first for encoder-decoders.
struct Layout {
  std::vector<Stack> stacks;
  std::int64_t vocab = 0;            ///< rows of the token embedding; 0: none
  std::int64_t embedding_width = 0;  ///< 0: none
  bool has_head = false;             ///< logits over `vocab` are computed
  bool tied_head = false;            ///< with the embedding's own weights
  bool head_bias = false;
};

}  // namespace berth
