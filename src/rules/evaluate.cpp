// Running a rule set on a fact sheet.
#include <algorithm>

#include "rules/completion.hpp"
#include "rules/run.hpp"

namespace berth {
namespace {

using Kind = cel::Value::Kind;

// Why a rule is not in force on a day; empty when it is. ISO dates sort as texts.
std::string out_of_force(const Rule& rule, std::string_view as_of) {
  if (as_of.empty()) return {};
  if (!rule.since.empty() && as_of < rule.since) return "in force only from " + rule.since;
  if (!rule.until.empty() && as_of > rule.until) return "in force only until " + rule.until;
  return {};
}

}  // namespace

Truth Run::truth(std::uint32_t rule) {
  const Truth truth = set_.predicates.truth(rule, sheet_.slots, scratch_);
  if (truth != Truth::kUnknown) return truth;
  if (!set_.predicates.can_hold(rule, sheet_.slots, scratch_)) return Truth::kError;
  if (!set_.compiled[rule].may_settle) return truth;
  const std::optional<bool> settled = settle(set_.compiled[rule].when, set_, sheet_.slots);
  if (!settled) return truth;
  return *settled ? Truth::kTrue : Truth::kFalse;
}

bool Run::in_force(std::uint32_t rule) const {
  return as_of_.empty() || out_of_force(set_.rules[rule], as_of_).empty();
}

Run::Run(const RuleSet::State& set, FactSheet::State& sheet, std::string_view as_of, PredicateScratch& scratch)
    : set_(set), sheet_(sheet), as_of_(as_of), scratch_(scratch) {
  for (const DerivedFact& fact : set.derived) {
    const bool keeps = fact.constant && sheet.known[fact.slot] == Known::kDerived;
    if (sheet.known[fact.slot] != Known::kSet && !keeps) sheet.forget(fact.slot);
  }
  if (!set.derived.empty()) sheet.arena.reset();  // unknowns that derived facts hand on
}

void Run::derive() {
  for (const DerivedFact& fact : set_.derived) {
    if (sheet_.known[fact.slot] == Known::kNo) derive(fact);
  }
  set_.predicates.judge(sheet_.slots, scratch_);
}

RuleOutcome Run::judge(std::uint32_t index) {
  const Rule& rule = set_.rules[index];
  const CompiledRule& compiled = set_.compiled[index];
  RuleOutcome outcome;
  outcome.rule = &rule;
  if (!as_of_.empty()) outcome.note = out_of_force(rule, as_of_);
  if (!outcome.note.empty()) return outcome;
  const Truth truth = this->truth(index);
  if (truth == Truth::kTrue) {
    outcome.verdict = Verdict::kFired;
    if (!rule.message.empty()) outcome.message = compiled.message.render(sheet_.slots, scratch_.arena);
  } else if (truth != Truth::kFalse) {
    // Which facts are missing, or what went wrong, the full evaluation says.
    const cel::Value when = compiled.when.evaluate(sheet_.slots, scratch_.arena);
    if (truth == Truth::kUnknown) {
      outcome.verdict = Verdict::kUndetermined;
      name(when, outcome.missing);
    } else {
      outcome.note =
          when.is(Kind::kError) ? std::string(when.str()) : "a part that it needs fails, whatever is missing";
    }
  }
  if (rule.effect == Effect::kRequire) require(compiled, outcome);
  return outcome;
}

// The first rule in id order that fires gives the value. One that is open before it keeps the fact
// open. When none can fire, a fact that only rules derive is known to be absent.
void Run::derive(const DerivedFact& fact) {
  cel::Value open;
  for (const std::uint32_t index : fact.rules) {
    if (!out_of_force(set_.rules[index], as_of_).empty()) continue;
    const cel::Value when = set_.compiled[index].when.evaluate(sheet_.slots, sheet_.arena);
    if (when.is_false() || when.is(Kind::kError)) continue;
    cel::Value value = when.is_true() ? set_.compiled[index].value->evaluate(sheet_.slots, sheet_.arena) : when;
    if (when.is_true() && !open.is(Kind::kUnknown) && store(fact.slot, value, set_.rules[index])) return;
    if (value.is(Kind::kUnknown)) open = open.is(Kind::kUnknown) ? merge_unknown(open, value, sheet_.arena) : value;
    if (when.is_true()) break;
  }
  const bool only_derived = set_.facts[fact.slot].mutable_by == "derived";
  if (!open.is(Kind::kUnknown)) {
    if (only_derived) sheet_.put(fact.slot, {}, {Origin::Kind::kRule, "no rule applies", {}}, Known::kDerived);
    return;
  }
  sheet_.slots[fact.slot] = only_derived ? open : merge_unknown(open, set_.unknown(fact.slot), sheet_.arena);
}

bool Run::store(std::uint32_t slot, const cel::Value& value, const Rule& rule) {
  std::optional<FactValue> fact = to_fact(value);
  if (!fact) return false;
  Result<FactValue> fitted = fit(set_.facts[slot], std::move(*fact));
  if (!fitted) return false;
  sheet_.put(slot, std::move(*fitted), {Origin::Kind::kRule, rule.id, rule.span}, Known::kDerived);
  return true;
}

// Facts of the rule's list that are unknown join what is missing.
void Run::require(const CompiledRule& compiled, RuleOutcome& outcome) const {
  if (outcome.verdict == Verdict::kNot) return;
  std::vector<std::string> required;
  for (const std::uint32_t slot : compiled.required) {
    if (sheet_.slots[slot].is(Kind::kUnknown)) name(sheet_.slots[slot], required);
  }
  if (required.empty()) {
    outcome.missing.clear();  // whether it fires or not, all it asks for is known
    return;
  }
  outcome.missing.insert(outcome.missing.end(), required.begin(), required.end());
  std::sort(outcome.missing.begin(), outcome.missing.end());
  outcome.missing.erase(std::unique(outcome.missing.begin(), outcome.missing.end()), outcome.missing.end());
}

void Run::name(const cel::Value& unknown, std::vector<std::string>& out) const {
  for (const std::uint32_t slot : unknown.slots()) out.push_back(set_.facts[slot].path);
}

Evaluation RuleSet::evaluate(FactSheet& sheet, Scope scope, std::string_view as_of) const {
  Run run(*state_, *sheet.state_, as_of, sheet.state_->scratch);
  run.derive();
  Evaluation evaluation;
  const auto& indices = state_->by_scope[static_cast<std::size_t>(scope)];
  evaluation.outcomes.reserve(indices.size());
  for (const std::uint32_t index : indices) evaluation.outcomes.push_back(run.judge(index));
  evaluation.decisions = decide(*state_, scope, evaluation.outcomes);
  return evaluation;
}

}  // namespace berth
