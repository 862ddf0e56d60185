// Towers in front of a language model.
#include <fmt/format.h>

#include <algorithm>

#include "readers/hf/builders.hpp"

namespace berth {
namespace {

// Towers of Qwen and Kimi take images of any size; the profile is of one image of this many patches (of 14
// or 16 pixels), the number that Qwen3-VL's own position table has.
constexpr std::int64_t kAssumedPatches = 2304;

struct Block {
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t width = 0;  // of queries, keys and values together with all heads; 0: the stack's
  std::int64_t ffn = 0;
  NormKind norm = NormKind::kLayer;
  bool attention_bias = true;
  bool ffn_bias = true;
  bool gated = false;
};

LayerGroup layer_of(HfConfig& config, const Block& block, std::int64_t hidden) {
  LayerGroup layer;
  layer.count = block.layers;
  layer.norm = block.norm;
  layer.norms = 2;
  const std::int64_t width = block.width > 0 ? block.width : hidden;
  if (width % std::max<std::int64_t>(1, block.heads) != 0) {
    config.fail_with(ErrorCode::kInvalid,
                     fmt::format("the tower's width {} is no multiple of its {} heads", width, block.heads));
  }
  Attention a;
  a.heads = a.kv_heads = block.heads;
  a.head_dim = std::max<std::int64_t>(1, width / std::max<std::int64_t>(1, block.heads));
  a.q_bias = a.k_bias = a.v_bias = a.output_bias = block.attention_bias;
  layer.attention = a;
  FeedForward ffn;
  ffn.width = block.ffn;
  ffn.gated = block.gated;
  ffn.bias = block.ffn_bias;
  layer.ffn = ffn;
  return layer;
}

void note_any_size(HfConfig& config) {
  config.note(fmt::format("images of any size: the profile is of one of {} patches", kAssumedPatches));
}

// Qwen's towers (modeling_qwen2_vl.py, modeling_qwen2_5_vl.py, modeling_qwen3_vl.py).
void build_qwen(HfConfig& config, Tower tower, HfReading& out) {
  const bool second = tower == Tower::kQwen2;
  const bool gated = tower == Tower::kQwen25;
  Stack stack;
  stack.name = "vision";
  stack.hidden = config.need(second ? Keys{"embed_dim"} : Keys{"hidden_size"}, 1280);
  stack.fixed_tokens = kAssumedPatches;
  note_any_size(config);
  const std::int64_t patch = config.need({"patch_size"}, 14, kPatch);
  const std::int64_t frames = config.need({"temporal_patch_size"}, 2, {1, 100});
  const std::int64_t channels = config.need({"in_channels", "in_chans"}, 3, {1, 1000});
  stack.once.push_back({"patch_embedding", channels * frames * patch * patch, stack.hidden, tower == Tower::kQwen3});
  Block block;
  block.layers = config.need({"depth"}, 32, {1, 1e5});
  block.heads = config.need({"num_heads"}, 16);
  block.norm = gated ? NormKind::kRms : NormKind::kLayer;
  block.gated = gated;
  block.ffn = second ? config.need({"mlp_ratio"}, 4, {1, 1000}) * stack.hidden : config.need({"intermediate_size"}, 0);
  stack.layers.push_back(layer_of(config, block, stack.hidden));
  if (tower == Tower::kQwen3) {
    stack.extras.push_back(
        {"position_embedding.weight", {config.need({"num_position_embeddings"}, 2304), stack.hidden}, 1, 1});
  }
  out.layout.stacks.push_back(std::move(stack));
}

// Kimi's MoonViT (modeling_kimi_k25.py, modeling_kimi_k3.py beside the weights).
void build_kimi(HfConfig& config, HfReading& out) {
  Stack stack;
  stack.name = "vision";
  stack.hidden = config.need({"vt_hidden_size"}, 1152);
  stack.fixed_tokens = kAssumedPatches;
  note_any_size(config);
  const std::int64_t patch = config.need({"patch_size"}, 14, kPatch);
  const std::int64_t rows = config.need({"init_pos_emb_height"}, 64, {1, 1e4});
  const std::int64_t columns = config.need({"init_pos_emb_width"}, 64, {1, 1e4});
  Block block;
  block.layers = config.need({"vt_num_hidden_layers"}, 27, {1, 1e5});
  block.heads = config.need({"vt_num_attention_heads"}, 16);
  block.width = config.find({"qkv_hidden_size"}, kWidth).value_or(0);
  block.ffn = config.need({"vt_intermediate_size"}, 4304);
  block.norm = config.word("norm_type") == "rmsnorm" ? NormKind::kRms : NormKind::kLayer;
  block.attention_bias = config.flag("attn_bias", true);
  block.ffn_bias = config.flag("linear_bias", true);
  stack.once.push_back(
      {"patch_embedding", 3 * patch * patch, stack.hidden, config.flag("patch_embed_proj_bias", true)});
  stack.extras.push_back({"position_embedding.weight", {rows, columns, stack.hidden}, 1, 1});
  add_norm(stack.extras, "final_norm", block.norm, stack.hidden);
  stack.layers.push_back(layer_of(config, block, stack.hidden));
  out.layout.stacks.push_back(std::move(stack));
}

// Llama 3.2 Vision (modeling_mllama.py): tiles of one image, a second run of gated layers over them.
void build_mllama(HfConfig& config, HfReading& out) {
  Stack stack;
  stack.name = "vision";
  const std::int64_t hidden = stack.hidden = config.need({"hidden_size"}, 1280);
  const std::int64_t patch = config.need({"patch_size"}, 14, kPatch);
  const std::int64_t side = config.need({"image_size"}, 448, {1, 1e5}) / patch;
  const std::int64_t tiles = config.need({"max_num_tiles"}, 4, {1, 100});
  const Node* ratios = config.node().find("supported_aspect_ratios");
  const auto shapes =
      ratios != nullptr && ratios->is(Node::Kind::kArray) ? static_cast<std::int64_t>(ratios->as_array().size()) : 8;
  const std::int64_t tokens = side * side + 1;
  stack.fixed_tokens = tiles * tokens;
  config.note(fmt::format("the profile is of one image of {} tiles", tiles));
  stack.once.push_back({"patch_embedding", config.need({"num_channels"}, 3, kPatch) * patch * patch, hidden, false});
  Block block;
  block.heads = config.need({"attention_heads"}, 16);
  block.ffn = config.need({"intermediate_size"}, 5120);
  block.attention_bias = false;
  block.layers = config.need({"num_hidden_layers"}, 32, {1, 1e5});
  stack.layers.push_back(layer_of(config, block, hidden));
  block.layers = config.need({"num_global_layers"}, 8, kLayers);
  LayerGroup global = layer_of(config, block, hidden);
  global.extras.push_back({"gate", {1}, 2, 2});
  stack.layers.push_back(std::move(global));
  stack.extras.push_back({"class_embedding", {hidden}, 1, 1});
  stack.extras.push_back({"position_embedding.weight", {tokens, hidden}, 1, 1});
  stack.extras.push_back({"tile_position_embedding.weight", {shapes + 1, tiles * tokens * hidden}, 1, 1});
  stack.extras.push_back({"tile_embedding.weight", {shapes + 1, tiles * hidden}, 2, 2});
  stack.extras.push_back({"embedding_gate", {1}, 3, 3});
  add_norm(stack.extras, "pre_norm", NormKind::kLayer, hidden);
  add_norm(stack.extras, "final_norm", NormKind::kLayer, hidden);
  out.layout.stacks.push_back(std::move(stack));
}

// Molmo's tower is fixed by its code (modeling_molmo.py beside the weights, VisionBackboneConfig): OpenAI's
// ViT-L/14 at 336 pixels without its last layer.
void build_molmo(HfConfig& config, HfReading& out) {
  Stack stack;
  stack.name = "vision";
  stack.hidden = 1024;
  stack.fixed_tokens = 577;
  config.note("the image tower is that of Molmo's code (ViT-L/14, 336 pixels, 23 layers); the profile is of one crop");
  stack.once.push_back({"patch_embedding", 588, 1024, false});
  Block block;
  block.layers = 23;
  block.heads = 16;
  block.ffn = 4096;
  stack.layers.push_back(layer_of(config, block, 1024));
  stack.extras.push_back({"class_embedding", {1024}, 1, 1});
  stack.extras.push_back({"position_embedding.weight", {577, 1024}, 1, 1});
  add_norm(stack.extras, "pre_norm", NormKind::kLayer, 1024);
  out.layout.stacks.push_back(std::move(stack));
}

// Whisper's encoder (modeling_whisper.py), as Qwen2-Audio and Voxtral have it.
void build_audio(HfConfig& config, HfReading& out) {
  Stack stack;
  stack.name = "audio";
  const std::int64_t hidden = stack.hidden = config.need({"d_model", "hidden_size"}, 1280);
  const std::int64_t mel = config.need({"num_mel_bins"}, 128, {1, 1e6});
  const std::int64_t frames = config.need({"max_source_positions"}, 1500, {1, 1e6});
  stack.fixed_tokens = frames;
  // Two convolutions of width 3; the second has stride 2, so the first runs twice a position.
  stack.once.push_back({"conv1", 3 * mel, hidden, true, 2});
  stack.once.push_back({"conv2", 3 * hidden, hidden, true});
  stack.extras.push_back({"position_embedding.weight", {frames, hidden}, 1, 1});
  add_norm(stack.extras, "final_norm", NormKind::kLayer, hidden);
  Block block;
  block.layers = config.need({"encoder_layers", "num_hidden_layers"}, 32, {1, 1e5});
  block.heads = config.need({"encoder_attention_heads", "num_attention_heads"}, 20);
  block.ffn = config.need({"encoder_ffn_dim", "intermediate_size"}, 5120);
  LayerGroup layer = layer_of(config, block, hidden);
  layer.attention->k_bias = false;
  stack.layers.push_back(std::move(layer));
  out.layout.stacks.push_back(std::move(stack));
}

// A tower that the config describes, of a type of its own.
void build_described(HfConfig& config, const Family& family, HfReading& out) {
  const std::string type = config.word("model_type");
  const Family* tower = find_family(type.empty() ? family.image : type);
  if (tower == nullptr || tower->build != Build::kImage) {
    return config.fail_with(ErrorCode::kUnsupported, fmt::format("the image tower '{}' isn't understood", type));
  }
  build_image(config, *tower, HfClass{}, out);
  if (family.projector == Projector::kGemma && !config.has("vision_use_head") && !out.layout.stacks.empty()) {
    auto& extras = out.layout.stacks[0].extras;  // Gemma takes SigLIP without its pooling head
    std::erase_if(extras, [](const TensorGroup& t) { return t.name.starts_with("head."); });
  }
}

std::string name_of_tower(HfConfig& config) {
  std::string name;
  if (std::optional<HfConfig> processor = config.optional_object("img_processor")) {
    name = processor->word("model_name");
  } else if (std::optional<HfConfig> vision = config.optional_object("vision_config")) {
    if (std::optional<HfConfig> parameters = vision->optional_object("params")) name = parameters->word("model_name");
  }
  return name;
}

// A tower that the config names, without saying its sizes.
void build_named(HfConfig& config, const Family& family, HfReading& out) {
  const std::string name = name_of_tower(config);
  const Family* tower = find_family(name.empty() ? family.image : name);
  if (tower == nullptr || tower->build != Build::kImage) {
    return config.fail_with(ErrorCode::kUnsupported, fmt::format("the image tower '{}' isn't understood", name));
  }
  static const Node nothing{Node::Object{}};
  HfConfig defaults(nothing, config.file());
  build_image(defaults, *tower, HfClass{}, out);
  (void)defaults.take_notes();  // that its sizes are those of the name is said once
  config.note(fmt::format("the image tower is taken to be {}", tower->type));
  config.absorb(defaults);
}

}  // namespace

void build_tower(HfConfig& config, const Family& family, HfReading& out) {
  if (family.tower == Tower::kNamed) return build_named(config, family, out);
  if (family.tower == Tower::kMolmo) return build_molmo(config, out);
  std::optional<HfConfig> tower = config.object(family.tower == Tower::kAudio ? "audio_config" : "vision_config");
  if (!tower) return;
  switch (family.tower) {
    case Tower::kQwen2:
    case Tower::kQwen25:
    case Tower::kQwen3: build_qwen(*tower, family.tower, out); break;
    case Tower::kKimi: build_kimi(*tower, out); break;
    case Tower::kMllama: build_mllama(*tower, out); break;
    case Tower::kAudio: build_audio(*tower, out); break;
    default: build_described(*tower, family, out); break;
  }
  config.absorb(*tower);
}

}  // namespace berth
