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

// A sheet's state says where its facts lie, and a list fact where its items lie: each is asked for some
// sheets before it is read.
void Judge::fetch_after(std::span<FactSheet> sheets, std::size_t i) {
  constexpr std::size_t kLine = 64, kStateAhead = 8, kFactsAhead = 4, kItemsAhead = 2;
  const auto fetch = [](const void* at, std::size_t bytes) {
    for (std::size_t offset = 0; offset < bytes; offset += kLine)
      __builtin_prefetch(static_cast<const std::byte*>(at) + offset);
  };
  if (i + kStateAhead < sheets.size()) fetch(&sheets[i + kStateAhead].state(), 2 * kLine);
  if (i + kFactsAhead < sheets.size()) {
    const FactSheet::State& state = sheets[i + kFactsAhead].state();
    fetch(state.slots.data(), state.slots.size() * sizeof(cel::Value));
    fetch(state.lists.data(), state.lists.size() * sizeof(state.lists[0]));
  }
  if (i + kItemsAhead < sheets.size()) {
    for (const std::vector<cel::Value>& items : sheets[i + kItemsAhead].state().lists)
      fetch(items.data(), items.size() * sizeof(cel::Value));
  }
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
