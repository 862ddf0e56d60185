#include <fmt/format.h>

#include "readers/hf/builders.hpp"

namespace berth {
namespace {

// The families, and their models that other configs name instead of describing them.
bool is_clip(const Family& family) {
  return family.type == "clip_vision_model" || family.type.starts_with("openai/clip-");
}
bool is_siglip(const Family& family) {
  return family.type.starts_with("siglip_");
}

// Patches of an image; image_size and patch_size are numbers or [height, width].
std::int64_t patches_of(HfConfig& config, std::int64_t patch, std::int64_t usual) {
  constexpr std::int64_t kLargestImage = 1'000'000;
  std::vector<std::int64_t> sides;
  if (config.node().find("image_size") != nullptr && config.node().find("image_size")->is(Node::Kind::kArray)) {
    sides = config.integers("image_size");
  } else {
    sides.assign(2, config.need({"image_size"}, usual, {1, kLargestImage}));
  }
  std::int64_t patches = sides.size() == 2 ? 1 : 0;
  for (const std::int64_t side : sides) {
    if (side < patch || side > kLargestImage) patches = 0;
    patches *= side / patch;
  }
  if (patches < 1) config.fail_with(ErrorCode::kInvalid, "image_size must be one or two sides of at least one patch");
  return patches;
}

// SigLIP pools by an attention with a learned query (modeling_siglip.py).
void add_siglip_pooling(HfConfig& config, std::int64_t hidden, std::int64_t ffn, Stack& stack) {
  if (!config.flag("vision_use_head", true)) return;
  const auto tensor = [&](const char* name, std::vector<std::int64_t> shape) {
    stack.extras.push_back({name, std::move(shape), 1, 1});
  };
  tensor("head.probe", {hidden});
  tensor("head.in_proj.weight", {3 * hidden, hidden});
  tensor("head.in_proj.bias", {3 * hidden});
  tensor("head.out_proj.weight", {hidden, hidden});
  tensor("head.out_proj.bias", {hidden});
  add_norm(stack.extras, "head.norm", NormKind::kLayer, hidden);
  tensor("head.fc1.weight", {ffn, hidden});
  tensor("head.fc1.bias", {ffn});
  tensor("head.fc2.weight", {hidden, ffn});
  tensor("head.fc2.bias", {hidden});
}

// Tokens beside the patches: the class token, and what else a family adds.
std::int64_t extra_tokens(HfConfig& config, const Family& family) {
  if (family.type == "yolos") return 1 + config.need({"num_detection_tokens"}, 100);
  if (family.type == "deit") return 2;  // class and distillation token
  return is_siglip(family) || family.type == "pixtral" ? 0 : 1;
}

void add_top(HfConfig& config, const Family& family, const HfClass& hf_class, std::int64_t hidden, std::int64_t ffn,
             Stack& stack) {
  const bool clip = is_clip(family);
  if (clip) add_norm(stack.extras, "pre_norm", family.norm, hidden);
  add_norm(stack.extras, family.type == "pixtral" ? "pre_norm" : "final_norm", family.norm, hidden);
  if (clip && hf_class.ends("WithProjection")) {
    stack.extras.push_back({"visual_projection.weight", {config.need({"projection_dim"}, 512), hidden}, 1, 1});
  }
  if (is_siglip(family)) add_siglip_pooling(config, hidden, ffn, stack);
  if ((family.type == "vit" || family.type == "deit" || family.type == "yolos") && hf_class.ends("Model")) {
    stack.extras.push_back({"pooler.weight", {hidden, hidden}, 1, 1});
    stack.extras.push_back({"pooler.bias", {hidden}, 1, 1});
  } else if (hf_class.name.find("For") != std::string::npos) {
    config.note("the task head, sized by the labels, isn't counted");
  }
}

}  // namespace

void build_image(HfConfig& config, const Family& family, const HfClass& hf_class, HfReading& out) {
  const HfDims dims = read_dims(config, family);
  const std::int64_t ffn = config.need({"intermediate_size"}, family.ffn);
  const std::int64_t patch = config.need({"patch_size"}, family.patch, kPatch);
  const std::int64_t channels = config.need({"num_channels"}, 3, kPatch);
  const std::int64_t patches = config.ok() ? patches_of(config, patch, family.image_size) : 1;
  const std::int64_t extra = extra_tokens(config, family);
  if (!config.ok()) return;
  const std::int64_t tokens = patches + extra;
  Stack stack;
  stack.name = "vision";
  stack.hidden = dims.hidden;
  stack.fixed_tokens = tokens;
  const bool biased = !is_clip(family) && family.type != "pixtral";
  stack.once.push_back({"patch_embedding", channels * patch * patch, dims.hidden, biased,
                        static_cast<double>(patches) / static_cast<double>(tokens)});
  if (extra > 0) stack.extras.push_back({"extra_tokens", {extra, dims.hidden}, 1, 1});
  if (family.type != "pixtral") stack.extras.push_back({"position_embedding.weight", {tokens, dims.hidden}, 1, 1});
  LayerGroup layer;
  layer.count = dims.layers;
  layer.norm = family.norm;
  layer.norms = 2;
  layer.attention = attention_of(dims, config, family);
  layer.ffn = FeedForward{};
  layer.ffn->width = ffn;
  layer.ffn->gated = family.gated;
  layer.ffn->bias = family.mlp_bias.value;
  stack.layers.push_back(std::move(layer));
  if (family.type == "yolos" && config.flag("use_mid_position_embeddings", true)) {
    stack.extras.push_back({"mid_position_embedding.weight", {dims.layers - 1, tokens, dims.hidden}, 1, 1});
  }
  add_top(config, family, hf_class, dims.hidden, ffn, stack);
  describe_encoder(dims, *stack.layers.front().ffn, out.transformer);
  out.transformer.max_positions = tokens;
  out.layout.stacks.push_back(std::move(stack));
}

}  // namespace berth
