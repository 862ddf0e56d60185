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
// overlap), the guidelines' standing of the classes settles it.
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

  const Decision* classes = decision("accelerator.class");
  const auto standing = [&](const Judged* judged) {
    for (const OptionStanding& option : classes->standings) {
      if (option.option == to_string(class_of(judged))) return (option.low + option.high) / 2;
    }
    return 0.0;
  };
  const Judged* chosen = ranked_.front();
  for (const Judged* rival : ranked_) {
    if (classes == nullptr || class_of(rival) == class_of(chosen) || !overlap(rival, ranked_.front())) continue;
    if (standing(rival) > standing(chosen)) chosen = rival;
  }
  if (chosen != ranked_.front()) {
    ranked_.erase(std::find(ranked_.begin(), ranked_.end(), chosen));
    ranked_.insert(ranked_.begin(), chosen);
  }
  return chosen;
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
