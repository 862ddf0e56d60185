// What would flip a decision: an exact search over the cells that the rules' constants cut.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "rules/brief.hpp"
#include "rules/cells.hpp"
#include "rules/dependence.hpp"

namespace berth {
namespace {

// A fact that may be changed, with the values to try.
struct Knob {
  std::uint32_t slot = 0;
  FactValue now;
  std::vector<FactValue> values;
};

class Search {
 public:
  Search(const RuleSet& rules, const FactSheet& sheet, std::size_t decision, const FlipOptions& options)
      : set_(rules.state()), sheet_(sheet), decision_(decision), options_(options) {
    for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
      if (set_.compiled[i].decision == static_cast<int>(decision)) rules_.push_back(i);
    }
    chosen_ = chosen();  // derives what `sheet` may lack
    const std::vector<bool> reads = facts_behind(set_, rules_);
    Cuts cuts(set_.facts.size());
    for (const std::uint32_t rule : rules_behind(set_, rules_)) {
      const CompiledRule& compiled = set_.compiled[rule];
      for (const cel::Program* program : {&compiled.when, compiled.value ? &*compiled.value : nullptr}) {
        if (program == nullptr) continue;
        cuts.add(program->root());
        cuts.add_thresholds(*program, sheet_.state().slots);
      }
    }
    for (std::uint32_t slot = 0; slot < set_.facts.size(); ++slot) {
      if (!reads[slot] || set_.facts[slot].mutable_by != "user" || sheet_.state().known[slot] != Known::kSet) continue;
      const FactValue& now = sheet_.state().values[slot];
      Knob knob{slot, now, cuts.others(set_.facts[slot], slot, now)};
      if (!knob.values.empty()) knobs_.push_back(std::move(knob));
    }
  }

  FlipSearch run() {
    for (int facts = 1; facts <= std::clamp(options_.max_facts, 1, 3); ++facts) {
      if (!tries(0, facts)) break;
      out_.proven_up_to = facts;
    }
    std::stable_sort(out_.flips.begin(), out_.flips.end(), [](const Flip& a, const Flip& b) {
      return a.cost != b.cost ? a.cost < b.cost : a.changes.size() < b.changes.size();
    });
    if (out_.flips.size() > options_.max_flips) out_.flips.resize(options_.max_flips);
    return std::move(out_);
  }

 private:
  // Judges the dimension's own rules on the sheet as it stands.
  std::string chosen() {
    ++out_.evaluations;
    Run run(set_, sheet_.state(), options_.as_of, sheet_.state().scratch);
    run.derive();
    outcomes_.resize(rules_.size());
    for (std::size_t i = 0; i < rules_.size(); ++i) outcomes_[i] = judge_briefly(run, set_, rules_[i], options_.as_of);
    Decision decision = decide_one(set_, decision_, rules_, outcomes_);
    if (set_.decisions[decision_].policy != HitPolicy::kCollect) return std::move(decision.chosen);
    return fmt::format("{}", fmt::join(decision.collected, ", "));
  }

  // Tries all changes of `left` more facts out of knobs_ from `first` on. False: out of evaluations.
  bool tries(std::size_t first, int left) {
    for (std::size_t k = first; k < knobs_.size(); ++k) {
      const Knob& knob = knobs_[k];
      bool go_on = true;
      for (std::size_t v = 0; go_on && v < knob.values.size(); ++v) {
        changes_.push_back({set_.facts[knob.slot].path, knob.now, knob.values[v]});
        sheet_.state().put(knob.slot, knob.values[v], {}, Known::kSet);
        if (left > 1)
          go_on = tries(k + 1, left - 1);
        else if (out_.evaluations >= options_.max_evaluations)
          go_on = false;
        else if (!contains_smaller())
          judge();
        changes_.pop_back();
      }
      sheet_.state().put(knob.slot, knob.now, {}, Known::kSet);
      if (!go_on) return false;
    }
    return true;
  }

  void judge() {
    std::string then = chosen();
    // Nearer values come first: of two that do the same to the same facts the nearer is kept.
    const bool again = std::any_of(out_.flips.begin(), out_.flips.end(), [&](const Flip& flip) {
      return flip.then == then && std::equal(flip.changes.begin(), flip.changes.end(), changes_.begin(), changes_.end(),
                                             [](const FactChange& a, const FactChange& b) { return a.fact == b.fact; });
    });
    if (then == chosen_) return;
    flipping_.push_back(changes_);
    if (again) return;
    Flip flip{changes_, 0, std::move(then)};
    for (const FactChange& change : flip.changes)
      flip.cost += set_.facts[*set_.environment.find(change.fact)].change_cost;
    out_.flips.push_back(std::move(flip));
  }

  // Does a part of the present changes flip alone?
  [[nodiscard]] bool contains_smaller() const {
    return std::any_of(flipping_.begin(), flipping_.end(), [&](const std::vector<FactChange>& flip) {
      if (flip.size() >= changes_.size()) return false;
      return std::all_of(flip.begin(), flip.end(), [&](const FactChange& part) {
        return std::any_of(changes_.begin(), changes_.end(),
                           [&](const FactChange& change) { return change.fact == part.fact && change.to == part.to; });
      });
    });
  }

  const RuleSet::State& set_;
  FactSheet sheet_;  // the facts, one or more of them changed for the moment
  std::size_t decision_;
  const FlipOptions& options_;
  std::vector<std::uint32_t> rules_;  // of the dimension
  std::vector<RuleOutcome> outcomes_;
  std::vector<Knob> knobs_;
  std::vector<FactChange> changes_;
  std::vector<std::vector<FactChange>> flipping_;  // all that flip, those that do the same as another included
  std::string chosen_;
  FlipSearch out_;
};

}  // namespace

Result<FlipSearch> would_change(const RuleSet& rules, const FactSheet& sheet, std::string_view dimension,
                                const FlipOptions& options) {
  std::vector<std::string> names;
  const RuleSet::State& set = rules.state();
  for (std::size_t i = 0; i < set.decisions.size(); ++i) {
    if (set.decisions[i].dimension == dimension) return Search(rules, sheet, i, options).run();
    names.push_back(set.decisions[i].dimension);
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("no dimension '{}'{}", shorten(dimension), did_you_mean(dimension, names)));
}

}  // namespace berth
