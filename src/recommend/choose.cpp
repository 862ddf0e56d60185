// From judged candidates to the one that is recommended.
#include <algorithm>
#include <limits>

#include "facts/facts.hpp"
#include "recommend/session.hpp"

namespace berth {
namespace {

// Expected time of whatever the candidate does, for candidates that nothing else tells apart.
double time_of(const Judged* judged) {
  const auto times = score_plans({judged->plan.get()}, Objective::kTime);
  return times[0] ? times[0]->value.expected : std::numeric_limits<double>::infinity();
}

bool better_by_score(const Judged* a, const Judged* b) {
  if (a->score.has_value() != b->score.has_value()) return a->score.has_value();
  return a->score && a->score->value.expected < b->score->value.expected;
}

bool better_in_a_tie(const Judged* a, const Judged* b) {
  if (a->weight != b->weight) return a->weight > b->weight;
  if (a->plan->cluster.devices() != b->plan->cluster.devices())
    return a->plan->cluster.devices() < b->plan->cluster.devices();
  if (a->score && b->score && a->score->value.expected != b->score->value.expected) return better_by_score(a, b);
  return time_of(a) < time_of(b);
}

// Best first: by score, then, among those within `margin` of the best (all, where nothing has a score), by
// the candidate rules, fewer devices, and time.
void rank(std::vector<const Judged*>& candidates, double margin) {
  std::stable_sort(candidates.begin(), candidates.end(), better_by_score);
  auto end = candidates.end();
  if (!candidates.empty() && candidates.front()->score) {
    const double limit = candidates.front()->score->value.expected * (1 + margin);
    end = std::find_if(candidates.begin(), candidates.end(), [&](const Judged* candidate) {
      return !candidate->score || candidate->score->value.expected > limit;
    });
  }
  std::stable_sort(candidates.begin(), end, better_in_a_tie);
}

DeviceClass class_of(const Judged* judged) {
  return judged->plan->offer->device->device_class;
}

bool overlap(const Judged* a, const Judged* b) {
  if (!a->score || !b->score) return true;
  return a->score->value.low <= b->score->value.high && b->score->value.low <= a->score->value.high;
}

}  // namespace

// The document's, else the rules'.
std::optional<Objective> Session::objective() const {
  if (workload_.environment.objective) return workload_.environment.objective;
  const FactValue* fallback = sheet_.get("policy.default_objective");
  const auto* word = fallback != nullptr ? std::get_if<std::string>(fallback) : nullptr;
  if (word == nullptr) return std::nullopt;
  for (const Objective objective : {Objective::kCost, Objective::kTime, Objective::kBalanced}) {
    if (*word == to_string(objective)) return objective;
  }
  return std::nullopt;
}

// The objective ranks. Where the best candidates of two classes can't be told apart (their intervals
// overlap), the guidelines that fired settle it; one that is still open speaks for nobody.
const Judged* Session::choose() {
  std::vector<const Plan*> plans;
  std::vector<Judged*> feasible;
  for (Judged& judged : judged_) {
    if (!judged.rejected_by.empty() || !judged.plan->estimate) continue;
    feasible.push_back(&judged);
    plans.push_back(judged.plan.get());
  }
  if (const auto wanted = objective()) {
    const auto scores = score_plans(plans, *wanted);
    for (std::size_t i = 0; i < feasible.size(); ++i) feasible[i]->score = scores[i];
  }
  ranked_.assign(feasible.begin(), feasible.end());
  rank(ranked_, policy("policy.tie_margin").value_or(0));
  if (ranked_.empty()) return nullptr;
  const Judged* const first = ranked_.front();
  const std::map<DeviceClass, ClassStanding> standings = class_standings();
  const Judged* chosen = first;
  for (const Judged* rival : ranked_) {
    if (class_of(rival) == class_of(chosen) || !overlap(rival, first)) continue;
    if (standings.at(class_of(rival)).sum > standings.at(class_of(chosen)).sum) chosen = rival;
  }
  if (chosen != first) {
    ranked_.erase(std::find(ranked_.begin(), ranked_.end(), chosen));
    ranked_.insert(ranked_.begin(), chosen);
  }
  // Could a guideline that lacks a fact give the answer to another class, or rule the chosen one out?
  const ClassStanding& mine = standings.at(class_of(chosen));
  class_is_open_ =
      mine.at_risk || std::any_of(ranked_.begin(), ranked_.end(), [&](const Judged* rival) {
        if (class_of(rival) == class_of(chosen) || !overlap(rival, first)) return false;
        const double most = standings.at(class_of(rival)).high;
        return rival == first ? most >= mine.low : most > mine.low;  // where they draw, the estimate stands
      });
  return chosen;
}

std::map<DeviceClass, ClassStanding> Session::class_standings() const {
  std::map<DeviceClass, ClassStanding> out;
  for (const Judged* judged : ranked_) {
    if (const auto [at, added] = out.try_emplace(class_of(judged)); added) at->second = standing_of(*judged);
  }
  return out;
}

ClassStanding Session::standing_of(const Judged& judged) const {
  ClassStanding out;
  const std::string name = to_string(class_of(&judged));
  for (const RuleOutcome& outcome : evaluation_.outcomes) {
    const Rule& rule = *outcome.rule;
    if (outcome.verdict == Verdict::kNot || rule.dimension != "accelerator.class" || rule.option != name) continue;
    const bool fired = outcome.verdict == Verdict::kFired;
    if (rule.effect == Effect::kVeto) out.at_risk = out.at_risk || !fired;
    if (rule.effect != Effect::kRecommend) continue;
    out.sum += fired ? rule.weight : 0;
    out.low += fired ? rule.weight : std::min(0.0, rule.weight);
    out.high += fired ? rule.weight : std::max(0.0, rule.weight);
  }
  return out;
}

Status Session::set_chosen_facts(const Judged* chosen) {
  ChosenFacts facts;
  facts.device_class = chosen != nullptr ? to_string(class_of(chosen)) : chosen_option("accelerator.class");
  facts.placement_mode = chosen_option("placement.mode");
  facts.as_of = as_of_;
  if (chosen != nullptr) {
    facts.device = chosen->plan->offer->device;
    facts.machine = chosen->plan->machine();
    facts.cluster = &chosen->plan->cluster;
    facts.job = &chosen->plan->job;
    facts.estimate = chosen->plan->estimate ? &*chosen->plan->estimate : nullptr;
  }
  return add_chosen_facts(sheet_, facts);
}

}  // namespace berth
