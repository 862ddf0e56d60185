// Rules against each other: the same condition twice, one inside the other, and contradictions.
#include <fmt/format.h>

#include <algorithm>

#include "rules/verifier.hpp"

namespace berth {
namespace {

constexpr std::size_t kSheetsPerPair = 20000;

}  // namespace

void Verifier::pairs() {
  for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
    if (set_.rules[i].effect == Effect::kRequire && fires(i)) required(i);
    for (std::uint32_t j = i + 1; j < set_.rules.size(); ++j) {
      const Rule& a = set_.rules[i];
      const Rule& b = set_.rules[j];
      if (a.scope != b.scope || a.dimension != b.dimension || !fires(i) || !fires(j)) continue;
      if (a.effect == Effect::kDerive && b.effect == Effect::kDerive) {
        derived_twice(i, j);
        continue;
      }
      if (a.option != b.option) continue;
      if (a.effect == Effect::kVeto && b.effect == Effect::kRecommend && b.weight > 0) contradicted(j, i);
      if (b.effect == Effect::kVeto && a.effect == Effect::kRecommend && a.weight > 0) contradicted(i, j);
      if (same_aim(i, j)) same(i, j);
    }
  }
}

bool Verifier::same_aim(std::uint32_t i, std::uint32_t j) const {
  const Rule& a = set_.rules[i];
  const Rule& b = set_.rules[j];
  if (a.effect != b.effect) return false;
  // Checks say different things of one config; only the same condition is suspicious.
  if (a.effect == Effect::kCheck)
    return cel::unparse(set_.compiled[i].when.root()) == cel::unparse(set_.compiled[j].when.root());
  if (a.effect == Effect::kRequire)
    return std::includes(set_.compiled[i].required.begin(), set_.compiled[i].required.end(),
                         set_.compiled[j].required.begin(), set_.compiled[j].required.end()) &&
           set_.compiled[i].required.size() == set_.compiled[j].required.size();
  return a.effect != Effect::kRecommend || (a.weight > 0) == (b.weight > 0);
}

void Verifier::same(std::uint32_t i, std::uint32_t j) {
  Goal only_i, only_j;
  only_i.fire = only_j.silent = {i};
  only_i.silent = only_j.fire = {j};
  const Answer first = search_.find(only_i, kSheetsPerPair), second = search_.find(only_j, kSheetsPerPair);
  if (first.found() && second.found()) return;
  if (first.found()) return subsumed(j, i, second);
  if (second.found()) return subsumed(i, j, first);
  const bool check = set_.rules[i].effect == Effect::kCheck;
  RuleFinding& finding = add("duplicate", j, check ? "note" : "warning",
                             fmt::format("fires exactly when {} does, to the same end", id(i)));
  finding.other = id(i);
  finding.fix = "keep one of the two";
  doubt(finding, first);
  doubt(finding, second);
  show(finding, together(i, j), {i, j}, {});
}

// A sheet that decides both: one that decides the first alone may leave the other open.
Answer Verifier::together(std::uint32_t i, std::uint32_t j) {
  Goal goal;
  goal.fire = {i, j};
  return search_.find(goal, kSheetsPerPair);
}

void Verifier::subsumed(std::uint32_t inner, std::uint32_t outer, const Answer& none) {
  // Two weights that add up may be meant; a veto inside a veto never is.
  const char* severity = set_.rules[inner].effect == Effect::kRecommend ? "note" : "warning";
  RuleFinding& finding =
      add("subsumed", inner, severity, fmt::format("whenever it fires, {} fires too, to the same end", id(outer)));
  finding.other = id(outer);
  doubt(finding, none);
  show(finding, together(inner, outer), {inner, outer}, {});
}

void Verifier::contradicted(std::uint32_t recommend, std::uint32_t veto) {
  Goal alone;
  alone.fire = {recommend};
  alone.silent = {veto};
  const Answer sheet = search_.find(alone, kSheetsPerPair);
  if (sheet.found()) return;
  RuleFinding& finding =
      add("conflict", recommend, "error",
          fmt::format("whenever it recommends {}, {} vetoes it", set_.rules[recommend].option, id(veto)));
  finding.other = id(veto);
  doubt(finding, sheet);
  show(finding, together(recommend, veto), {recommend, veto}, {});
}

// Two rules that give one fact different values at once: the order of ids then decides.
void Verifier::derived_twice(std::uint32_t i, std::uint32_t j) {
  const cel::Program& first = *set_.compiled[i].value;
  const cel::Program& second = *set_.compiled[j].value;
  std::string values;
  Goal both;
  both.fire = {i, j};
  both.parts = {{&first, &first.root(), Goal::Wanted::kKnown}, {&second, &second.root(), Goal::Wanted::kKnown}};
  both.last = [&](World& world) {
    cel::Arena arena;
    const cel::Value a = arena.keep(world.value(first, first.root()));
    const cel::Value b = world.value(second, second.root());
    if (a.is_open() || b.is_open() || cel::equal(a, b)) return false;
    values = fmt::format("{} and {}", cel::to_cel(a), cel::to_cel(b));
    return true;
  };
  const Answer sheet = search_.find(both, kSheetsPerPair);
  if (sheet.proven_none()) return;
  RuleFinding& finding =
      add("conflict", j, "warning",
          sheet.found() ? fmt::format("{} and it give {} two values at once, {}; the first in id order counts", id(i),
                                      set_.rules[j].dimension, values)
                        : fmt::format("{} and it may give {} two values at once", id(i), set_.rules[j].dimension));
  finding.other = id(i);
  if (!sheet.found()) doubt(finding, sheet);
  show(finding, sheet, {i, j}, {});
}

// A rule that waits for facts where nothing is left to decide, or for facts that are always known.
void Verifier::required(std::uint32_t i) {
  const CompiledRule& rule = set_.compiled[i];
  const bool known = std::all_of(rule.required.begin(), rule.required.end(), [&](std::uint32_t slot) {
    return !search_.constant(slot).is(cel::Value::Kind::kUnknown);
  });
  if (known) {
    RuleFinding& finding = add("never_decides", i, "warning", "it waits for facts that are always known");
    show(finding, fires_[i], {i}, {});
  }
  const Sides sides = this->sides(static_cast<std::size_t>(rule.decision));
  if (std::any_of(sides.veto.begin(), sides.veto.end(), [](const Rules& vetoes) { return vetoes.empty(); })) return;
  Goal free;
  free.fire = {i};
  free.some_silent = sides.veto;
  const Answer sheet = search_.find(free, kSheetsPerPair);
  if (sheet.found()) return;
  RuleFinding& finding =
      add("conflict", i, "warning",
          fmt::format("whenever it waits for facts, every option of {} is vetoed already", set_.rules[i].dimension));
  finding.other = set_.rules[i].dimension;
  doubt(finding, sheet);
  show(finding, fires_[i], {i}, {});
}

}  // namespace berth
