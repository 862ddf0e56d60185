// Conditions alone: those that never or always hold, and branches that are never taken.
#include <fmt/format.h>

#include <array>

#include "rules/verifier.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;

// Enough for any condition over a handful of facts.
constexpr std::size_t kSheetsPerCondition = 20000;

}  // namespace

void Verifier::conditions() {
  for (std::uint32_t i = 0; i < set_.rules.size(); ++i) condition(i);
}

void Verifier::condition(std::uint32_t i) {
  Goal fires, silent;
  fires.fire = {i};
  silent.silent = {i};
  fires_.push_back(search_.find(fires, kSheetsPerCondition));
  silent_.push_back(search_.find(silent, kSheetsPerCondition));
  if (!fires_[i].found()) {
    RuleFinding& finding = add("never_true", i, "error", "the condition holds for no values of its facts");
    doubt(finding, fires_[i]);
    show(finding, silent_[i], {}, {i});
  } else if (!silent_[i].found() && !is_constant(i)) {
    RuleFinding& finding = add("always_true", i, "warning", "the condition holds whatever its facts are");
    finding.fix = "write \"true\" where that is meant";
    doubt(finding, silent_[i]);
    show(finding, fires_[i], {i}, {});
  }
  std::vector<Goal::Part> path;
  branches(i, set_.compiled[i].when, set_.compiled[i].when.root(), path);
  if (set_.compiled[i].value) branches(i, *set_.compiled[i].value, set_.compiled[i].value->root(), path);
}

// A macro's variables have no values here, so what stands inside one is left out.
void Verifier::branches(std::uint32_t i, const cel::Program& program, const Expr& expr, std::vector<Goal::Part>& path) {
  if (expr.op == Op::kMacro) return;
  if (expr.op == Op::kConditional) return branch(i, program, expr, path);
  for (const Expr& arg : expr.args) branches(i, program, arg, path);
}

void Verifier::branch(std::uint32_t i, const cel::Program& program, const Expr& expr, std::vector<Goal::Part>& path) {
  branches(i, program, expr.args[0], path);
  std::array<Answer, 2> taken;
  for (const std::size_t arm : {1U, 2U}) {
    Goal goal;
    goal.parts = path;
    goal.parts.push_back({&program, &expr.args[0], arm == 1 ? Goal::Wanted::kTrue : Goal::Wanted::kFalse});
    if (&program != &set_.compiled[i].when) goal.fire = {i};
    taken[arm - 1] = search_.find(goal, kSheetsPerCondition);
    if (!taken[arm - 1].found()) continue;
    path.push_back(goal.parts.back());
    branches(i, program, expr.args[arm], path);
    path.pop_back();
  }
  for (const std::size_t arm : {1U, 2U}) {
    if (taken[arm - 1].found() || !taken[2 - arm].found()) continue;
    RuleFinding& finding = add("unreachable_branch", i, "warning",
                               fmt::format("{} is never taken: {} is always {}", cel::unparse(expr.args[arm]),
                                           cel::unparse(expr.args[0]), arm == 1 ? "false" : "true"));
    doubt(finding, taken[arm - 1]);
    show(finding, taken[2 - arm], {}, {});
  }
}

}  // namespace berth
