// Well-known models by their id: dimensions, block class, names of linear layers (rules/catalog/models.json).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/check.hpp"

namespace berth::checking {

// What all models of one architecture class share.
struct Architecture {
  std::string block_class;           // the transformer block that FSDP wraps
  std::string position;              // "rotary", "learned", "alibi", "relative"; empty unknown
  std::vector<std::string> modules;  // names of the block's linear layers
  bool gated = false;                // gated feed-forward block
};

struct KnownModel {
  ContextModel dimensions;
  std::vector<std::string> modules;
  std::optional<bool> gated, tied;
  std::string source;
};

class ModelTable {
 public:
  // Picks the files of schema berth/models/v1. Errors: kInvalid, located.
  static Result<ModelTable> load(std::span<const SourceFile> files);

  // By id, alias, or the id's last part ("Llama-2-7b-hf"); letter case doesn't count. nullptr when there is none.
  [[nodiscard]] const KnownModel* find(std::string_view id) const;
  [[nodiscard]] const Architecture* architecture(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return models_.size(); }

 private:
  std::vector<KnownModel> models_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
  std::map<std::string, Architecture, std::less<>> architectures_;
};

// The model that an estimate needs. A gated block and tied tables are worked out from the parameter count
// where they aren't known. nullopt: dimensions are missing.
std::optional<Model> model_of(const ContextModel& dimensions, const ModelTable& table,
                              const KnownModel* known = nullptr);

}  // namespace berth::checking
