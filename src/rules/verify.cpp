// Verifying rules without facts: conditions that never or always hold, rules that repeat, contain or
// contradict each other, facts and rules that nothing uses.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "rules/cells.hpp"
#include "rules/completion.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;

class Verifier {
 public:
  explicit Verifier(const RuleSet::State& set) : set_(set) {
    for (std::uint32_t slot = 0; slot < set.facts.size(); ++slot) unknown_.push_back(set.unknown(slot));
  }

  std::vector<RuleFinding> run() {
    for (std::uint32_t i = 0; i < set_.rules.size(); ++i) one(i);
    for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
      for (std::uint32_t j = i + 1; j < set_.rules.size(); ++j) two(i, j);
    }
    derived_facts();
    options();
    return std::move(findings_);
  }

 private:
  RuleFinding& add(const char* check, std::uint32_t rule, const char* severity, std::string message) {
    findings_.push_back(
        {check, set_.rules[rule].id, {}, std::move(message), severity, true, {}, set_.rules[rule].span});
    return findings_.back();
  }
  [[nodiscard]] const Expr& root(std::uint32_t rule) const { return set_.compiled[rule].when.root(); }

  void one(std::uint32_t i) {
    const Rule& rule = set_.rules[i];
    const CompiledRule& compiled = set_.compiled[i];
    const bool fixed = compiled.when.slots().empty();
    if (fixed) {
      cel::Arena arena;
      const bool holds = compiled.when.evaluate(unknown_, arena).is_true();
      if (!holds) add("never_true", i, "error", "the condition never holds");
    } else if (compiled.may_settle) {
      const auto settled = settle(compiled.when, set_, unknown_);
      if (settled && !*settled) add("never_true", i, "error", "the condition holds for no values of its facts");
      if (settled && *settled) add("always_true", i, "warning", "the condition holds whatever its facts are");
    }
    if (!rule.since.empty() && !rule.until.empty() && rule.since > rule.until)
      add("dates", i, "error", "\"since\" lies after \"until\"");
    if (rule.source.title.empty() && rule.source.url.empty() && rule.seed.empty())
      add("no_source", i, "warning", "the rule names no source");
    tests(i);
    walk(i, compiled.when.root());
  }

  void tests(std::uint32_t i) {
    std::set<Verdict> there;
    for (const RuleTest& test : set_.compiled[i].tests) there.insert(test.expect);
    const bool fixed = set_.compiled[i].when.slots().empty();
    std::vector<std::string> lacking;
    if (there.count(Verdict::kFired) == 0) lacking.emplace_back("fires");
    if (!fixed && there.count(Verdict::kNot) == 0) lacking.emplace_back("doesn't fire");
    if (!fixed && there.count(Verdict::kUndetermined) == 0) lacking.emplace_back("stays open");
    if (!lacking.empty())
      add("no_test", i, "warning", fmt::format("no test in which the rule {}", fmt::join(lacking, ", or ")));
  }

  // Equality of doubles, and literals outside a number's domain.
  void walk(std::uint32_t i, const Expr& expr) {
    const bool equality = expr.op == Op::kEqual || expr.op == Op::kNotEqual;
    if (equality && expr.args[0].type->kind == cel::Type::Kind::kDouble) {
      add("double_equality", i, "warning", fmt::format("compares doubles for equality: {}", cel::unparse(expr)));
    }
    for (const Expr& arg : expr.args) walk(i, arg);
  }

  // ---- pairs

  [[nodiscard]] bool same_aim(std::uint32_t i, std::uint32_t j) const {
    const Rule& a = set_.rules[i];
    const Rule& b = set_.rules[j];
    return a.effect == b.effect && a.scope == b.scope && a.dimension == b.dimension && a.option == b.option &&
           a.effect != Effect::kDerive && (a.effect != Effect::kRecommend || (a.weight > 0) == (b.weight > 0));
  }

  void two(std::uint32_t i, std::uint32_t j) {
    const std::string left = cel::unparse(root(i)), right = cel::unparse(root(j));
    const Rule& a = set_.rules[i];
    const Rule& b = set_.rules[j];
    if (set_.compiled[i].when.slots().empty() || set_.compiled[j].when.slots().empty()) return;
    if (left == right && same_aim(i, j) && a.effect != Effect::kCheck) {
      add("duplicate", j, "warning", fmt::format("the same condition and aim as {}", a.id)).other = a.id;
      return;
    }
    if (left == right && a.scope == b.scope && a.dimension == b.dimension && a.option == b.option &&
        ((a.effect == Effect::kVeto && b.effect == Effect::kRecommend && b.weight > 0) ||
         (b.effect == Effect::kVeto && a.effect == Effect::kRecommend && a.weight > 0))) {
      add("conflict", j, "error",
          fmt::format("recommends what {} vetoes under the same condition, or the other way round", a.id))
          .other = a.id;
      return;
    }
    if (!same_aim(i, j) || a.effect == Effect::kCheck) return;
    if (implies(j, i))
      subsumed(j, i);
    else if (implies(i, j))
      subsumed(i, j);
  }

  void subsumed(std::uint32_t inner, std::uint32_t outer) {
    // Two weights that add up may be meant; a veto inside a veto never is.
    const char* severity = set_.rules[inner].effect == Effect::kVeto ? "warning" : "note";
    add("subsumed", inner, severity, fmt::format("whenever it fires, {} fires too", set_.rules[outer].id)).other =
        set_.rules[outer].id;
  }

  // Does the first condition imply the second? By completing !a || b; only for pairs over the same facts.
  bool implies(std::uint32_t i, std::uint32_t j) {
    const auto& a = set_.compiled[i].when.slots();
    const auto& b = set_.compiled[j].when.slots();
    if (!std::includes(a.begin(), a.end(), b.begin(), b.end())) return false;
    const std::string text =
        fmt::format("!({}) || ({})", set_.compiled[i].when.source(), set_.compiled[j].when.source());
    const auto program = cel::Program::compile(text, set_.environment, cel::Checking::kOn);
    if (!program) return false;
    return settle(*program, set_, unknown_) == std::optional<bool>(true);
  }

  // ---- the whole set

  void derived_facts() {
    std::set<std::uint32_t> used;
    for (const CompiledRule& rule : set_.compiled) {
      used.insert(rule.when.slots().begin(), rule.when.slots().end());
      used.insert(rule.required.begin(), rule.required.end());
      if (rule.value) used.insert(rule.value->slots().begin(), rule.value->slots().end());
      for (const cel::Program& expression : rule.message.expressions())
        used.insert(expression.slots().begin(), expression.slots().end());
    }
    std::set<std::uint32_t> derived;
    for (const DerivedFact& fact : set_.derived) {
      derived.insert(fact.slot);
      if (used.count(fact.slot) == 0)
        add("unused_fact", fact.rules.front(), "note", fmt::format("no rule uses {}", set_.facts[fact.slot].path));
    }
  }

  // Options that no rule can bring about.
  void options() {
    for (std::size_t d = 0; d < set_.decisions.size(); ++d) {
      for (std::size_t o = 0; o < set_.decisions[d].options.size(); ++o) {
        bool reachable = false;
        for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
          reachable = reachable || (set_.compiled[i].decision == static_cast<int>(d) &&
                                    set_.compiled[i].option == static_cast<int>(o) &&
                                    set_.rules[i].effect == Effect::kRecommend && set_.rules[i].weight > 0);
        }
        if (reachable) continue;
        findings_.push_back(
            {"gap",
             {},
             {},
             fmt::format("no rule recommends {}={}", set_.decisions[d].dimension, set_.decisions[d].options[o]),
             "note",
             true,
             {},
             {}});
      }
    }
  }

  const RuleSet::State& set_;
  std::vector<cel::Value> unknown_;
  std::vector<RuleFinding> findings_;
};

}  // namespace

std::vector<RuleFinding> verify(const RuleSet& rules) {
  return Verifier(rules.state()).run();
}

}  // namespace berth
