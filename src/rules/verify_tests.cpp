// Whether the tests that travel with a rule show all it can do.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "rules/run.hpp"
#include "rules/verifier.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using Kind = cel::Value::Kind;

constexpr std::size_t kSheetsPerTest = 20000;

// Comparisons by order, outside macros.
void collect_thresholds(const Expr& expr, std::vector<const Expr*>& out) {
  if (expr.op == Op::kMacro) return;
  if (expr.op >= Op::kLess && expr.op <= Op::kGreaterEqual) out.push_back(&expr);
  for (const Expr& arg : expr.args) collect_thresholds(arg, out);
}

}  // namespace

void Verifier::tests() {
  for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
    kinds_of_tests(i);
    boundary_tests(i);
  }
}

// A rule that is settled before anything is known needs one test; one that stays open then can also be open.
void Verifier::kinds_of_tests(std::uint32_t i) {
  std::set<Verdict> there;
  for (const RuleTest& test : set_.compiled[i].tests) there.insert(test.expect);
  FactSheet::State empty(set_);
  Run run(set_, empty, {}, empty.scratch);
  run.derive();
  const bool open = run.judge(i).verdict == Verdict::kUndetermined;
  const auto lacks = [&](Verdict verdict, const char* what, const Answer& sheet) {
    if (there.count(verdict) != 0 || !sheet.found()) return;
    RuleFinding& finding = add("no_test", i, "warning", fmt::format("no test in which the rule {}", what));
    finding.fix = "add one; the witness is such a sheet";
    show(finding, sheet, verdict == Verdict::kFired ? Rules{i} : Rules{},
         verdict == Verdict::kNot ? Rules{i} : Rules{});
  };
  Goal fires, silent;
  fires.fire = {i};
  silent.silent = {i};
  Answer nothing;
  nothing.is = Answer::Is::kFound;
  if (there.count(Verdict::kFired) == 0) lacks(Verdict::kFired, "fires", search_.find(fires, kSheetsPerTest));
  if (there.count(Verdict::kNot) == 0) lacks(Verdict::kNot, "doesn't fire", search_.find(silent, kSheetsPerTest));
  if (open) lacks(Verdict::kUndetermined, "stays open", nothing);
}

// A threshold is tested on itself: that tells < from <=.
void Verifier::boundary_tests(std::uint32_t i) {
  const cel::Program& when = set_.compiled[i].when;
  std::vector<const Expr*> thresholds;
  collect_thresholds(when.root(), thresholds);
  if (thresholds.empty()) return;
  std::vector<bool> met(thresholds.size(), false);
  for (const RuleTest& test : set_.compiled[i].tests) {
    World world(set_);
    for (const auto& [slot, value] : test.facts) world.put(slot, value);
    for (std::size_t t = 0; t < thresholds.size(); ++t) {
      cel::Arena arena;
      const cel::Value left = arena.keep(world.value(when, thresholds[t]->args[0]));
      const cel::Value right = world.value(when, thresholds[t]->args[1]);
      met[t] = met[t] || (!left.is_open() && !right.is_open() && cel::equal(left, right));
    }
  }
  for (std::size_t t = 0; t < thresholds.size(); ++t) {
    if (met[t]) continue;
    // The same comparison in a second place is one threshold.
    met[t] = true;
    const std::string text = cel::unparse(*thresholds[t]);
    Goal equal;
    equal.parts = {{&when, &thresholds[t]->args[0], Goal::Wanted::kKnown},
                   {&when, &thresholds[t]->args[1], Goal::Wanted::kKnown}};
    const Expr* sides = thresholds[t]->args.data();
    equal.last = [&when, sides](World& world) {
      cel::Arena arena;
      const cel::Value left = arena.keep(world.value(when, sides[0]));
      const cel::Value right = world.value(when, sides[1]);
      return !left.is_open() && !right.is_open() && cel::equal(left, right);
    };
    const Answer sheet = search_.find(equal, kSheetsPerTest);
    if (!sheet.found()) continue;
    RuleFinding& finding =
        add("no_boundary_test", i, "note", fmt::format("no test in which both sides of {} are equal", text));
    finding.fix = "add one: it tells < from <=";
    finding.other = text;
    show(finding, sheet, {}, {});
  }
}

}  // namespace berth
