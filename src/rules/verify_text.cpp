// What is written inside and beside conditions: literals outside a fact's domain, equality of doubles, what
// an evaluation may cost, sources, dates, and facts that are derived for nobody or by nobody.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "core/text.hpp"
#include "rules/verifier.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using cel::Value;
using Kind = cel::Value::Kind;

// The longest list of words that a cost bound supposes a document to bring.
constexpr double kListItems = 1000;

bool is_ordering(Op op) {
  return op >= Op::kLess && op <= Op::kGreaterEqual;
}

// Steps at most, lists of facts having `items` items.
double steps(const Expr& expr, double items) {
  double sum = 1;
  for (const Expr& arg : expr.args) sum += steps(arg, items);
  if (expr.op != Op::kMacro || expr.macro == cel::Macro::kBind) return sum;
  const Expr& range = expr.args[0];
  const double count = range.op == Op::kList ? static_cast<double>(range.args.size()) : items;
  double body = 0;
  for (std::size_t i = 1; i < expr.args.size(); ++i) body += steps(expr.args[i], items);
  return 1 + steps(range, items) + count * body;
}

}  // namespace

void Verifier::texts() {
  for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
    source(i);
    dates(i);
    comparisons(i, set_.compiled[i].when.root());
    cost(i, set_.compiled[i].when);
    if (!set_.compiled[i].value) continue;
    comparisons(i, set_.compiled[i].value->root());
    cost(i, *set_.compiled[i].value);
  }
  derived_facts();
}

void Verifier::source(std::uint32_t i) {
  const Rule& rule = set_.rules[i];
  const RuleSource& source = rule.source;
  const bool any = !source.title.empty() || !source.url.empty() || !source.locator.empty() || !source.retrieved.empty();
  std::vector<std::string> wrong;
  if (source.title.empty()) wrong.emplace_back("no title");
  if (source.locator.empty()) wrong.emplace_back("no locator");
  if (source.retrieved.empty()) wrong.emplace_back("no day on which it was read");
  if (!source.url.empty() && !source.url.starts_with("https://") && !source.url.starts_with("http://"))
    wrong.push_back(fmt::format("\"{}\" is no address", shorten(source.url)));
  if (!any && rule.seed.empty()) {
    RuleFinding& finding = add("no_source", i, "warning", "the rule names no source");
    finding.fix = "give \"source\" a title, url, locator and retrieved";
    show(finding, fires_[i], {i}, {});
  } else if (any && !wrong.empty()) {
    RuleFinding& finding =
        add("malformed_source", i, "warning", fmt::format("the source has {}", fmt::join(wrong, ", ")));
    show(finding, fires_[i], {i}, {});
  }
}

void Verifier::dates(std::uint32_t i) {
  const Rule& rule = set_.rules[i];
  if (!rule.since.empty() && !rule.until.empty() && rule.since > rule.until) {
    RuleFinding& finding =
        add("dates", i, "error", fmt::format("in force from {} until {}: never", rule.since, rule.until));
    show(finding, fires_[i], {i}, {});
  } else if (!rule.until.empty() && !as_of_.empty() && rule.until < as_of_) {
    RuleFinding& finding =
        add("expired", i, "warning", fmt::format("in force only until {}, and it is {}", rule.until, as_of_));
    finding.fix = "remove the rule, or look at its source again";
    show(finding, fires_[i], {i}, {});
  }
}

void Verifier::comparisons(std::uint32_t i, const Expr& expr) {
  const bool equality = expr.op == Op::kEqual || expr.op == Op::kNotEqual;
  if (equality || is_ordering(expr.op) || expr.op == Op::kIn) outside_domain(i, expr);
  if (equality && expr.args[0].type->kind == cel::Type::Kind::kDouble &&
      expr.args[1].type->kind == cel::Type::Kind::kDouble)
    double_equality(i, expr);
  for (const Expr& arg : expr.args) comparisons(i, arg);
}

void Verifier::outside_domain(std::uint32_t i, const Expr& comparison) {
  for (const std::size_t side : {0U, 1U}) {
    const Expr& fact = comparison.args[side];
    const Expr& with = comparison.args[1 - side];
    if (fact.op != Op::kVariable) continue;
    const FactInfo& info = set_.facts[fact.slot];
    std::vector<Value> literals;
    if (with.op == Op::kLiteral) literals = {with.literal};
    if (with.op == Op::kVariable) literals = {search_.constant(with.slot)};
    if (with.folded) literals.assign(with.literal.items().begin(), with.literal.items().end());
    for (const Value& literal : literals) {
      if (!literal.is(Kind::kInt) && !literal.is(Kind::kDouble)) continue;
      const double value = literal.is(Kind::kInt) ? static_cast<double>(literal.i) : literal.d;
      const bool below = info.min && value < *info.min, above = info.max && value > *info.max;
      if (!below && !above) continue;
      RuleFinding& finding =
          add("outside_domain", i, "error",
              fmt::format("{}: {} lies outside the domain of {}, which goes from {} to {}", cel::unparse(comparison),
                          number_text(value), info.path, info.min ? number_text(*info.min) : "-infinity",
                          info.max ? number_text(*info.max) : "infinity"));
      const double nearest = below ? *info.min : *info.max;
      const FactValue end =
          info.type == FactType::kInt ? FactValue(static_cast<std::int64_t>(nearest)) : FactValue(nearest);
      finding.other = info.path;
      finding.witness.emplace().emplace_back(info.path, to_json(end));
    }
  }
}

void Verifier::double_equality(std::uint32_t i, const Expr& comparison) {
  RuleFinding& finding =
      add("double_equality", i, "warning", fmt::format("compares doubles for equality: {}", cel::unparse(comparison)));
  finding.fix = "compare with < or >, or with both ends of a range";
  for (const std::size_t side : {0U, 1U}) {
    const Expr& fact = comparison.args[side];
    const Expr& with = comparison.args[1 - side];
    if (fact.op != Op::kVariable || with.op != Op::kLiteral || !with.literal.is(Kind::kDouble)) continue;
    const FactInfo& info = set_.facts[fact.slot];
    double near = std::nextafter(with.literal.d, HUGE_VAL);
    if (info.max && near > *info.max) near = std::nextafter(with.literal.d, -HUGE_VAL);
    finding.other = info.path;
    finding.witness.emplace().emplace_back(info.path, to_json(FactValue(near)));  // equal for people, not for the rule
  }
}

// The witness has lists so long that the evaluation gives up.
void Verifier::cost(std::uint32_t i, const cel::Program& program) {
  const double most = steps(program.root(), kListItems);
  if (most <= static_cast<double>(cel::kMaxSteps)) return;
  RuleFinding& finding =
      add("cost", i, "warning",
          fmt::format("with lists of {:.0f} items an evaluation may take {:.2g} steps; after {} it gives up",
                      kListItems, most, cel::kMaxSteps));
  finding.fix = "put the cheap conditions into a derived fact, or don't nest macros";
  finding.proven = false;
  finding.doubt = "no lists were found that take so long";
  World world(set_);
  for (std::size_t items = 10; items <= static_cast<std::size_t>(kListItems); items *= 10) {
    for (const std::uint32_t slot : program.slots()) {
      const FactInfo& info = set_.facts[slot];
      if (info.type != FactType::kStringList) continue;
      std::vector<std::string> list;
      for (std::size_t k = 0; k < items; ++k)
        list.push_back(info.values.empty() ? fmt::format("{}", k) : info.values[k % info.values.size()]);
      world.put(slot, list);
    }
    const Value value = world.value(program, program.root());
    if (!value.is(Kind::kError) || value.str().find("steps") == std::string_view::npos) continue;
    finding.proven = true;
    finding.doubt.clear();
    finding.witness = world.facts();
    finding.silent = ids({i});
    return;
  }
  finding.severity = "note";
}

// A fact that rules derive and no rule reads; one that only rules could derive and none does.
void Verifier::derived_facts() {
  std::set<std::uint32_t> derived;
  std::vector<std::vector<std::uint32_t>> readers(set_.facts.size());
  const auto reads = [&](std::uint32_t rule, const std::vector<std::uint32_t>& slots) {
    for (const std::uint32_t slot : slots) readers[slot].push_back(rule);
  };
  for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
    const CompiledRule& rule = set_.compiled[i];
    reads(i, rule.when.slots());
    reads(i, rule.required);
    if (rule.value) reads(i, rule.value->slots());
    for (const cel::Program& expression : rule.message.expressions()) reads(i, expression.slots());
  }
  for (const DerivedFact& fact : set_.derived) {
    derived.insert(fact.slot);
    if (!readers[fact.slot].empty()) continue;
    const std::uint32_t rule = fact.rules.front();
    RuleFinding& finding =
        add("unused_fact", rule, "note", fmt::format("no rule reads {}", set_.facts[fact.slot].path));
    finding.other = set_.facts[fact.slot].path;
    show(finding, fires_[rule], {}, {});
  }
  for (std::uint32_t slot = 0; slot < set_.facts.size(); ++slot) {
    const FactInfo& info = set_.facts[slot];
    if (info.mutable_by != "derived" || derived.count(slot) != 0 || readers[slot].empty()) continue;
    if (std::find(left_out_.begin(), left_out_.end(), info.path) != left_out_.end()) continue;
    const std::uint32_t rule = readers[slot].front();
    RuleFinding& finding = add("underived_fact", rule, "warning",
                               fmt::format("reads {}, which only rules derive, and none does", info.path));
    finding.other = info.path;
    finding.witness.emplace();  // with nothing known the rule stays open for good
  }
}

}  // namespace berth
