// A transformer as the estimate needs it: multiply-accumulate weights per layer, by kind.
#pragma once

#include "berth/model.hpp"

namespace berth::estimation {

// Counts are weights (= multiply-accumulates per token) unless said otherwise; biases and norms are
// left out (below 0.1 %).
struct Shape {
  double hidden = 0, heads = 0, kv_heads = 0, head_dim = 0;
  double score_dim = 0;      // per head: mean of the key and value widths, for attention FLOPs
  double layers = 0;         // of all stacks
  double dense_layers = 0;   // with a dense feed-forward block
  double expert_layers = 0;  // layers - dense_layers
  double attention = 0;      // of one layer (cross attention spread over all layers)
  double ffn_width = 0, expert_width = 0;
  double ffn = 0;     // of one dense block
  double expert = 0;  // of one expert
  double experts = 0, experts_per_token = 0, shared_experts = 0;
  double embedding = 0;  // vocabulary x hidden
  double vocab = 0;
  double other = 0;   // parameters besides: biases, norms, a vision tower; held in memory, no work counted
  double window = 0;  // 0: full attention
  double full_every = 1;
  double kv_per_token = 0;          // elements of the key-value cache, all layers
  bool kv_shared_by_heads = false;  // latent attention: tensor parallelism doesn't divide the cache
  bool tied = false, gated = false, causal = false;

  [[nodiscard]] double dense_weights() const {  // used by every token, embeddings left out
    return layers * attention + dense_layers * ffn + expert_layers * shared_experts * expert;
  }
  [[nodiscard]] double expert_weights() const { return expert_layers * experts * expert; }
  [[nodiscard]] double active_weights() const { return dense_weights() + expert_layers * experts_per_token * expert; }
  [[nodiscard]] double linear_weights() const { return dense_weights() + expert_weights(); }
  [[nodiscard]] double total_weights() const { return linear_weights() + embedding * (tied ? 1 : 2); }
};

Shape shape_of(const Transformer& transformer);
// The same, with `other` from the model's exact parameter count.
Shape shape_of(const Model& model);

// Mean number of keys that a layer reads for a query that follows `context` tokens.
double keys_per_layer(const Shape& shape, double context);

}  // namespace berth::estimation
