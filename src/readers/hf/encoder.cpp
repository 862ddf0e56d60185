#include "readers/hf/builders.hpp"

namespace berth {
namespace {

// DeBERTa-v2's relative positions (modeling_deberta_v2.py): one table for all layers, and projections of
// it unless they are shared with those of the content.
void add_relative_positions(HfConfig& config, const HfDims& dims, Stack& stack) {
  if (!config.flag("relative_attention", false)) return;
  std::int64_t span = config.find({"position_buckets"}, Range{-1, 1e8}).value_or(-1);
  if (span < 1) span = config.find({"max_relative_positions"}, Range{-1, 1e8}).value_or(-1);
  if (span < 1) span = config.need({"max_position_embeddings"}, 512);
  stack.extras.push_back({"relative_embedding.weight", {2 * span, dims.hidden}, 1, 1});
  if (config.word("norm_rel_ebd").find("layer_norm") != std::string::npos) {
    add_norm(stack.extras, "relative_embedding_norm", NormKind::kLayer, dims.hidden);
  }
}

void add_relative_projections(HfConfig& config, const HfDims& dims, LayerGroup& layer) {
  if (!config.flag("relative_attention", false) || config.flag("share_att_key", false)) return;
  for (const std::string& type : config.words("pos_att_type")) {
    if (type == "c2p") layer.projections.push_back({"attention.pos_key_proj", dims.hidden, dims.hidden, true});
    if (type == "p2c") layer.projections.push_back({"attention.pos_query_proj", dims.hidden, dims.hidden, true});
  }
}

void add_embeddings(HfConfig& config, const Family& family, const HfDims& dims, HfReading& out, Stack& stack) {
  out.layout.vocab = config.need({"vocab_size"}, family.vocab);
  out.layout.embedding_width = dims.hidden;
  const std::int64_t positions = config.need({"max_position_embeddings"}, family.max_positions);
  out.transformer.max_positions = positions;
  if (config.flag("position_biased_input", true)) {
    stack.extras.push_back({"position_embedding.weight", {positions, dims.hidden}, 1, 1});
  }
  const std::int64_t types = config.find({"type_vocab_size"}).value_or(family.token_types);
  if (types > 0) stack.extras.push_back({"token_type_embedding.weight", {types, dims.hidden}, 1, 1});
  add_norm(stack.extras, "embedding_norm", NormKind::kLayer, dims.hidden);
}

// What the class puts on top. Heads whose size is the number of labels are not the architecture's.
void add_top(HfConfig& config, const Family& family, const HfClass& hf_class, const HfDims& dims, HfReading& out,
             Stack& stack) {
  const bool bert = family.type == "bert";
  const bool masked_lm = hf_class.ends("ForMaskedLM") || hf_class.ends("ForPreTraining");
  if (masked_lm && !bert) {
    stack.once.push_back({"lm_transform", dims.hidden, dims.hidden, true});
    add_norm(stack.extras, "lm_transform_norm", NormKind::kLayer, dims.hidden);
    out.layout.has_head = out.layout.tied_head = out.layout.head_bias = true;
    return;
  }
  // The published counts of BERT and its files hold the encoder with its pooler, whatever class is named.
  if (masked_lm) config.note("BERT's masked-LM head isn't counted; the encoder with its pooler is");
  const bool base = hf_class.name.empty() || hf_class.ends("Model");
  if (!base && !masked_lm) config.note("the task head, sized by the labels, isn't counted");
  const bool pooled = bert ? !hf_class.ends("ForTokenClassification") && !hf_class.ends("ForQuestionAnswering") : base;
  if (family.pooler && pooled) {
    stack.extras.push_back({"pooler.weight", {dims.hidden, dims.hidden}, 1, 1});
    stack.extras.push_back({"pooler.bias", {dims.hidden}, 1, 1});
  }
}

}  // namespace

void describe_encoder(const HfDims& dims, const FeedForward& ffn, Transformer& out) {
  out.kind = Transformer::Kind::kEncoder;
  out.layers = dims.layers;
  out.hidden = dims.hidden;
  out.heads = out.kv_heads = dims.heads;
  out.head_dim = dims.head_dim;
  out.ffn = ffn.width;
  out.gated_ffn = ffn.gated;
}

void build_encoder(HfConfig& config, const Family& family, const HfClass& hf_class, HfReading& out) {
  const HfDims dims = read_dims(config, family);
  Stack stack;
  stack.name = "encoder";
  stack.hidden = dims.hidden;
  LayerGroup layer;
  layer.count = dims.layers;
  layer.norms = family.norms;
  layer.norm = family.norm;
  layer.attention = attention_of(dims, config, family);
  FeedForward ffn;
  ffn.width = config.need({"intermediate_size", "hidden_dim"}, family.ffn);
  ffn.gated = family.gated;
  ffn.bias = config.flag(family.mlp_bias.key, family.mlp_bias.value);
  layer.ffn = ffn;
  if (family.type == "deberta-v2") {
    add_relative_projections(config, dims, layer);
    add_relative_positions(config, dims, stack);
    if (config.find({"conv_kernel_size"}, Range{0, 1e8}).value_or(0) > 0) {
      config.fail_with(ErrorCode::kUnsupported, "DeBERTa with a convolution layer (conv_kernel_size) isn't understood");
    }
  }
  if (!config.ok()) return;
  add_embeddings(config, family, dims, out, stack);
  add_top(config, family, hf_class, dims, out, stack);
  stack.layers.push_back(std::move(layer));
  describe_encoder(dims, ffn, out.transformer);
  out.transformer.vocab = out.layout.vocab;
  out.transformer.tied_embeddings = true;
  out.layout.stacks.push_back(std::move(stack));
}

}  // namespace berth
