// Verdicts of many sheets, one after another.
#include "berth/judge.hpp"

#include <algorithm>
#include <array>

#include "rules/run.hpp"

namespace berth {

namespace {

// By Truth; whether a condition holds is as good as random, so no branch asks.
constexpr std::array<Verdict, 16> kVerdicts = [] {
  std::array<Verdict, 16> verdicts{};
  verdicts[static_cast<std::size_t>(Truth::kTrue)] = Verdict::kFired;
  verdicts[static_cast<std::size_t>(Truth::kUnknown)] = Verdict::kUndetermined;
  return verdicts;
}();

}  // namespace

struct Judge::State {
  explicit State(const RuleSet::State& rules) : set(rules), verdicts(rules.rules.size(), Verdict::kNot) {}

  const RuleSet::State& set;
  const FactSheet::State* sheet = nullptr;  // last judged
  PredicateScratch scratch;
  std::vector<Verdict> verdicts;
  std::vector<std::uint32_t> slots;

  std::span<const std::uint32_t> tidy() {
    std::sort(slots.begin(), slots.end());
    slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
    return slots;
  }
};

Judge::Judge(const RuleSet& rules) : state_(std::make_unique<State>(rules.state())) {}
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;
Judge::~Judge() = default;

std::span<const Verdict> Judge::judge(FactSheet& sheet, std::string_view as_of) {
  State& state = *state_;
  state.sheet = &sheet.state();
  Run run(state.set, sheet.state(), as_of, state.scratch);
  run.derive();
  const PredicateSet& predicates = state.set.predicates;
  Verdict* const verdicts = state.verdicts.data();
  for (std::uint32_t rule = 0; rule < state.verdicts.size(); ++rule) {
    Truth truth = predicates.judged(rule, state.scratch);
    if (truth == Truth::kOpen || truth == Truth::kUnknown) truth = run.truth(rule);
    verdicts[rule] = kVerdicts[static_cast<std::size_t>(truth)];
  }
  for (std::uint32_t rule = 0; !as_of.empty() && rule < state.verdicts.size(); ++rule) {
    if (!run.in_force(rule)) verdicts[rule] = Verdict::kNot;
  }
  return state.verdicts;
}

std::span<const std::uint32_t> Judge::decisive(std::size_t rule) {
  State& state = *state_;
  state.slots.clear();
  if (!state.sheet) return {};
  state.set.predicates.decisive(static_cast<std::uint32_t>(rule), state.sheet->slots, state.scratch, state.slots);
  const auto unknown = [&](std::uint32_t slot) { return state.sheet->known[slot] == Known::kNo; };
  state.slots.erase(std::remove_if(state.slots.begin(), state.slots.end(), unknown), state.slots.end());
  return state.tidy();
}

std::span<const std::uint32_t> Judge::missing(std::size_t rule) {
  State& state = *state_;
  state.slots.clear();
  if (!state.sheet || state.verdicts[rule] != Verdict::kUndetermined) return {};
  state.set.predicates.missing(static_cast<std::uint32_t>(rule), state.sheet->slots, state.scratch, state.slots);
  return state.tidy();
}

}  // namespace berth
