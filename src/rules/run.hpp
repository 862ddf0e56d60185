// One run of a rule set on one fact sheet.
#pragma once

#include <string_view>

#include "rules/state.hpp"

namespace berth {

class Run {
 public:
  // Forgets what an earlier run derived. `scratch` must outlive the run.
  Run(const RuleSet::State& set, FactSheet::State& sheet, std::string_view as_of, PredicateScratch& scratch);

  // Runs the derive rules in dependency order. To be called before the rest.
  void derive();
  // Only whether the rule fires; in force or not. No allocation but for what its condition makes. Never kOpen.
  [[nodiscard]] Truth truth(std::uint32_t rule);
  [[nodiscard]] bool in_force(std::uint32_t rule) const;
  // All there is to say of a rule.
  RuleOutcome judge(std::uint32_t rule);

 private:
  void derive(const DerivedFact& fact);
  bool store(std::uint32_t slot, const cel::Value& value, const Rule& rule);
  void require(const CompiledRule& compiled, RuleOutcome& outcome) const;
  void name(const cel::Value& unknown, std::vector<std::string>& out) const;

  const RuleSet::State& set_;
  FactSheet::State& sheet_;
  std::string_view as_of_;
  PredicateScratch& scratch_;
};

}  // namespace berth
