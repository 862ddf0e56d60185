// Language models with a tower for images or sound in front.
#include <fmt/format.h>

#include "readers/hf/builders.hpp"

namespace berth {
namespace {

// The keys of the language model: an object of their own, or (older configs, Molmo, Phi-3-vision) the top.
std::optional<HfConfig> text_config_of(HfConfig& config) {
  for (const char* key : {"text_config", "language_config"}) {
    if (std::optional<HfConfig> nested = config.optional_object(key)) return nested;
  }
  return std::nullopt;
}

// Kimi's and Qwen's text types have rows of their own; a type without one is read as the usual partner.
const Family* text_family_of(HfConfig* text, const Family& family) {
  const std::string type = text != nullptr ? text->word("model_type") : "";
  const Family* named = type.empty() ? nullptr : find_family(type);
  return named != nullptr && named->build == Build::kDecoder ? named : find_family(family.text);
}

}  // namespace

void build_vision_language(HfConfig& config, const Family& family, Head head, HfReading& out) {
  build_tower(config, family, out);
  if (!config.ok()) return;
  std::optional<HfConfig> text = text_config_of(config);
  HfConfig& text_config = text ? *text : config;
  const Family* text_family = text_family_of(text ? &*text : nullptr, family);
  if (text_family == nullptr) {
    return config.fail_with(ErrorCode::kInternal,
                            fmt::format("no language model for the model type '{}'", family.type));
  }
  build_decoder(text_config, *text_family, head, out);
  if (text) {
    const bool said = text->has("tie_word_embeddings");
    if (!said) out.layout.tied_head = config.flag("tie_word_embeddings", family.tied.value);
    out.transformer.tied_embeddings = out.layout.tied_head;
    config.absorb(*text);
  }
  if (!config.ok()) return;
  add_projector(config, family, out.transformer.hidden, out);
}

}  // namespace berth
