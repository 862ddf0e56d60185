// What settled a condition: of a true || only the branch that was true, of a false && only the one that
// was false, of an open one the parts that are open.
#include <algorithm>

#include "cel/residual.hpp"
#include "rules/state.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using Kind = cel::Value::Kind;

void collect_slots(const Expr& expr, std::vector<std::uint32_t>& out) {
  if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) out.push_back(expr.slot);
  for (const Expr& arg : expr.args) collect_slots(arg, out);
}

void sort_once(std::vector<std::uint32_t>& slots) {
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
}

// The variable of a macro replaced by an element, for showing.
Expr with_element(const Expr& expr, std::string_view variable, const cel::Value& element) {
  Expr out = expr;
  if (expr.op == Op::kLocal && expr.name == variable) {
    out = Expr();
    out.literal = element;
    return out;
  }
  for (Expr& arg : out.args) arg = with_element(arg, variable, element);
  return out;
}

class Decisive {
 public:
  Decisive(const cel::Program& program, const FactSheet::State& sheet) : program_(program), sheet_(sheet) {}

  std::vector<TraceLeaf> leaves() {
    walk(program_.root());
    return std::move(leaves_);
  }
  std::vector<std::uint32_t> slots() {
    walk(program_.root());
    sort_once(slots_);
    return std::move(slots_);
  }

 private:
  cel::Value value_of(const Expr& expr) { return program_.evaluate_part(expr, sheet_.slots, arena_); }

  void walk(const Expr& expr) {
    if (expr.op == Op::kAnd || expr.op == Op::kOr) return logic(expr);
    if (expr.op == Op::kNot) return walk(expr.args[0]);
    if (expr.op == Op::kConditional) {
      walk(expr.args[0]);
      const cel::Value condition = value_of(expr.args[0]);
      if (condition.is(Kind::kBool)) walk(expr.args[condition.b ? 1 : 2]);
      return;
    }
    const bool quantifier = expr.op == Op::kMacro && expr.variables.size() == 1 &&
                            (expr.macro == cel::Macro::kExists || expr.macro == cel::Macro::kAll);
    if (quantifier && element(expr)) return;
    leaf(expr, value_of(expr), cel::unparse(expr));
  }

  void logic(const Expr& expr) {
    const bool settles = expr.op == Op::kOr;
    for (const Expr& arg : expr.args) {
      const cel::Value value = value_of(arg);
      if (value.is(Kind::kBool) && value.b == settles) return walk(arg);
    }
    const bool open = value_of(expr).is_open();
    for (const Expr& arg : expr.args) {
      if (!open || value_of(arg).is_open()) walk(arg);
    }
  }

  // The element that made exists() true or all() false. False when no single one did.
  bool element(const Expr& expr) {
    const cel::Value range = value_of(expr.args[0]);
    if (!range.is(Kind::kList)) return false;
    const bool settles = expr.macro == cel::Macro::kExists;
    Expr one = expr;
    one.folded = false;
    for (const cel::Value& item : range.items()) {
      one.args[0] = Expr();
      one.args[0].literal = cel::Value::list({&item, 1});
      const cel::Value value = value_of(one);
      if (!value.is(Kind::kBool) || value.b != settles) continue;
      leaf(expr, value, cel::unparse(with_element(expr.args[1], expr.variables[0], item)));
      return true;
    }
    return false;
  }

  void leaf(const Expr& expr, const cel::Value& value, std::string text) {
    std::vector<std::uint32_t> slots;
    collect_slots(expr, slots);
    sort_once(slots);
    slots_.insert(slots_.end(), slots.begin(), slots.end());
    TraceLeaf out;
    out.text = std::move(text);
    out.value = value.is(Kind::kBool)      ? (value.b ? "true" : "false")
                : value.is(Kind::kUnknown) ? "unknown"
                : value.is(Kind::kError)   ? "error: " + std::string(value.str())
                                           : cel::to_cel(value);
    for (const std::uint32_t slot : slots) out.facts.push_back(sheet_.rules->facts[slot].path);
    leaves_.push_back(std::move(out));
  }

  const cel::Program& program_;
  const FactSheet::State& sheet_;
  cel::Arena arena_;
  std::vector<std::uint32_t> slots_;
  std::vector<TraceLeaf> leaves_;
};

}  // namespace

const char* to_string(Origin::Kind kind) {
  switch (kind) {
    case Origin::Kind::kDocument: return "document";
    case Origin::Kind::kModel: return "model";
    case Origin::Kind::kCatalog: return "catalog";
    case Origin::Kind::kEstimate: return "estimate";
    case Origin::Kind::kRule: return "rule";
    case Origin::Kind::kOption: return "option";
    case Origin::Kind::kAssumption: return "assumption";
  }
  return "";
}

std::vector<std::pair<std::string, std::string>> RuleSet::decisive(const Rule& rule, const FactSheet& sheet) const {
  std::vector<std::pair<std::string, std::string>> out;
  const CompiledRule* compiled = state_->compiled_of(rule);
  if (!compiled) return out;
  const FactSheet::State& facts = sheet.state();
  for (const std::uint32_t slot : Decisive(compiled->when, facts).slots()) {
    if (facts.known[slot] != Known::kNo) out.emplace_back(state_->facts[slot].path, to_json(facts.values[slot]));
  }
  return out;
}

RuleTrace RuleSet::trace(const Rule& rule, const FactSheet& sheet) const {
  RuleTrace out;
  const CompiledRule* compiled = state_->compiled_of(rule);
  if (!compiled) return out;
  out.leaves = Decisive(compiled->when, sheet.state()).leaves();
  cel::Arena arena;
  if (compiled->when.evaluate(sheet.state().slots, arena).is(Kind::kUnknown))
    out.residual = cel::residual(compiled->when, sheet.state().slots);
  return out;
}

std::string RuleSet::residual(const Rule& rule, const FactSheet& sheet) const {
  const CompiledRule* compiled = state_->compiled_of(rule);
  return compiled ? cel::residual(compiled->when, sheet.state().slots) : std::string();
}

}  // namespace berth
