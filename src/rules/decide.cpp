// From what single rules say to what is decided, by each dimension's hit policy.
#include <algorithm>
#include <cmath>
#include <map>

#include "rules/state.hpp"

namespace berth {
namespace {

// A rule that is still open on an option (-1: on the whole dimension).
struct Open {
  int option;
  double weight;  // by how much it can move a score
  const std::vector<std::string>* missing;
};

class Decider {
 public:
  Decider(const DecisionInfo& info, int index)
      : info_(info), index_(index), could_(info.options.size(), false), score_(info.options.size(), 0) {
    decision_.dimension = info.dimension;
    for (const std::string& option : info.options) {
      decision_.standings.emplace_back();
      decision_.standings.back().option = option;
    }
  }

  void add(const Rule& rule, const CompiledRule& compiled, const RuleOutcome& outcome) {
    if (compiled.decision != index_ || outcome.verdict == Verdict::kNot) return;
    if (rule.effect == Effect::kRequire) {
      if (!outcome.missing.empty()) open_.push_back({-1, 1, &outcome.missing});
      return;
    }
    if (compiled.option < 0 || (rule.effect != Effect::kVeto && rule.effect != Effect::kRecommend)) return;
    OptionStanding& standing = decision_.standings[static_cast<std::size_t>(compiled.option)];
    const bool fired = outcome.verdict == Verdict::kFired;
    if (fired)
      standing.by.push_back(rule.id);
    else
      open_.push_back(
          {compiled.option, rule.effect == Effect::kVeto ? HUGE_VAL : std::abs(rule.weight), &outcome.missing});
    if (rule.effect == Effect::kVeto) {
      if (fired)
        standing.vetoed = Verdict::kFired;
      else if (standing.vetoed == Verdict::kNot)
        standing.vetoed = Verdict::kUndetermined;
      return;
    }
    standing.low += fired ? rule.weight : std::min(0.0, rule.weight);
    standing.high += fired ? rule.weight : std::max(0.0, rule.weight);
    if (rule.weight > 0 && fired) standing.recommended = true;
    if (rule.weight > 0 && !fired) could_[static_cast<std::size_t>(compiled.option)] = true;
    score_[static_cast<std::size_t>(compiled.option)] += fired ? rule.weight : 0;
  }

  Decision finish() {
    switch (info_.policy) {
      case HitPolicy::kScore: by_score(); break;
      case HitPolicy::kUnique:
      case HitPolicy::kAny: by_agreement(); break;
      case HitPolicy::kPriority: by_priority(); break;
      case HitPolicy::kCollect: collect(); break;
    }
    // A required fact that is missing holds the decision open.
    for (const Open& open : open_) decision_.decided = decision_.decided && open.option >= 0;
    if (!decision_.decided) rank_missing();
    return std::move(decision_);
  }

 private:
  [[nodiscard]] std::size_t count() const { return decision_.standings.size(); }
  [[nodiscard]] const OptionStanding& at(std::size_t i) const { return decision_.standings[i]; }
  [[nodiscard]] bool alive(std::size_t i) const { return at(i).vetoed != Verdict::kFired; }
  // Recommended now, or by a rule that is still open.
  [[nodiscard]] bool contends(std::size_t i) const { return alive(i) && (at(i).recommended || could_[i]); }
  [[nodiscard]] bool sure(std::size_t i) const { return at(i).vetoed == Verdict::kNot && at(i).recommended; }
  [[nodiscard]] bool any_open() const {
    return std::any_of(open_.begin(), open_.end(),
                       [&](const Open& o) { return o.option < 0 || contends(static_cast<std::size_t>(o.option)); });
  }
  void choose(std::size_t i) { decision_.chosen = at(i).option; }

  void by_score() {
    int best = -1;
    bool tie = false;
    for (std::size_t i = 0; i < count(); ++i) {
      if (!alive(i) || !at(i).recommended) continue;
      const double mine = score_[i];
      const double theirs = best >= 0 ? score_[static_cast<std::size_t>(best)] : 0;
      tie = best >= 0 && (mine == theirs || (tie && mine < theirs));
      if (best < 0 || mine > theirs) best = static_cast<int>(i);
    }
    if (best < 0 || tie) {
      decision_.decided = !any_open();
      return;
    }
    const auto chosen = static_cast<std::size_t>(best);
    choose(chosen);
    decision_.decided = sure(chosen);
    relevant_.resize(count());
    for (std::size_t i = 0; i < count(); ++i) {
      relevant_[i] = i == chosen || (contends(i) && at(i).high >= at(chosen).low);
      if (i != chosen && contends(i) && at(i).high >= at(chosen).low) decision_.decided = false;
    }
  }

  void by_agreement() {
    std::vector<std::size_t> recommended;
    std::size_t sure_ones = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      if (alive(i) && at(i).recommended) recommended.push_back(i);
      if (sure(i)) ++sure_ones;
    }
    if (recommended.size() == 1) choose(recommended[0]);
    // Two sure ones contradict each other whatever else becomes known.
    decision_.decided = sure_ones >= 2 || !any_open();
  }

  void by_priority() {
    bool earlier_open = false;
    for (std::size_t i = 0; i < count(); ++i) {
      if (alive(i) && at(i).recommended) {
        choose(i);
        decision_.decided = !earlier_open && sure(i);
        return;
      }
      earlier_open = earlier_open || contends(i);
    }
    decision_.decided = !earlier_open;
  }

  void collect() {
    decision_.decided = true;
    for (std::size_t i = 0; i < count(); ++i) {
      if (alive(i) && at(i).recommended) decision_.collected.push_back(at(i).option);
      if (contends(i) && !sure(i)) decision_.decided = false;
    }
  }

  // Facts by how much of the open weight hangs on them, a veto counting as all weights together.
  void rank_missing() {
    double all = 1;
    for (const Open& open : open_) all += std::isfinite(open.weight) ? open.weight : 0;
    std::map<std::string, double> settles;
    for (const Open& open : open_) {
      const bool relevant =
          open.option < 0 || (contends(static_cast<std::size_t>(open.option)) &&
                              (relevant_.empty() || relevant_[static_cast<std::size_t>(open.option)]));
      if (!relevant) continue;
      for (const std::string& fact : *open.missing) settles[fact] += std::isfinite(open.weight) ? open.weight : all;
    }
    std::vector<std::pair<std::string, double>> ranked(settles.begin(), settles.end());
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    for (auto& fact : ranked) decision_.missing.push_back(std::move(fact.first));
  }

  const DecisionInfo& info_;
  int index_;
  Decision decision_;
  std::vector<bool> could_;
  std::vector<Open> open_;
  std::vector<double> score_;   // of the rules that fired, by option
  std::vector<bool> relevant_;  // options that can still win; empty: all
};

}  // namespace

Decision decide_one(const RuleSet::State& rules, std::size_t decision, std::span<const std::uint32_t> indices,
                    const std::vector<RuleOutcome>& outcomes) {
  Decider decider(rules.decisions[decision], static_cast<int>(decision));
  for (std::size_t i = 0; i < indices.size(); ++i)
    decider.add(rules.rules[indices[i]], rules.compiled[indices[i]], outcomes[i]);
  return decider.finish();
}

std::vector<Decision> decide(const RuleSet::State& rules, Scope scope, const std::vector<RuleOutcome>& outcomes) {
  std::vector<Decision> decisions;
  const auto& indices = rules.by_scope[static_cast<std::size_t>(scope)];
  for (std::size_t d = 0; d < rules.decisions.size(); ++d) {
    if (rules.decisions[d].scope != scope) continue;
    Decider decider(rules.decisions[d], static_cast<int>(d));
    for (std::size_t i = 0; i < indices.size(); ++i)
      decider.add(rules.rules[indices[i]], rules.compiled[indices[i]], outcomes[i]);
    decisions.push_back(decider.finish());
  }
  return decisions;
}

Decision decide_settled(const RuleSet::State& rules, std::size_t decision, std::span<const std::uint32_t> fired) {
  Decider decider(rules.decisions[decision], static_cast<int>(decision));
  RuleOutcome outcome;
  outcome.verdict = Verdict::kFired;
  for (const std::uint32_t rule : fired) decider.add(rules.rules[rule], rules.compiled[rule], outcome);
  return decider.finish();
}

}  // namespace berth
