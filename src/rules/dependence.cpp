#include "rules/dependence.hpp"

namespace berth {
namespace {

class Walk {
 public:
  explicit Walk(const RuleSet::State& set)
      : set_(set), rules_(set.rules.size(), false), facts_(set.facts.size(), false), derivers_(set.facts.size()) {
    for (const DerivedFact& fact : set.derived) derivers_[fact.slot] = &fact;
  }

  void rule(std::uint32_t index) {
    if (rules_[index]) return;
    rules_[index] = true;
    const CompiledRule& compiled = set_.compiled[index];
    for (const std::uint32_t slot : compiled.when.slots()) fact(slot);
    if (compiled.value) {
      for (const std::uint32_t slot : compiled.value->slots()) fact(slot);
    }
    for (const std::uint32_t slot : compiled.required) fact(slot);
  }

  [[nodiscard]] const std::vector<bool>& rules() const { return rules_; }
  [[nodiscard]] const std::vector<bool>& facts() const { return facts_; }

 private:
  void fact(std::uint32_t slot) {
    if (facts_[slot]) return;
    facts_[slot] = true;
    if (derivers_[slot] == nullptr) return;
    for (const std::uint32_t index : derivers_[slot]->rules) rule(index);
  }

  const RuleSet::State& set_;
  std::vector<bool> rules_, facts_;
  std::vector<const DerivedFact*> derivers_;
};

Walk walk(const RuleSet::State& set, std::span<const std::uint32_t> rules) {
  Walk out(set);
  for (const std::uint32_t index : rules) out.rule(index);
  return out;
}

}  // namespace

std::vector<std::uint32_t> rules_behind(const RuleSet::State& set, std::span<const std::uint32_t> rules) {
  const Walk walked = walk(set, rules);
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < walked.rules().size(); ++i) {
    if (walked.rules()[i]) out.push_back(i);
  }
  return out;
}

std::vector<bool> facts_behind(const RuleSet::State& set, std::span<const std::uint32_t> rules) {
  return walk(set, rules).facts();
}

}  // namespace berth
