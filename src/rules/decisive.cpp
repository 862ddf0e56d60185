// The facts that decided a rule: of a true || only the branch that was true, of a false && only the one
// that was false; where nothing settles it, all operands.
#include <algorithm>

#include "cel/residual.hpp"
#include "rules/state.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;

class Decisive {
 public:
  Decisive(const cel::Program& program, const FactSheet::State& sheet) : program_(program), sheet_(sheet) {}

  std::vector<std::uint32_t> run() {
    walk(program_.root());
    std::sort(slots_.begin(), slots_.end());
    slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
    return slots_;
  }

 private:
  void walk(const Expr& expr) {
    if (expr.op == Op::kAnd || expr.op == Op::kOr) {
      const bool settles = expr.op == Op::kOr;
      for (const Expr& arg : expr.args) {
        const cel::Value value = program_.evaluate_part(arg, sheet_.slots, arena_);
        if (value.is(cel::Value::Kind::kBool) && value.b == settles) return walk(arg);
      }
      for (const Expr& arg : expr.args) walk(arg);
      return;
    }
    if (expr.op == Op::kConditional) {
      walk(expr.args[0]);
      const cel::Value value = program_.evaluate_part(expr.args[0], sheet_.slots, arena_);
      if (value.is(cel::Value::Kind::kBool)) walk(expr.args[value.b ? 1 : 2]);
      return;
    }
    if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) slots_.push_back(expr.slot);
    for (const Expr& arg : expr.args) collect(arg, expr);
  }
  // Inside a macro conditions hang on its variables: all facts of it count.
  void collect(const Expr& arg, const Expr& parent) {
    if (parent.op != Op::kMacro) return walk(arg);
    if (arg.op == Op::kVariable || arg.op == Op::kHasVariable) slots_.push_back(arg.slot);
    for (const Expr& inner : arg.args) collect(inner, parent);
  }

  const cel::Program& program_;
  const FactSheet::State& sheet_;
  cel::Arena arena_;
  std::vector<std::uint32_t> slots_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> RuleSet::decisive(const Rule& rule, const FactSheet& sheet) const {
  std::vector<std::pair<std::string, std::string>> out;
  const CompiledRule* compiled = state_->compiled_of(rule);
  if (!compiled) return out;
  const FactSheet::State& facts = sheet.state();
  for (const std::uint32_t slot : Decisive(compiled->when, facts).run()) {
    if (facts.known[slot] != Known::kNo) out.emplace_back(state_->facts[slot].path, to_json(facts.values[slot]));
  }
  return out;
}

std::string RuleSet::residual(const Rule& rule, const FactSheet& sheet) const {
  const CompiledRule* compiled = state_->compiled_of(rule);
  return compiled ? cel::residual(compiled->when, sheet.state().slots) : std::string();
}

}  // namespace berth
