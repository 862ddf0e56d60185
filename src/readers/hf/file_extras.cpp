// What weight files hold beyond the model, as far as the config tells.
#include <fmt/format.h>

#include "readers/hf/builders.hpp"

namespace berth {
namespace {

std::int64_t parameters_of(const LayerGroup& layer, std::int64_t hidden) {
  Model model;
  Layout layout;
  Stack stack;
  stack.hidden = hidden;
  stack.layers.push_back(layer);
  stack.layers.back().count = 1;
  layout.stacks.push_back(std::move(stack));
  model.tensors = layout_tensors(layout);
  return count_parameters(model) ? model.parameters : 0;
}

// Multi-token prediction (arXiv:2412.19437, section 2.2): a layer like the last, a projection of two
// hidden vectors to one, norms of both and of the output; DeepSeek's files repeat embedding and head in it.
void add_prediction_layers(HfConfig& config, const Family& family, const LayerGroup& last, std::int64_t hidden,
                           HfReading& out) {
  const std::int64_t count = config.find({"num_nextn_predict_layers", "mtp_num_hidden_layers"}, kLayers).value_or(0);
  // Qwen3-Next's config doesn't say so, its files hold one.
  const bool unsaid = family.type == "qwen3_next" && !config.has("mtp_num_hidden_layers");
  const std::int64_t layers = count == 0 && unsaid ? 1 : count;
  if (layers == 0) return;
  const std::int64_t copies = family.prediction_copies * out.layout.vocab * hidden;
  const std::int64_t one = parameters_of(last, hidden) + 2 * hidden * hidden + 3 * hidden + copies;
  std::int64_t all = 0;
  if (__builtin_mul_overflow(one, layers, &all)) return;
  out.file_extras.push_back({fmt::format("{} extra prediction layer{}", layers, layers > 1 ? "s" : ""), all});
}

}  // namespace

void add_file_extras(HfConfig& config, const Family& family, const LayerGroup& last, HfReading& out) {
  const std::int64_t hidden = out.layout.embedding_width;
  add_prediction_layers(config, family, last, hidden, out);
  const std::int64_t head = out.layout.vocab * out.layout.embedding_width;
  if (out.layout.has_head && out.layout.tied_head) {
    out.file_extras.push_back({"the head, stored although it shares the embedding's weights", head});
  } else if (out.layout.has_head) {
    out.file_extras.push_back({"no head (an embedding model)", -head});
  }
  if (family.rotary_buffers == RotaryBuffers::kNone || !last.attention) return;
  // A frequency for each pair of rotated channels; a quarter of the head by GPT-NeoX's default
  // (configuration_gpt_neox.py), half of it in ChatGLM (modeling_chatglm.py).
  const bool each = family.rotary_buffers == RotaryBuffers::kLayer;
  const std::int64_t pairs = each ? last.attention->head_dim / 8 : last.attention->head_dim / 4;
  std::int64_t layers = 0;
  for (const Stack& stack : out.layout.stacks) {
    for (const LayerGroup& group : stack.layers) layers += group.count;
  }
  out.file_extras.push_back({"rotary frequencies, which are computed", pairs * (each ? layers : 1)});
}

}  // namespace berth
