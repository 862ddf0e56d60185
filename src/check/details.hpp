// What a check rule says beyond the engine's fields: where its finding belongs, one finding per item of
// a list, and the edit that mends it. In the rule file these stand under "check".
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "berth/check.hpp"
#include "rules/message.hpp"

namespace berth::checking {

enum class EditKind : std::uint8_t { kSet, kRemove, kRename };

// One change of the file. `fact` is a fact's path, or "item" in rules with `each`.
struct RuleEdit {
  EditKind kind = EditKind::kSet;
  std::string fact;
  Message to;  // kSet: the value as to be written; kRename: the new key
};

struct RuleDetails {
  std::vector<std::string> at;  // facts, most fitting first
  std::string each;             // a list fact: one finding per item; empty: one finding
  std::vector<RuleEdit> edits;
  Message message;  // compiled again for `each`
  Message fix;
  CheckRuleDoc doc;
};

// By rule id, for every rule of `rules`. Errors: kInvalid, located.
Result<std::map<std::string, RuleDetails>> load_details(std::span<const SourceFile> files, const RuleSet& rules);

}  // namespace berth::checking
