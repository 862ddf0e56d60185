#include "estimate/shape.hpp"

#include <algorithm>

namespace berth::estimation {
namespace {

// Projections of one self-attention block. Latent attention: DeepSeek-V2, arXiv:2405.04434, eq. 9-17.
double attention_weights(const Transformer& t) {
  const double hidden = static_cast<double>(t.hidden);
  const double heads = static_cast<double>(t.heads);
  if (!t.latent) {
    return hidden * static_cast<double>(t.head_dim) * (2 * heads + 2 * static_cast<double>(t.kv_heads));
  }
  const LatentAttention& l = *t.latent;
  const double value = static_cast<double>(l.value_head_dim);
  const double nope = static_cast<double>(l.nope_head_dim > 0 ? l.nope_head_dim : l.value_head_dim);
  const double rope = static_cast<double>(l.rope_head_dim);
  const double kv_rank = static_cast<double>(l.kv_rank);
  const double q_rank = static_cast<double>(l.q_rank);
  const double queries = q_rank > 0 ? hidden * q_rank + q_rank * heads * (nope + rope) : hidden * heads * (nope + rope);
  return queries + hidden * (kv_rank + rope) + kv_rank * heads * (nope + value) + heads * value * hidden;
}

}  // namespace

Shape shape_of(const Transformer& t) {
  Shape s;
  s.hidden = static_cast<double>(t.hidden);
  s.heads = static_cast<double>(t.heads);
  s.kv_heads = static_cast<double>(t.kv_heads > 0 ? t.kv_heads : t.heads);
  s.head_dim = t.head_dim > 0 ? static_cast<double>(t.head_dim) : s.hidden / s.heads;
  const double decoder = static_cast<double>(t.layers);
  const bool two_stacks = t.kind == Transformer::Kind::kEncoderDecoder;
  const double encoder = two_stacks ? static_cast<double>(t.encoder_layers > 0 ? t.encoder_layers : t.layers) : 0;
  s.layers = decoder + encoder;
  // A decoder layer of an encoder-decoder has a second attention block, on the encoder's output.
  s.attention = attention_weights(t) * (two_stacks ? (encoder + 2 * decoder) / s.layers : 1);
  s.causal = t.kind == Transformer::Kind::kDecoder;
  s.gated = t.gated_ffn;
  s.ffn_width = static_cast<double>(t.ffn > 0 ? t.ffn : t.expert_ffn);
  s.expert_width = static_cast<double>(t.expert_ffn > 0 ? t.expert_ffn : t.ffn);
  const double matrices = t.gated_ffn ? 3 : 2;
  s.ffn = matrices * s.hidden * s.ffn_width;
  s.expert = matrices * s.hidden * s.expert_width;
  s.experts = static_cast<double>(t.experts);
  s.experts_per_token = static_cast<double>(t.experts > 0 ? std::max<std::int64_t>(1, t.experts_per_token) : 0);
  s.shared_experts = static_cast<double>(t.shared_experts);
  s.dense_layers = t.experts > 0 ? static_cast<double>(std::min(t.dense_layers, t.layers)) + encoder : s.layers;
  s.expert_layers = s.layers - s.dense_layers;
  s.vocab = static_cast<double>(t.vocab);
  s.embedding = s.vocab * s.hidden;
  s.tied = t.tied_embeddings || t.kind == Transformer::Kind::kEncoder;
  s.window = static_cast<double>(t.sliding_window);
  s.full_every = static_cast<double>(std::max<std::int64_t>(1, t.full_attention_every));
  if (t.latent) {
    const LatentAttention& l = *t.latent;
    s.kv_per_token = static_cast<double>(l.kv_rank + l.rope_head_dim) * decoder;
    s.kv_shared_by_heads = true;
    s.score_dim = static_cast<double>(2 * l.value_head_dim + l.rope_head_dim) / 2;
  } else {
    s.kv_per_token = 2 * s.kv_heads * s.head_dim * decoder;
    s.score_dim = s.head_dim;
  }
  return s;
}

Shape shape_of(const Model& model) {
  Shape s = shape_of(*model.transformer);
  s.other = std::max(0.0, static_cast<double>(model.parameters) - s.total_weights());
  return s;
}

double keys_per_layer(const Shape& shape, double context) {
  if (shape.window <= 0) return context;
  const double full = 1 / shape.full_every;
  return context * full + std::min(context, shape.window) * (1 - full);
}

}  // namespace berth::estimation
