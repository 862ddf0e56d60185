#include "rules/brief.hpp"

namespace berth {

RuleOutcome judge_briefly(Run& run, const RuleSet::State& set, std::uint32_t index, std::string_view as_of) {
  const Rule& rule = set.rules[index];
  const bool dated = !as_of.empty() && (!rule.since.empty() || !rule.until.empty());
  const Truth truth = dated || rule.effect == Effect::kRequire ? Truth::kUnknown : run.truth(index);
  if (truth == Truth::kUnknown) return run.judge(index);
  RuleOutcome outcome;
  outcome.rule = &rule;
  outcome.verdict = truth == Truth::kTrue ? Verdict::kFired : Verdict::kNot;
  return outcome;
}

Evaluation evaluate_briefly(const RuleSet& rules, FactSheet& sheet, Scope scope, std::string_view as_of) {
  const RuleSet::State& set = rules.state();
  Run run(set, sheet.state(), as_of, sheet.state().scratch);
  run.derive();
  Evaluation evaluation;
  const auto& indices = set.by_scope[static_cast<std::size_t>(scope)];
  evaluation.outcomes.reserve(indices.size());
  for (const std::uint32_t index : indices) evaluation.outcomes.push_back(judge_briefly(run, set, index, as_of));
  evaluation.decisions = decide(set, scope, evaluation.outcomes);
  return evaluation;
}

}  // namespace berth
