#include <fmt/format.h>

#include "readers/hf_builders.hpp"

namespace berth {
namespace {

// Which language model stands behind which tower.
enum class Tower : std::uint8_t { kImage, kQwen2, kQwen25, kQwen3 };
enum class Projector : std::uint8_t { kLlava, kMistral, kGemma, kMerger };
struct Pairing {
  std::string_view type;
  std::string_view text;  // family of the language model
  std::string_view image_default;
  Tower tower;
  Projector projector;
  bool tied;  // the default
};
constexpr Pairing kPairings[] = {
    {"llava", "llama", "clip_vision_model", Tower::kImage, Projector::kLlava, false},
    {"mistral3", "mistral", "pixtral", Tower::kImage, Projector::kMistral, false},
    {"gemma3", "gemma3_text", "siglip_vision_model", Tower::kImage, Projector::kGemma, true},
    {"qwen2_vl", "qwen2", "", Tower::kQwen2, Projector::kMerger, false},
    {"qwen2_5_vl", "qwen2", "", Tower::kQwen25, Projector::kMerger, false},
    {"qwen3_vl", "qwen3", "", Tower::kQwen3, Projector::kMerger, false},
    {"qwen3_vl_moe", "qwen3_moe", "", Tower::kQwen3, Projector::kMerger, false},
    {"qwen3_5", "qwen3_next", "", Tower::kQwen3, Projector::kMerger, false},
    {"qwen3_5_moe", "qwen3_next", "", Tower::kQwen3, Projector::kMerger, false},
};

const Pairing* find_pairing(const Family& family) {
  for (const Pairing& pairing : kPairings) {
    if (pairing.type == family.type) return &pairing;
  }
  return nullptr;
}

// Towers of Qwen take images of any size; the profile is of one image of this many patches (of 14 or 16
// pixels), the number that Qwen3-VL's own position table has.
constexpr std::int64_t kAssumedPatches = 2304;

// Mergers make one token of merge² patches; deep-stack mergers do so for some inner layers.
void add_mergers(HfConfig& config, Tower tower, NormKind norm, Stack& stack) {
  const std::int64_t merge = config.need({"spatial_merge_size"}, 2, {1, 100});
  const std::int64_t wide = stack.hidden * merge * merge;
  const double share = 1.0 / static_cast<double>(merge * merge);
  const std::int64_t text =
      tower == Tower::kQwen2 ? config.need({"hidden_size"}, 0) : config.need({"out_hidden_size"}, 0);
  add_norm(stack.extras, "merger.norm", norm, stack.hidden);
  stack.once.push_back({"merger.fc1", wide, wide, true, share});
  stack.once.push_back({"merger.fc2", wide, text, true, share});
  const std::size_t deep = config.integers("deepstack_visual_indexes").size();
  for (std::size_t i = 0; tower == Tower::kQwen3 && i < deep; ++i) {
    const std::string name = fmt::format("deepstack_{}", i + 1);
    add_norm(stack.extras, name + ".norm", norm, wide);
    stack.once.push_back({name + ".fc1", wide, wide, true, share});
    stack.once.push_back({name + ".fc2", wide, text, true, share});
  }
}

// Qwen's towers (modeling_qwen2_vl.py, modeling_qwen2_5_vl.py, modeling_qwen3_vl.py).
void build_qwen_tower(HfConfig& config, Tower tower, HfReading& out) {
  const bool second = tower == Tower::kQwen2;
  const bool gated = tower == Tower::kQwen25;
  Stack stack;
  stack.name = "vision";
  stack.hidden = config.need(second ? Keys{"embed_dim"} : Keys{"hidden_size"}, 1280);
  stack.fixed_tokens = kAssumedPatches;
  config.note(fmt::format("images of any size: the profile is of one of {} patches", kAssumedPatches));
  const std::int64_t patch = config.need({"patch_size"}, 14, kPatch);
  const std::int64_t frames = config.need({"temporal_patch_size"}, 2, {1, 100});
  const std::int64_t channels = config.need({"in_channels", "in_chans"}, 3, {1, 1000});
  stack.once.push_back({"patch_embedding", channels * frames * patch * patch, stack.hidden, tower == Tower::kQwen3});
  LayerGroup layer;
  layer.count = config.need({"depth"}, 32, {1, 1e5});
  layer.norm = gated ? NormKind::kRms : NormKind::kLayer;
  layer.norms = 2;
  Attention a;
  a.heads = a.kv_heads = config.need({"num_heads"}, 16);
  a.head_dim = std::max<std::int64_t>(1, stack.hidden / a.heads);
  if (stack.hidden % a.heads != 0) config.fail_with(ErrorCode::kInvalid, "the width is no multiple of num_heads");
  a.q_bias = a.k_bias = a.v_bias = a.output_bias = true;
  layer.attention = a;
  FeedForward ffn;
  ffn.width = second ? config.need({"mlp_ratio"}, 4, {1, 1000}) * stack.hidden : config.need({"intermediate_size"}, 0);
  ffn.gated = gated;
  ffn.bias = true;
  layer.ffn = ffn;
  const NormKind norm = layer.norm;
  stack.layers.push_back(std::move(layer));
  if (tower == Tower::kQwen3) {
    stack.extras.push_back(
        {"position_embedding.weight", {config.need({"num_position_embeddings"}, 2304), stack.hidden}, 1, 1});
  }
  add_mergers(config, tower, norm, stack);
  out.layout.stacks.push_back(std::move(stack));
}

void build_tower(HfConfig& config, const Pairing& pairing, HfReading& out) {
  if (pairing.tower != Tower::kImage) return build_qwen_tower(config, pairing.tower, out);
  const std::string type = config.word("model_type");
  const Family* family = find_family(type.empty() ? pairing.image_default : type);
  if (family == nullptr || family->build != Build::kImage) {
    return config.fail_with(ErrorCode::kUnsupported, fmt::format("the image tower '{}' isn't understood", type));
  }
  build_image(config, *family, HfClass{}, out);
  if (pairing.projector == Projector::kGemma && !config.has("vision_use_head") && !out.layout.stacks.empty()) {
    auto& extras = out.layout.stacks[0].extras;  // Gemma takes SigLIP without its pooling head
    std::erase_if(extras, [](const TensorGroup& t) { return t.name.starts_with("head."); });
  }
}

// The layers between tower and language model; they end the tower's stack.
void add_projector(HfConfig& config, const Pairing& pairing, std::int64_t text_hidden, Stack& tower) {
  const std::int64_t hidden = tower.hidden;
  if (pairing.projector == Projector::kLlava) {
    tower.once.push_back({"projector.linear_1", hidden, text_hidden, true});
    tower.once.push_back({"projector.linear_2", text_hidden, text_hidden, true});
  } else if (pairing.projector == Projector::kGemma) {
    tower.once.push_back({"projector", hidden, text_hidden, false});
    add_norm(tower.extras, "projector_norm", NormKind::kRms, hidden);
  } else if (pairing.projector == Projector::kMistral) {
    const std::int64_t merge = config.need({"spatial_merge_size"}, 2, {1, 100});
    const double share = 1.0 / static_cast<double>(merge * merge);
    const bool bias = config.flag("multimodal_projector_bias", false);
    add_norm(tower.extras, "projector_norm", NormKind::kRms, hidden);
    tower.once.push_back({"patch_merger", hidden * merge * merge, hidden, false, share});
    tower.once.push_back({"projector.linear_1", hidden, text_hidden, bias, share});
    tower.once.push_back({"projector.linear_2", text_hidden, text_hidden, bias, share});
  }
}

}  // namespace

void build_vision_language(HfConfig& config, const Family& family, Head head, HfReading& out) {
  const Pairing* found = find_pairing(family);
  if (found == nullptr) {
    return config.fail_with(ErrorCode::kInternal, fmt::format("no pairing for the model type '{}'", family.type));
  }
  const Pairing& pairing = *found;
  std::optional<HfConfig> vision = config.object("vision_config");
  if (!vision) return;
  build_tower(*vision, pairing, out);
  config.absorb(*vision);
  if (!config.ok()) return;
  // Older configs hold the language model's keys at the top.
  std::optional<HfConfig> text = config.optional_object("text_config");
  HfConfig& text_config = text ? *text : config;
  const std::string type = text_config.word("model_type");
  const Family* text_family = text ? find_family(type) : nullptr;
  if (text_family == nullptr || text_family->build != Build::kDecoder) text_family = find_family(pairing.text);
  build_decoder(text_config, *text_family, head, out);
  if (text) {
    const bool said = text->has("tie_word_embeddings");
    if (!said) out.layout.tied_head = config.flag("tie_word_embeddings", pairing.tied);
    out.transformer.tied_embeddings = out.layout.tied_head;
    config.absorb(*text);
  }
  if (!config.ok()) return;
  add_projector(config, pairing, out.transformer.hidden, out.layout.stacks[0]);
}

}  // namespace berth
