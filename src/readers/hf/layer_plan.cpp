#include "readers/hf/layer_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace berth {
namespace {

// Checks a list that has one entry a layer.
template <class T>
bool fits(HfConfig& config, std::string_view key, const std::vector<T>& list, std::int64_t layers) {
  if (list.empty()) return false;
  if (static_cast<std::int64_t>(list.size()) == layers) return true;
  config.fail_with(ErrorCode::kInvalid,
                   fmt::format("'{}' has {} entries for {} layers", config.path_of(key), list.size(), layers));
  return false;
}

void plan_experts(HfConfig& config, std::vector<LayerPlan>& plan) {
  const auto layers = static_cast<std::int64_t>(plan.size());
  const std::vector<std::string> types = config.words("mlp_layer_types");
  // A list of zeros and ones (MiniMax-M3, MiMo-V2); a single number elsewhere.
  const std::vector<std::int64_t> ones =
      config.is_list("moe_layer_freq") ? config.integers("moe_layer_freq") : std::vector<std::int64_t>();
  const std::int64_t first = config.find({"first_k_dense_replace"}, kLayers).value_or(0);
  const std::int64_t step = config.find({"decoder_sparse_step"}, {1, 1e5}).value_or(1);
  const std::int64_t period = config.find({"expert_layer_period"}, {1, 1e5}).value_or(1);
  const std::int64_t offset = config.find({"expert_layer_offset"}, kLayers).value_or(0);
  const std::vector<std::int64_t> dense_only = config.integers("mlp_only_layers");
  const bool typed = fits(config, "mlp_layer_types", types, layers);
  const bool listed_ones = fits(config, "moe_layer_freq", ones, layers);
  for (std::int64_t i = 0; i < layers; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool listed = std::find(dense_only.begin(), dense_only.end(), i) != dense_only.end();
    const bool sparse = listed_ones ? ones[at] != 0
                        : typed     ? types[at] == "sparse"
                                    : i >= first && (i + 1) % step == 0 && i % period == offset % period && !listed;
    if (sparse && plan[at].block == Block::kDense) plan[at].block = Block::kSparse;
  }
}

void plan_windows(HfConfig& config, const Family& family, std::int64_t window, std::vector<LayerPlan>& plan) {
  const auto layers = static_cast<std::int64_t>(plan.size());
  const std::vector<std::string> types = config.words("layer_types");
  if (fits(config, "layer_types", types, layers)) {
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (types[i] == "sliding_attention" || types[i] == "chunked_attention") plan[i].mixer = Mixer::kWindow;
      if (types[i] == "linear_attention") plan[i].mixer = Mixer::kRecurrent;
    }
    return;
  }
  if (window == 0) return;
  const std::vector<std::int64_t> hybrid = config.integers("hybrid_layer_pattern");  // MiMo-V2: 1 has a window
  if (fits(config, "hybrid_layer_pattern", hybrid, layers)) {
    for (std::size_t i = 0; i < plan.size(); ++i) plan[i].mixer = hybrid[i] != 0 ? Mixer::kWindow : Mixer::kFull;
    return;
  }
  if (config.flag("use_sliding_window", false)) {  // Qwen: the layers from max_window_layers on
    const std::int64_t from = config.find({"max_window_layers"}, kLayers).value_or(layers);
    for (std::int64_t i = from; i < layers; ++i) plan[static_cast<std::size_t>(i)].mixer = Mixer::kWindow;
  }
  if (family.window == kNoWindow) return;
  const std::int64_t every = config.find({"sliding_window_pattern"}, kLayers).value_or(family.window);
  for (std::int64_t i = 0; i < layers; ++i) {
    if (every == 0 || (i + 1) % every != 0) plan[static_cast<std::size_t>(i)].mixer = Mixer::kWindow;
  }
}

// Nemotron-H: every layer is one block, told by a letter or a word.
std::vector<LayerPlan> plan_blocks(HfConfig& config) {
  std::vector<std::string> words = config.words("layers_block_type");
  if (words.empty()) {
    for (const char c : config.word("hybrid_override_pattern")) words.emplace_back(1, c);
  }
  std::vector<LayerPlan> plan;
  for (const std::string& word : words) {
    LayerPlan layer{Mixer::kNone, Block::kNone, false};
    if (word == "M" || word == "mamba") {
      layer.mixer = Mixer::kRecurrent;
    } else if (word == "*" || word == "attention") {
      layer.mixer = Mixer::kFull;
    } else if (word == "-" || word == "mlp") {
      layer.block = Block::kDense;
    } else if (word == "E" || word == "moe") {
      layer.block = Block::kSparse;
    } else {
      config.fail_with(ErrorCode::kUnsupported, fmt::format("unknown block '{}' in the layer pattern", shorten(word)),
                       "known blocks: M mamba, * attention, - mlp, E moe");
      return {};
    }
    plan.push_back(layer);
  }
  if (plan.empty()) config.need({"hybrid_override_pattern"}, 0);
  return plan;
}

void plan_recurrent(HfConfig& config, const Family& family, std::vector<LayerPlan>& plan) {
  if (family.recurrent == Recurrent::kNone || family.recurrent == Recurrent::kKimiDelta || config.has("layer_types")) {
    return;
  }
  const bool delta = family.recurrent == Recurrent::kGatedDeltaNet;
  const Range range{1, 1e5};
  const std::int64_t period =
      delta ? config.find({"full_attention_interval"}, range).value_or(4)  // configuration_qwen3_next.py
            : config.find({"attn_layer_period"}, range).value_or(8);       // configuration_jamba.py, also below
  const std::int64_t offset = delta ? period - 1 : config.find({"attn_layer_offset"}, kLayers).value_or(4) % period;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (static_cast<std::int64_t>(i) % period != offset) plan[i].mixer = Mixer::kRecurrent;
  }
}

// Kimi Linear names the layers with full attention, counted from 1.
void plan_kimi(HfConfig& config, std::vector<LayerPlan>& plan) {
  std::optional<HfConfig> linear = config.object("linear_attn_config");
  if (!linear) return;
  for (LayerPlan& layer : plan) layer.mixer = Mixer::kRecurrent;
  for (const std::int64_t layer : linear->integers("full_attn_layers")) {
    if (layer < 1 || layer > static_cast<std::int64_t>(plan.size())) {
      linear->fail_with(ErrorCode::kInvalid, fmt::format("'{}' names layer {} of {}",
                                                         linear->path_of("full_attn_layers"), layer, plan.size()));
      break;
    }
    plan[static_cast<std::size_t>(layer - 1)].mixer = Mixer::kFull;
  }
  config.absorb(*linear);
}

// Llama 3.2 Vision: some layers look at the image instead of at the text before.
void plan_crossing(HfConfig& config, std::vector<LayerPlan>& plan) {
  for (const std::int64_t layer : config.integers("cross_attention_layers")) {
    if (layer < 0 || layer >= static_cast<std::int64_t>(plan.size())) {
      return config.fail_with(
          ErrorCode::kInvalid,
          fmt::format("'{}' names layer {} of {}", config.path_of("cross_attention_layers"), layer, plan.size()));
    }
    plan[static_cast<std::size_t>(layer)].mixer = Mixer::kCross;
  }
}

void plan_block_indexers(HfConfig& config, std::vector<LayerPlan>& plan) {
  std::optional<HfConfig> sparse = config.optional_object("sparse_attention_config");
  if (!sparse) return;
  const std::vector<std::int64_t> ones = sparse->integers("sparse_attention_freq");
  const bool listed = fits(*sparse, "sparse_attention_freq", ones, static_cast<std::int64_t>(plan.size()));
  for (std::size_t i = 0; i < plan.size(); ++i) plan[i].indexer = listed && ones[i] != 0;
  config.absorb(*sparse);
}

void plan_indexers(HfConfig& config, std::vector<LayerPlan>& plan) {
  const std::vector<std::string> types = config.words("indexer_types");
  const bool typed = fits(config, "indexer_types", types, static_cast<std::int64_t>(plan.size()));
  for (std::size_t i = 0; i < plan.size(); ++i) plan[i].indexer = !typed || types[i] == "full";
}

}  // namespace

std::vector<LayerPlan> plan_layers(HfConfig& config, const Family& family, std::int64_t layers, std::int64_t window,
                                   HasExperts has_experts) {
  if (family.recurrent == Recurrent::kMamba2) return plan_blocks(config);
  std::vector<LayerPlan> plan(static_cast<std::size_t>(layers));
  plan_windows(config, family, window, plan);
  plan_crossing(config, plan);
  if (family.recurrent == Recurrent::kKimiDelta) plan_kimi(config, plan);
  plan_recurrent(config, family, plan);
  if (has_experts == HasExperts::kYes) plan_experts(config, plan);
  if (family.indexer == Indexer::kLightning) plan_indexers(config, plan);
  if (family.indexer == Indexer::kBlocks) plan_block_indexers(config, plan);
  return plan;
}

}  // namespace berth
