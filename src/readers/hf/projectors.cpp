// The layers between a tower and its language model; they end the tower's stack.
#include <fmt/format.h>

#include "readers/hf/builders.hpp"

namespace berth {
namespace {

// Mergers make one token of merge² patches; Qwen3's deep-stack mergers do so for some inner layers.
void add_qwen_mergers(HfConfig& config, const Family& family, Stack& stack) {
  const NormKind norm = stack.layers.front().norm;
  const std::int64_t merge = config.need({"spatial_merge_size"}, 2, {1, 100});
  const std::int64_t wide = stack.hidden * merge * merge;
  const double share = 1.0 / static_cast<double>(merge * merge);
  const std::int64_t text =
      family.tower == Tower::kQwen2 ? config.need({"hidden_size"}, 0) : config.need({"out_hidden_size"}, 0);
  add_norm(stack.extras, "merger.norm", norm, stack.hidden);
  stack.once.push_back({"merger.fc1", wide, wide, true, share});
  stack.once.push_back({"merger.fc2", wide, text, true, share});
  const std::size_t deep = config.integers("deepstack_visual_indexes").size();
  for (std::size_t i = 0; family.tower == Tower::kQwen3 && i < deep; ++i) {
    const std::string name = fmt::format("deepstack_{}", i + 1);
    add_norm(stack.extras, name + ".norm", norm, wide);
    stack.once.push_back({name + ".fc1", wide, wide, true, share});
    stack.once.push_back({name + ".fc2", wide, text, true, share});
  }
}

// Kimi's patch merger: a norm before and biases, or (version 2) none and a norm after.
void add_kimi_merger(HfConfig& config, std::int64_t text_hidden, Stack& stack) {
  const std::vector<std::int64_t> sides = config.integers("merge_kernel_size");
  std::int64_t merged = 1;
  for (const std::int64_t side : sides) merged *= side;
  if (sides.size() != 2 || sides[0] < 1 || sides[1] < 1 || merged > 10'000) {
    return config.fail_with(ErrorCode::kInvalid, "'merge_kernel_size' must be two small whole numbers");
  }
  const bool second = config.word("mm_projector_type") == "patchmergerv2";
  const std::int64_t wide = config.need({"mm_hidden_size"}, stack.hidden) * merged;
  const double share = 1.0 / static_cast<double>(merged);
  if (!second) add_norm(stack.extras, "merger.norm", NormKind::kLayer, stack.hidden);
  stack.once.push_back({"merger.fc1", wide, wide, !second, share});
  stack.once.push_back({"merger.fc2", wide, text_hidden, !second, share});
  if (second) add_norm(stack.extras, "merger.norm", NormKind::kRms, text_hidden);
}

void add_mistral(HfConfig& config, std::int64_t text_hidden, Stack& tower) {
  const std::int64_t hidden = tower.hidden;
  const std::int64_t merge = config.need({"spatial_merge_size"}, 2, {1, 100});
  const double share = 1.0 / static_cast<double>(merge * merge);
  const bool bias = config.flag("multimodal_projector_bias", false);
  add_norm(tower.extras, "projector_norm", NormKind::kRms, hidden);
  tower.once.push_back({"patch_merger", hidden * merge * merge, hidden, false, share});
  tower.once.push_back({"projector.linear_1", hidden, text_hidden, bias, share});
  tower.once.push_back({"projector.linear_2", text_hidden, text_hidden, bias, share});
}

// Two layers of Molmo's tower side by side are pooled four to one by an attention with a query from their
// mean, then projected by a gated block (modeling_molmo.py, OLMoPretrainedVisionBackbone).
void add_molmo(HfConfig& config, std::int64_t text_hidden, Stack& tower) {
  const std::int64_t wide = 2 * tower.hidden;
  const std::int64_t inner = config.need({"intermediate_size"}, 0) / 2;
  const double share = 0.25;
  for (const char* name : {"pooling.k_proj", "pooling.v_proj"}) {
    tower.once.push_back({name, wide, tower.hidden, true});
  }
  tower.once.push_back({"pooling.q_proj", wide, tower.hidden, true, share});
  tower.once.push_back({"pooling.o_proj", tower.hidden, tower.hidden, true, share});
  tower.once.push_back({"projector.w1", tower.hidden, inner, false, share});
  tower.once.push_back({"projector.w3", tower.hidden, inner, false, share});
  tower.once.push_back({"projector.w2", inner, text_hidden, false, share});
  tower.extras.push_back({"pad_embedding", {2, wide}, 1, 1});
}

// Janus (modeling_vlm.py in deepseek-ai/Janus): an aligner for images read, another and a head for images
// drawn.
void add_aligners(HfConfig& config, std::int64_t text_hidden, Stack& tower) {
  tower.once.push_back({"aligner.linear_1", tower.hidden, text_hidden, true});
  tower.once.push_back({"aligner.linear_2", text_hidden, text_hidden, true});
  std::optional<HfConfig> drawn = config.optional_object("gen_vision_config");
  if (!drawn) return;
  std::optional<HfConfig> sizes = drawn->object("params");
  if (sizes) {
    const std::int64_t codes = sizes->need({"image_token_size"}, 16384);
    const std::int64_t width = sizes->need({"n_embed"}, 8);
    const auto tensor = [&](const char* name, std::int64_t out, std::int64_t in) {
      tower.extras.push_back({std::string(name) + ".weight", {out, in}, 1, 1});
      tower.extras.push_back({std::string(name) + ".bias", {out}, 1, 1});
    };
    tower.extras.push_back({"gen_embedding.weight", {codes, width}, 1, 1});
    tensor("gen_aligner.linear_1", text_hidden, width);
    tensor("gen_aligner.linear_2", text_hidden, text_hidden);
    tensor("gen_head.linear_1", text_hidden, text_hidden);
    tensor("gen_head.linear_2", codes, text_hidden);
    drawn->absorb(*sizes);
  }
  config.absorb(*drawn);
  config.note("the decoder that turns drawn tokens into pixels (VQ-16) isn't counted");
}

}  // namespace

void add_projector(HfConfig& config, const Family& family, std::int64_t text_hidden, HfReading& out) {
  Stack& tower = out.layout.stacks.front();
  tower.output = text_hidden;
  const std::int64_t hidden = tower.hidden;
  switch (family.projector) {
    case Projector::kLlava:
      tower.once.push_back({"projector.linear_1", hidden, text_hidden, true});
      tower.once.push_back({"projector.linear_2", text_hidden, text_hidden, true});
      break;
    case Projector::kGemma:
      tower.once.push_back({"projector", hidden, text_hidden, false});
      add_norm(tower.extras, "projector_norm", NormKind::kRms, hidden);
      break;
    case Projector::kPhi3V:  // four patches to a token, with learned separators of rows and images
      tower.once.push_back({"projector.linear_1", 4 * hidden, text_hidden, true, 0.25});
      tower.once.push_back({"projector.linear_2", text_hidden, text_hidden, true, 0.25});
      tower.extras.push_back({"separator", {4 * hidden}, 2, 2});
      break;
    case Projector::kAudioLinear: tower.once.push_back({"projector", hidden, text_hidden, true, 0.5}); break;
    case Projector::kMistral: add_mistral(config, text_hidden, tower); break;
    case Projector::kMolmo: add_molmo(config, text_hidden, tower); break;
    case Projector::kAligner: add_aligners(config, text_hidden, tower); break;
    default: {
      const bool audio = family.projector == Projector::kAudioStacked;
      std::optional<HfConfig> nested = config.object(audio ? "audio_config" : "vision_config");
      if (!nested) return;
      if (audio) {  // Voxtral stacks frames to the width of the tower's feed-forward block
        const std::int64_t wide = nested->need({"intermediate_size", "encoder_ffn_dim"}, 5120);
        const double share = static_cast<double>(hidden) / static_cast<double>(wide);
        tower.once.push_back({"projector.linear_1", wide, text_hidden, false, share});
        tower.once.push_back({"projector.linear_2", text_hidden, text_hidden, false, share});
      } else if (family.projector == Projector::kMllama) {
        tower.once.push_back({"projector", nested->need({"vision_output_dim"}, 7680), text_hidden, true});
      } else if (family.tower == Tower::kKimi) {
        add_kimi_merger(*nested, text_hidden, tower);
      } else {
        add_qwen_mergers(*nested, family, tower);
      }
      config.absorb(*nested);
    }
  }
}

}  // namespace berth
