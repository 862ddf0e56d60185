#include "cel/residual.hpp"

#include <algorithm>

namespace berth::cel {
namespace {

using Kind = Value::Kind;

class Pruner {
 public:
  Pruner(const Program& program, std::span<const Value> variables) : program_(program), variables_(variables) {}

  Expr prune(const Expr& expr) {
    const Value value = program_.evaluate_part(expr, variables_, arena_);
    if (!value.is_open()) return literal(expr, value);
    if (expr.op == Op::kAnd || expr.op == Op::kOr) return logic(expr);
    if (expr.op == Op::kConditional) {
      const Value condition = program_.evaluate_part(expr.args[0], variables_, arena_);
      if (condition.is(Kind::kBool)) return prune(expr.args[condition.b ? 1 : 2]);
    }
    Expr out = expr;
    out.folded = false;
    // A macro's condition speaks of its variables: only its range can be put in.
    const bool macro = expr.op == Op::kMacro;
    for (std::size_t i = 0; i < out.args.size(); ++i) {
      if (!macro || i == 0) out.args[i] = prune(expr.args[i]);
    }
    return out;
  }

 private:
  static Expr literal(const Expr& at, const Value& value) {
    Expr out;
    out.begin = at.begin;
    out.end = at.end;
    out.literal = value;
    return out;
  }

  Expr logic(const Expr& expr) {
    const bool neutral = expr.op == Op::kAnd;
    Expr out = expr;
    out.args.clear();
    for (const Expr& arg : expr.args) {
      Expr part = prune(arg);
      if (part.op == Op::kLiteral && part.literal.is(Kind::kBool) && part.literal.b == neutral) continue;
      const std::string text = unparse(part);
      const bool there =
          std::any_of(out.args.begin(), out.args.end(), [&](const Expr& other) { return unparse(other) == text; });
      if (!there) out.args.push_back(std::move(part));
    }
    if (out.args.size() == 1) return out.args[0];
    return out;
  }

  const Program& program_;
  std::span<const Value> variables_;
  Arena arena_;
};

}  // namespace

std::string residual(const Program& program, std::span<const Value> variables) {
  return unparse(Pruner(program, variables).prune(program.root()));
}

}  // namespace berth::cel
