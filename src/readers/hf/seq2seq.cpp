#include <fmt/format.h>

#include "readers/hf/builders.hpp"

namespace berth {
namespace {

struct Side {
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t ffn = 0;
};

// BART and Whisper size both sides on their own; T5 has one size for both.
Side read_side(HfConfig& config, const Family& family, std::string_view side) {
  const std::string prefix(side);
  Side out;
  out.layers = side == "decoder" && family.type.ends_with("t5")
                   ? config.find({"num_decoder_layers"}, {1, 1e5}).value_or(0)
                   : config.find({prefix + "_layers"}, {1, 1e5}).value_or(0);
  if (out.layers == 0) out.layers = config.need({"num_layers", "num_hidden_layers"}, family.layers, {1, 1e5});
  const auto heads = config.find({prefix + "_attention_heads"}, kWidth);
  out.heads = heads ? *heads : config.need({"num_heads", "num_attention_heads"}, family.heads);
  const auto ffn = config.find({prefix + "_ffn_dim"}, kWidth);
  out.ffn = ffn ? *ffn : config.need({"d_ff"}, family.ffn);
  return out;
}

Attention attention_for(HfConfig& config, const Family& family, std::int64_t hidden, std::int64_t heads) {
  Attention a;
  a.heads = a.kv_heads = heads;
  if (family.head_dim > 0) {
    a.head_dim = config.need({"d_kv"}, family.head_dim);
  } else if (hidden % heads == 0) {
    a.head_dim = hidden / heads;
  } else {
    config.fail_with(ErrorCode::kInvalid, fmt::format("d_model {} is no multiple of {} heads", hidden, heads));
  }
  a.q_bias = a.v_bias = family.qkv_bias.value;
  a.k_bias = family.qkv_bias.value && family.type != "whisper";  // modeling_whisper.py: k_proj has none
  a.output_bias = family.output_bias.value;
  return a;
}

// T5 1.1 (gated, untied head) and T5 1.0 share a model type; feed_forward_proj tells them apart.
bool is_gated_t5(HfConfig& config, const Family& family, std::int64_t hidden, std::int64_t ffn) {
  const std::string word = config.word("feed_forward_proj");
  if (!word.empty()) return word.starts_with("gated");
  if (family.type == "mt5" || config.has("model_type") || ffn >= 4 * hidden) return family.gated;
  // An excerpt of a config, without its type. All of T5 1.0 has d_ff of at least 4 d_model, none of T5 1.1
  // has (arXiv:1910.10683, table of model sizes; arXiv:2002.05202 for the gated form).
  config.note("feed_forward_proj not given: read as T5 1.1 (gated, head not tied), since d_ff is below 4 d_model");
  return true;
}

Stack make_stack(HfConfig& config, const Family& family, const Side& side, std::int64_t hidden, bool gated,
                 bool decoder) {
  Stack stack;
  stack.name = decoder ? "decoder" : "encoder";
  stack.hidden = hidden;
  stack.causal = decoder;
  LayerGroup layer;
  layer.count = side.layers;
  layer.norm = family.norm;
  layer.norms = decoder ? 3 : 2;
  layer.attention = attention_for(config, family, hidden, side.heads);
  if (decoder) layer.cross_attention = layer.attention;
  FeedForward ffn;
  ffn.width = side.ffn;
  ffn.gated = gated;
  ffn.bias = family.mlp_bias.value;
  layer.ffn = ffn;
  stack.layers.push_back(std::move(layer));
  if (family.type.ends_with("t5")) {  // one table of relative positions a stack, in its first layer
    const std::int64_t buckets = config.find({"relative_attention_num_buckets"}, kWidth).value_or(32);
    stack.extras.push_back({"relative_attention_bias.weight", {buckets, side.heads}, 1, 1});
  }
  if (family.embedding_norm) add_norm(stack.extras, "embedding_norm", family.norm, hidden);
  if (family.final_norm) add_norm(stack.extras, "final_norm", family.norm, hidden);
  return stack;
}

void add_positions(HfConfig& config, const Family& family, HfReading& out) {
  std::vector<Stack>& stacks = out.layout.stacks;
  const std::int64_t hidden = stacks[0].hidden;
  if (family.type == "whisper") {
    const std::int64_t mel = config.need({"num_mel_bins"}, 80, {1, 1e6});
    const std::int64_t frames = config.need({"max_source_positions"}, 1500, {1, 1e6});
    stacks[0].fixed_tokens = frames;
    // Two convolutions of width 3; the second has stride 2, so the first runs twice a position.
    stacks[0].once.push_back({"conv1", 3 * mel, hidden, true, 2});
    stacks[0].once.push_back({"conv2", 3 * hidden, hidden, true});
    stacks[0].extras.push_back({"position_embedding.weight", {frames, hidden}, 1, 1});
    out.transformer.max_positions = config.need({"max_target_positions"}, family.max_positions);
    stacks[1].extras.push_back({"position_embedding.weight", {out.transformer.max_positions, hidden}, 1, 1});
    return;
  }
  out.transformer.max_positions = config.find({"max_position_embeddings", "n_positions"}, kWidth).value_or(0);
  if (!family.positions) return;
  out.transformer.max_positions = config.need({"max_position_embeddings"}, family.max_positions);
  for (Stack& stack : stacks) {
    stack.extras.push_back(
        {"position_embedding.weight", {out.transformer.max_positions + family.position_offset, hidden}, 1, 1});
  }
}

}  // namespace

void build_seq2seq(HfConfig& config, const Family& family, Head head, HfReading& out) {
  const std::int64_t hidden = config.need({"d_model", "hidden_size"}, family.hidden);
  const Side encoder = read_side(config, family, "encoder");
  const Side decoder = read_side(config, family, "decoder");
  const bool t5 = family.type.ends_with("t5");
  const bool gated = t5 && is_gated_t5(config, family, hidden, encoder.ffn);
  if (!config.ok()) return;
  out.layout.stacks.push_back(make_stack(config, family, encoder, hidden, gated, false));
  out.layout.stacks.push_back(make_stack(config, family, decoder, hidden, gated, true));
  add_positions(config, family, out);
  out.layout.vocab = config.need({"vocab_size"}, family.vocab);
  out.layout.embedding_width = hidden;
  out.layout.has_head = head == Head::kLogits;
  const bool tied_default = t5 && gated && !config.has("feed_forward_proj") ? false : family.tied.value;
  out.layout.tied_head = config.flag(family.tied.key, tied_default);
  if (!config.ok()) return;
  Transformer& t = out.transformer;
  t.kind = Transformer::Kind::kEncoderDecoder;
  t.layers = decoder.layers;
  t.encoder_layers = encoder.layers;
  t.hidden = hidden;
  t.heads = t.kv_heads = decoder.heads;
  t.head_dim = out.layout.stacks[1].layers[0].attention->head_dim;
  t.ffn = decoder.ffn;
  t.gated_ffn = gated;
  t.vocab = out.layout.vocab;
  t.tied_embeddings = out.layout.tied_head;
}

}  // namespace berth
