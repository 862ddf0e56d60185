#include <fmt/format.h>

#include <span>

#include "berth/model.hpp"

namespace berth {
namespace {

// Bounds that no network comes near; they keep every product below inside 64 bits or caught.
constexpr std::int64_t kMostLayers = 100'000;
constexpr std::int64_t kWidest = 100'000'000;

struct Bound {
  const char* name;
  std::int64_t value;
  std::int64_t least;
  std::int64_t most;
};

Status check(std::span<const Bound> bounds) {
  for (const Bound& bound : bounds) {
    if (bound.value >= bound.least && bound.value <= bound.most) continue;
    if (bound.value == 0) return fail(ErrorCode::kIncomplete, fmt::format("'{}' is missing", bound.name), "give it");
    return fail(ErrorCode::kInvalid,
                fmt::format("'{}' must be from {} to {}, found {}", bound.name, bound.least, bound.most, bound.value));
  }
  return {};
}

Status check_bounds(const Transformer& t) {
  const Bound bounds[] = {
      {"layers", t.layers, 1, kMostLayers},
      {"encoder_layers", t.encoder_layers, 0, kMostLayers},
      {"hidden", t.hidden, 1, kWidest},
      {"heads", t.heads, 1, kWidest},
      {"kv_heads", t.kv_heads, 0, kWidest},
      {"head_dim", t.head_dim, 0, kWidest},
      {"ffn", t.ffn, 0, kWidest},
      {"vocab", t.vocab, 0, kWidest},
      {"experts", t.experts, 0, kWidest},
      {"experts_per_token", t.experts_per_token, 0, kWidest},
      {"expert_ffn", t.expert_ffn, 0, kWidest},
      {"shared_experts", t.shared_experts, 0, kMostLayers},
      {"dense_layers", t.dense_layers, 0, kMostLayers},
      {"max_positions", t.max_positions, 0, 1'000'000'000'000},
      {"sliding_window", t.sliding_window, 0, 1'000'000'000'000},
      {"full_attention_every", t.full_attention_every, 0, kMostLayers},
  };
  return check(bounds);
}

Status check_latent(const LatentAttention& latent) {
  const Bound bounds[] = {
      {"latent.kv_rank", latent.kv_rank, 1, kWidest},
      {"latent.q_rank", latent.q_rank, 0, kWidest},
      {"latent.rope_head_dim", latent.rope_head_dim, 0, kWidest},
      {"latent.value_head_dim", latent.value_head_dim, 1, kWidest},
      {"latent.nope_head_dim", latent.nope_head_dim, 0, kWidest},
  };
  return check(bounds);
}

Status fill_in(Transformer& t) {
  if (Status status = check_bounds(t); !status) return status;
  if (t.kv_heads == 0) t.kv_heads = t.heads;
  if (t.heads % t.kv_heads != 0) {
    return fail(ErrorCode::kInvalid,
                fmt::format("'heads' ({}) must be a multiple of 'kv_heads' ({})", t.heads, t.kv_heads),
                "each key head serves a whole number of query heads");
  }
  if (t.latent) {
    if (Status status = check_latent(*t.latent); !status) return status;
    if (t.latent->nope_head_dim == 0) t.latent->nope_head_dim = t.latent->value_head_dim;
    if (t.head_dim == 0) t.head_dim = t.latent->nope_head_dim + t.latent->rope_head_dim;
  }
  if (t.head_dim == 0) {
    if (t.heads > t.hidden) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("'heads' ({}) is more than 'hidden' ({}), and 'head_dim' isn't given", t.heads, t.hidden),
                  "give head_dim");
    }
    // Rounded down, as Megatron-LM (kv_channels) and transformers (head_dim) have it.
    t.head_dim = t.hidden / t.heads;
  }
  if (t.kind == Transformer::Kind::kEncoderDecoder && t.encoder_layers == 0) t.encoder_layers = t.layers;
  if (t.kind != Transformer::Kind::kEncoderDecoder && t.encoder_layers != 0) {
    return fail(ErrorCode::kInvalid, "'encoder_layers' is for kind 'encoder_decoder' only", "use 'layers'");
  }
  return {};
}

Status check_ffn(const Transformer& t) {
  if (t.experts == 0) {
    if (t.experts_per_token > 0 || t.expert_ffn > 0 || t.shared_experts > 0) {
      return fail(ErrorCode::kInvalid, "'experts' is missing, but its companions are given",
                  "give 'experts', or leave out experts_per_token, expert_ffn, shared_experts");
    }
    if (t.ffn == 0) return fail(ErrorCode::kIncomplete, "'ffn' is missing", "give the feed-forward width");
    return {};
  }
  if (t.experts_per_token == 0) return fail(ErrorCode::kIncomplete, "'experts_per_token' is missing", "give it");
  if (t.experts_per_token > t.experts) {
    return fail(ErrorCode::kInvalid,
                fmt::format("'experts_per_token' ({}) is more than 'experts' ({})", t.experts_per_token, t.experts));
  }
  if (t.expert_ffn == 0 && t.ffn == 0) return fail(ErrorCode::kIncomplete, "'expert_ffn' is missing", "give it");
  if (t.dense_layers > t.layers) {
    return fail(ErrorCode::kInvalid,
                fmt::format("'dense_layers' ({}) is more than 'layers' ({})", t.dense_layers, t.layers));
  }
  if (t.dense_layers > 0 && t.ffn == 0) {
    return fail(ErrorCode::kIncomplete, "'ffn' is missing, the width of the dense layers", "give it");
  }
  return {};
}

Attention attention_of(const Transformer& t, std::int64_t window) {
  Attention a;
  a.heads = t.heads;
  a.kv_heads = t.kv_heads;
  a.head_dim = t.head_dim;
  a.window = window;
  a.latent = t.latent;
  return a;
}

FeedForward ffn_of(const Transformer& t, bool dense) {
  FeedForward f;
  f.gated = t.gated_ffn;
  if (dense) {
    f.width = t.ffn;
  } else {
    f.experts = t.experts;
    f.experts_per_token = t.experts_per_token;
    f.expert_width = t.expert_ffn;
    f.shared_width = t.shared_experts * t.expert_ffn;
  }
  return f;
}

// Layers `from` to `to` that see all keys: numbers n, 2n, … counted from 1.
std::int64_t full_layers_between(const Transformer& t, std::int64_t from, std::int64_t to) {
  if (t.sliding_window == 0) return to - from;
  if (t.full_attention_every == 0) return 0;
  return to / t.full_attention_every - from / t.full_attention_every;
}

void add_layers(const Transformer& t, std::int64_t from, std::int64_t to, bool dense, bool cross, Stack& stack) {
  const std::int64_t full = full_layers_between(t, from, to);
  for (const bool windowed : {false, true}) {
    LayerGroup group;
    group.count = windowed ? to - from - full : full;
    if (group.count == 0) continue;
    group.attention = attention_of(t, windowed ? t.sliding_window : 0);
    if (cross) group.cross_attention = attention_of(t, 0);
    group.ffn = ffn_of(t, dense);
    group.norms = cross ? 3 : 2;
    stack.layers.push_back(std::move(group));
  }
}

Stack stack_of(const Transformer& t, std::string name, std::int64_t layers, bool causal, bool cross) {
  Stack stack;
  stack.name = std::move(name);
  stack.hidden = t.hidden;
  stack.causal = causal;
  const std::int64_t dense = t.experts == 0 ? layers : std::min(t.dense_layers, layers);
  add_layers(t, 0, dense, true, cross, stack);
  add_layers(t, dense, layers, false, cross, stack);
  stack.extras.push_back({"final_norm.weight", {t.hidden}, 1, 1});
  return stack;
}

}  // namespace

std::int64_t full_attention_layers(const Transformer& t) {
  return full_layers_between(t, 0, t.layers);
}

Layout layout_of(const Transformer& t) {
  Layout layout;
  layout.vocab = t.vocab;
  layout.embedding_width = t.hidden;
  layout.has_head = t.vocab > 0 && t.kind != Transformer::Kind::kEncoder;
  layout.tied_head = t.tied_embeddings;
  if (t.kind == Transformer::Kind::kEncoderDecoder) {
    layout.stacks.push_back(stack_of(t, "encoder", t.encoder_layers, false, false));
    layout.stacks.push_back(stack_of(t, "decoder", t.layers, true, true));
  } else {
    const bool decoder = t.kind == Transformer::Kind::kDecoder;
    layout.stacks.push_back(stack_of(t, decoder ? "decoder" : "encoder", t.layers, decoder, false));
  }
  return layout;
}

Result<Model> model_from_transformer(const Transformer& transformer) {
  Model model;
  model.format = "transformer";
  model.architecture = "transformer";
  Transformer t = transformer;
  if (Status status = fill_in(t); !status) return tl::unexpected(status.error());
  if (Status status = check_ffn(t); !status) return tl::unexpected(status.error());
  if (t.experts > 0 && t.expert_ffn == 0) {
    t.expert_ffn = t.ffn;
    model.notes.push_back("expert_ffn is taken to be ffn");
  }
  model.layout = layout_of(t);
  model.tensors = layout_tensors(*model.layout);
  model.transformer = t;
  if (Status status = count_parameters(model); !status) return tl::unexpected(status.error());
  if (t.hidden % t.heads != 0 && t.head_dim == t.hidden / t.heads) {
    model.notes.push_back(fmt::format("head_dim is hidden / heads rounded down: {}", t.head_dim));
  }
  model.notes.push_back("biases and position tables are not described and not counted");
  if (t.vocab == 0) model.notes.push_back("no vocabulary given: token embedding and logits are left out");
  return model;
}

}  // namespace berth
