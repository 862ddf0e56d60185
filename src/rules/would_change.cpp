// What would flip a decision: an exact search over the cells that the rules' constants cut.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "rules/cells.hpp"

namespace berth {
namespace {

// A fact that may be changed, with the values to try.
struct Knob {
  std::uint32_t slot = 0;
  std::vector<FactValue> values;
};

double as_number(const FactValue& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(&value)) return *d;
  return 0;
}

class Search {
 public:
  Search(const RuleSet& rules, const FactSheet& sheet, std::size_t decision, const FlipOptions& options)
      : rules_(rules), set_(rules.state()), sheet_(sheet), decision_(decision), options_(options) {
    Cuts cuts(set_.facts.size());
    for (const CompiledRule& rule : set_.compiled) {
      cuts.add(rule.when.root());
      if (rule.value) cuts.add(rule.value->root());
    }
    for (std::uint32_t slot = 0; slot < set_.facts.size(); ++slot) {
      if (set_.facts[slot].mutable_by != "user" || sheet.state().known[slot] != Known::kSet) continue;
      Knob knob{slot, cuts.values(set_.facts[slot], slot)};
      const FactValue& now = sheet.state().values[slot];
      knob.values.erase(std::remove(knob.values.begin(), knob.values.end(), now), knob.values.end());
      std::stable_sort(knob.values.begin(), knob.values.end(), [&](const FactValue& a, const FactValue& b) {
        return std::abs(as_number(a) - as_number(now)) < std::abs(as_number(b) - as_number(now));
      });
      if (!knob.values.empty()) knobs_.push_back(std::move(knob));
    }
  }

  FlipSearch run() {
    FactSheet now = sheet_;
    chosen_ = chosen(now);
    for (int facts = 1; facts <= std::clamp(options_.max_facts, 1, 3); ++facts) {
      if (!tries(0, facts, sheet_)) break;
      out_.proven_up_to = facts;
    }
    std::stable_sort(out_.flips.begin(), out_.flips.end(), [](const Flip& a, const Flip& b) {
      return a.cost != b.cost ? a.cost < b.cost : a.changes.size() < b.changes.size();
    });
    if (out_.flips.size() > options_.max_flips) out_.flips.resize(options_.max_flips);
    return std::move(out_);
  }

 private:
  std::string chosen(FactSheet& sheet) {
    ++out_.evaluations;
    const DecisionInfo& info = set_.decisions[decision_];
    const Evaluation evaluation = rules_.evaluate(sheet, info.scope, options_.as_of);
    for (const Decision& decision : evaluation.decisions) {
      if (decision.dimension != info.dimension) continue;
      if (info.policy != HitPolicy::kCollect) return decision.chosen;
      return fmt::format("{}", fmt::join(decision.collected, ", "));
    }
    return {};
  }

  // Tries all changes of `left` more facts out of knobs_ from `first` on. False: out of evaluations.
  bool tries(std::size_t first, int left, const FactSheet& sheet) {
    for (std::size_t k = first; k < knobs_.size(); ++k) {
      const Knob& knob = knobs_[k];
      for (const FactValue& value : knob.values) {
        FactSheet changed = sheet;
        changes_.push_back({set_.facts[knob.slot].path, sheet.state().values[knob.slot], value});
        changed.state().put(knob.slot, value, {}, Known::kSet);
        bool go_on = true;
        if (left > 1)
          go_on = tries(k + 1, left - 1, changed);
        else if (out_.evaluations >= options_.max_evaluations)
          go_on = false;
        else if (!contains_smaller())
          judge(changed);
        changes_.pop_back();
        if (!go_on) return false;
      }
    }
    return true;
  }

  void judge(FactSheet& changed) {
    std::string then = chosen(changed);
    // Nearer values come first: of two that do the same to the same facts the nearer is kept.
    const bool again = std::any_of(out_.flips.begin(), out_.flips.end(), [&](const Flip& flip) {
      return flip.then == then && std::equal(flip.changes.begin(), flip.changes.end(), changes_.begin(), changes_.end(),
                                             [](const FactChange& a, const FactChange& b) { return a.fact == b.fact; });
    });
    if (then == chosen_ || again) return;
    Flip flip{changes_, 0, std::move(then)};
    for (const FactChange& change : flip.changes)
      flip.cost += set_.facts[*set_.environment.find(change.fact)].change_cost;
    out_.flips.push_back(std::move(flip));
  }

  // Is one of the flips found so far a part of the present changes?
  [[nodiscard]] bool contains_smaller() const {
    return std::any_of(out_.flips.begin(), out_.flips.end(), [&](const Flip& flip) {
      if (flip.changes.size() >= changes_.size()) return false;
      return std::all_of(flip.changes.begin(), flip.changes.end(), [&](const FactChange& part) {
        return std::any_of(changes_.begin(), changes_.end(),
                           [&](const FactChange& change) { return change.fact == part.fact; });
      });
    });
  }

  const RuleSet& rules_;
  const RuleSet::State& set_;
  const FactSheet& sheet_;
  std::size_t decision_;
  const FlipOptions& options_;
  std::vector<Knob> knobs_;
  std::vector<FactChange> changes_;
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
