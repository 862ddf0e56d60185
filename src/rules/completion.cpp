#include "rules/completion.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "rules/cells.hpp"
#include "rules/domains.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using cel::Value;
using Kind = cel::Value::Kind;

// Can the expression fail for values of the right types? Doubles can't: division gives infinity.
bool is_total(const Expr& expr) {
  switch (expr.op) {
    case Op::kLiteral:
    case Op::kVariable:
    case Op::kHasVariable:
    case Op::kLocal: return true;
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kNegate:
      if (expr.type->kind != cel::Type::Kind::kDouble) return false;
      break;
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kIn:
    case Op::kAnd:
    case Op::kOr:
    case Op::kNot:
    case Op::kList:
    case Op::kMatches: break;
    case Op::kMacro:
      if (expr.macro > cel::Macro::kFilter) return false;
      break;
    case Op::kInvoke:
      if (!expr.method && expr.name != "size") return false;
      if (expr.name != "size" && expr.name != "contains" && expr.name != "startsWith" && expr.name != "endsWith")
        return false;
      break;
    default: return false;
  }
  return std::all_of(expr.args.begin(), expr.args.end(), is_total);
}

bool is_logic(const Expr& expr) {
  return expr.op == Op::kAnd || expr.op == Op::kOr || expr.op == Op::kNot;
}

void collect_atoms(const Expr& expr, std::vector<const Expr*>& atoms) {
  if (!is_logic(expr)) return atoms.push_back(&expr);
  for (const Expr& arg : expr.args) collect_atoms(arg, atoms);
}

void collect_slots(const Expr& expr, std::set<std::uint32_t>& slots) {
  if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) slots.insert(expr.slot);
  for (const Expr& arg : expr.args) collect_slots(arg, slots);
}

class Completer {
 public:
  Completer(const cel::Program& when, const RuleSet::State& rules, std::span<const Value> facts)
      : when_(when), slots_(facts.begin(), facts.end()) {
    std::vector<const Expr*> atoms;
    collect_atoms(when.root(), atoms);
    Cuts cuts(rules.facts.size());
    cuts.add(when.root());
    std::set<std::uint32_t> open;
    for (const Expr* atom : atoms) {
      if (!when.evaluate_part(*atom, slots_, arena_).is(Kind::kUnknown)) continue;
      possible_ = possible_ && is_total(*atom);
      const auto slot = single_fact(*atom);
      const bool cells = slot && !cuts.values(rules.facts[*slot], *slot).empty();
      if (cells)
        open.insert(*slot);
      else
        free_.emplace(cel::unparse(*atom), false);
    }
    std::size_t completions = std::size_t{1} << std::min(free_.size(), kMaxFreeAtoms + 1);
    for (const std::uint32_t slot : open) {
      facts_.push_back({slot, cuts.values(rules.facts[slot], slot)});
      completions *= facts_.back().values.size();
      possible_ = possible_ && completions <= kMaxCompletions;
    }
    possible_ = possible_ && free_.size() <= kMaxFreeAtoms && completions <= kMaxCompletions;
  }

  std::optional<bool> run() {
    if (!possible_) return std::nullopt;
    complete(0);
    if (seen_[0] == seen_[1]) return std::nullopt;
    return seen_[1];
  }

 private:
  struct Fact {
    std::uint32_t slot;
    std::vector<FactValue> values;
  };

  void complete(std::size_t index) {
    if (seen_[0] && seen_[1]) return;
    if (index < facts_.size()) {
      for (const FactValue& value : facts_[index].values) {
        slots_[facts_[index].slot] = view_of(value);
        complete(index + 1);
      }
      return;
    }
    for (std::size_t bits = 0; bits < std::size_t{1} << free_.size(); ++bits) {
      std::size_t bit = 0;
      for (auto& atom : free_) atom.second = ((bits >> bit++) & 1U) != 0;
      arena_.reset();
      // An error fires no rule.
      seen_[truth(when_.root()) == Truth::kTrue ? 1 : 0] = true;
    }
  }

  Truth truth(const Expr& expr) {
    if (expr.op == Op::kNot) {
      const Truth value = truth(expr.args[0]);
      return value == Truth::kTrue ? Truth::kFalse : value == Truth::kFalse ? Truth::kTrue : value;
    }
    if (expr.op == Op::kAnd || expr.op == Op::kOr) {
      const Truth settles = expr.op == Op::kOr ? Truth::kTrue : Truth::kFalse;
      bool error = false;
      for (const Expr& arg : expr.args) {
        const Truth value = truth(arg);
        if (value == settles) return value;
        error = error || value == Truth::kError;
      }
      return error ? Truth::kError : settles == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    }
    if (!free_.empty()) {
      const auto found = free_.find(cel::unparse(expr));
      if (found != free_.end()) return found->second ? Truth::kTrue : Truth::kFalse;
    }
    const Value value = when_.evaluate_part(expr, slots_, arena_);
    return value.is_true() ? Truth::kTrue : value.is_false() ? Truth::kFalse : Truth::kError;
  }

  const cel::Program& when_;
  std::vector<Value> slots_;
  std::vector<Fact> facts_;
  std::map<std::string, bool> free_;
  cel::Arena arena_;
  bool possible_ = true;
  std::array<bool, 2> seen_ = {false, false};
};

}  // namespace

bool may_settle(const cel::Program& when, const RuleSet::State& rules) {
  std::vector<const Expr*> atoms;
  collect_atoms(when.root(), atoms);
  std::set<std::uint32_t> seen;
  for (const Expr* atom : atoms) {
    std::set<std::uint32_t> slots;
    collect_slots(*atom, slots);
    for (const std::uint32_t slot : slots) {
      if (!seen.insert(slot).second) return true;
      // A comparison may be the same over the fact's whole domain.
      const FactInfo& info = rules.facts[slot];
      if (info.min || info.max || !info.values.empty()) {
        if (single_fact(*atom) && atom->op != Op::kVariable && atom->op != Op::kHasVariable) {
          Cuts cuts(rules.facts.size());
          cuts.add(*atom);
          std::vector<Value> facts(rules.facts.size());
          cel::Arena arena;
          bool can_be_true = false, can_be_false = false;
          const std::vector<FactValue> values = cuts.values(info, slot);
          for (const FactValue& value : values) {
            facts[slot] = view_of(value);
            const Value result = when.evaluate_part(*atom, facts, arena);
            can_be_true = can_be_true || result.is_true();
            can_be_false = can_be_false || result.is_false();
          }
          if (can_be_true != can_be_false) return true;
        }
      }
    }
  }
  return false;
}

std::optional<bool> settle(const cel::Program& when, const RuleSet::State& rules, std::span<const Value> facts) {
  return Completer(when, rules, facts).run();
}

}  // namespace berth
