#include "recommend/knobs.hpp"

#include <algorithm>
#include <array>

#include "rules/dependence.hpp"
#include "rules/run.hpp"

namespace berth {
namespace {

constexpr std::size_t kRungs = 6;          // doublings, and as many halvings
constexpr std::size_t kMostRejected = 32;  // candidates whose limits are looked at

// The dimensions that make up an outcome (what_if.hpp), and the precision that plans are made in.
constexpr std::array<std::string_view, 7> kDimensions{
    "accelerator.class", "accelerator.precision", "distribution.mode", "distribution.strategy",
    "placement.mode",    "placement.where",       "serving.mode"};

// Numbers whose doublings and halvings are worth estimating.
std::vector<FactValue> ladder(const FactInfo& info, const FactValue& now) {
  std::vector<FactValue> out;
  const auto add = [&](double value) {
    if ((info.min && value < *info.min) || (info.max && value > *info.max)) return;
    if (info.type == FactType::kDouble) out.emplace_back(value);
    if (info.type == FactType::kInt && value >= 1 && value == static_cast<double>(static_cast<std::int64_t>(value)))
      out.emplace_back(static_cast<std::int64_t>(value));
  };
  const double start = number_of(now).value_or(0);
  if (start <= 0) return out;
  double up = start;
  double down = start;
  for (std::size_t i = 0; i < kRungs; ++i) {
    add(up *= 2);
    add(down /= 2);
  }
  return out;
}

}  // namespace

bool is_above(const FactValue& value, const FactValue& than) {
  return number_of(value).value_or(0) > number_of(than).value_or(0);
}

Knobs::Knobs(const Session& base) : base_(base), set_(base.rules().state()), stages_(base.stages()) {
  find_rules();
  Cuts cuts(set_.facts.size());
  add_cuts(cuts);
  const FactSheet::State& sheet = base_.sheet().state();
  for (std::uint32_t slot = 0; slot < set_.facts.size(); ++slot) {
    const FactInfo& info = set_.facts[slot];
    if (info.mutable_by != "user" || sheet.known[slot] != Known::kSet || !is_changeable(info.path)) continue;
    const bool planned = read_by(info.path) < ReadBy::kDeadline;
    if (!planned && info.path != "environment.objective" && readers(slot).empty()) continue;
    Knob knob;
    knob.slot = slot;
    knob.path = info.path;
    knob.now = sheet.values[slot];
    knob.cost = info.change_cost;
    knob.is_ladder = read_by(info.path) == ReadBy::kEstimates && number_of(knob.now).has_value();
    knob.values = cuts.others(info, slot, knob.now);
    if (knob.is_ladder) {
      for (FactValue& value : ladder(info, knob.now)) knob.values.push_back(std::move(value));
      const double now = *number_of(knob.now);
      std::stable_sort(knob.values.begin(), knob.values.end(), [&](const FactValue& a, const FactValue& b) {
        const double x = number_of(a).value_or(0);
        const double y = number_of(b).value_or(0);
        return std::max(x / now, now / std::max(x, 1e-9)) < std::max(y / now, now / std::max(y, 1e-9));
      });
      knob.values.erase(std::unique(knob.values.begin(), knob.values.end()), knob.values.end());
    }
    if (!knob.values.empty()) knobs_.push_back(std::move(knob));
  }
  std::stable_sort(knobs_.begin(), knobs_.end(), [](const Knob& a, const Knob& b) {
    const bool cheap = read_by(a.path) >= ReadBy::kDeadline;
    const bool other = read_by(b.path) >= ReadBy::kDeadline;
    return cheap != other ? cheap : a.cost < b.cost;
  });
}

void Knobs::find_rules() {
  std::vector<std::uint32_t> direct;
  for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
    const Rule& rule = set_.rules[i];
    const bool headline = std::find(kDimensions.begin(), kDimensions.end(), rule.dimension) != kDimensions.end();
    const bool policy = rule.effect == Effect::kDerive;  // the pipeline itself reads policy.*
    if (rule.scope == Scope::kCandidate || headline || policy) direct.push_back(i);
  }
  rules_ = rules_behind(set_, direct);
  for (const std::uint32_t& rule : rules_) reads_.push_back(facts_behind(set_, {&rule, 1}));
}

// Constants of the rules, and what they compare facts with at present: on the last sheet, and as the chosen
// candidate's rules and those of rejected ones see it.
void Knobs::add_cuts(Cuts& cuts) {
  const auto thresholds = [&](const FactSheet& sheet, Scope scope) {
    for (const std::uint32_t rule : rules_) {
      if (set_.rules[rule].scope == scope) cuts.add_thresholds(set_.compiled[rule].when, sheet.state().slots);
    }
  };
  for (const std::uint32_t rule : rules_) {
    cuts.add(set_.compiled[rule].when.root());
    if (set_.compiled[rule].value) cuts.add(set_.compiled[rule].value->root());
  }
  thresholds(base_.sheet(), Scope::kWorkload);
  std::vector<const Judged*> candidates;
  if (!base_.ranked().empty()) candidates.push_back(base_.ranked().front());
  for (const Judged& judged : base_.judged()) {
    if (candidates.size() > kMostRejected) break;
    if (judged.rejected_by.empty() || judged.by_decision || !judged.plan->estimate) continue;
    candidates.push_back(&judged);
  }
  for (const Judged* judged : candidates) {
    if (const Result<FactSheet> sheet = base_.sheet_of(*judged)) thresholds(*sheet, Scope::kCandidate);
  }
}

std::vector<std::uint32_t> Knobs::readers(std::uint32_t slot) const {
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (reads_[i][slot]) out.push_back(rules_[i]);
  }
  return out;
}

bool Knobs::matters(const Knob& knob, const FactValue& value) {
  if (read_by(knob.path) != ReadBy::kRules || knob.path == "environment.objective") return true;
  const std::vector<std::uint32_t> rules = readers(knob.slot);
  for (const std::uint32_t rule : rules) {
    const Rule& reader = set_.rules[rule];  // candidates see facts of their own
    if (reader.scope == Scope::kCandidate || reader.effect == Effect::kDerive) return true;
  }
  for (FactSheet& sheet : stages_) {
    const auto truths = [&](const FactValue& as) {
      sheet.state().put(knob.slot, as, {}, Known::kSet);
      Run run(set_, sheet.state(), base_.as_of(), sheet.state().scratch);
      run.derive();
      std::vector<Truth> out;
      for (const std::uint32_t rule : rules) out.push_back(run.truth(rule));
      return out;
    };
    const std::vector<Truth> then = truths(value);
    if (then != truths(knob.now)) return true;
  }
  return false;
}

}  // namespace berth
