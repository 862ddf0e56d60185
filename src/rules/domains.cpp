#include "rules/domains.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using cel::Value;
using Kind = cel::Value::Kind;

bool is_comparison(Op op) {
  return op >= Op::kEqual && op <= Op::kIn;
}
bool is_text(const FactInfo& info) {
  return info.type == FactType::kString || info.type == FactType::kEnum;
}
bool is_number(const FactInfo& info) {
  return info.type == FactType::kInt || info.type == FactType::kDouble;
}
double number(const Value& value) {
  if (value.is(Kind::kInt)) return static_cast<double>(value.i);
  return value.is(Kind::kUint) ? static_cast<double>(value.u) : value.d;
}

}  // namespace

// One side of a comparison.
struct Domains::Operand {
  enum class Is : std::uint8_t { kConstant, kFact, kSize, kOther };
  Is is = Is::kOther;
  std::uint32_t slot = 0;
  Value constant;
};

Value view_of(const FactValue& fact) {
  if (const auto* b = std::get_if<bool>(&fact)) return Value::of(*b);
  if (const auto* i = std::get_if<std::int64_t>(&fact)) return Value::of(*i);
  if (const auto* d = std::get_if<double>(&fact)) return Value::of(*d);
  if (const auto* s = std::get_if<std::string>(&fact)) return Value::string(*s);
  return {};
}

Domains::Domains(const RuleSet::State& rules, std::span<const Value> constants)
    : rules_(rules), constants_(constants) {}

// So few values that all of them are tried.
bool Domains::is_finite(std::uint32_t slot) const {
  const FactInfo& info = rules_.facts[slot];
  if (info.type == FactType::kBool || info.type == FactType::kEnum) return true;
  if (info.type == FactType::kString) return !info.values.empty();
  constexpr double kFew = 32;
  return info.type == FactType::kInt && info.min && info.max && *info.max - *info.min < kFew;
}

Domains::Operand Domains::operand(const Expr& expr) const {
  Operand out;
  if (expr.op == Op::kLiteral || (expr.op == Op::kList && expr.folded)) {
    out.is = Operand::Is::kConstant;
    out.constant = expr.literal;
  } else if (expr.op == Op::kVariable) {
    out.slot = expr.slot;
    out.constant = constants_[expr.slot];
    out.is = out.constant.is(Kind::kUnknown) ? Operand::Is::kFact : Operand::Is::kConstant;
  } else if (expr.op == Op::kInvoke && expr.name == "size" && expr.args.size() == 1 &&
             expr.args[0].op == Op::kVariable && rules_.facts[expr.args[0].slot].type == FactType::kStringList) {
    out.slot = expr.args[0].slot;
    out.is = Operand::Is::kSize;
  }
  return out;
}

void Domains::walk(const cel::Program& program, const Expr& expr) {
  switch (expr.op) {
    case Op::kLiteral:
    case Op::kVariable: return;
    case Op::kHasVariable: at(expr.slot).has = true; return;
    case Op::kAnd:
    case Op::kOr:
    case Op::kNot:
    case Op::kConditional:
      for (const Expr& arg : expr.args) walk(program, arg);
      return;
    default: break;
  }
  if (is_comparison(expr.op)) return compare(program, expr);
  if (expr.op == Op::kMacro && quantifier(expr)) return;
  if (text_method(expr)) return;
  sample(expr);
}

void Domains::compare(const cel::Program& program, const Expr& expr) {
  using Is = Operand::Is;
  const Operand a = operand(expr.args[0]), b = operand(expr.args[1]);
  if (a.is == Is::kConstant && b.is == Is::kConstant) return;
  if (a.is == Is::kFact && b.is == Is::kConstant && with_constant(expr, a.slot, b.constant)) return;
  if (a.is == Is::kConstant && b.is == Is::kFact && with_constant(expr, b.slot, a.constant)) return;
  if (a.is == Is::kFact && b.is == Is::kFact && with_fact(expr, a.slot, b.slot)) return;
  if (a.is == Is::kSize && b.is == Is::kConstant && b.constant.is(Kind::kInt)) {
    at(a.slot).sizes.insert(b.constant.i);
    return;
  }
  if (a.is == Is::kConstant && b.is == Is::kSize && a.constant.is(Kind::kInt)) {
    at(b.slot).sizes.insert(a.constant.i);
    return;
  }
  if (remainder(expr) || linear(program, expr)) return;
  // Conditions that are compared with each other change where one of them does.
  const bool conditions = expr.args[0].type->kind == cel::Type::Kind::kBool &&
                          expr.args[1].type->kind == cel::Type::Kind::kBool &&
                          (expr.op == Op::kEqual || expr.op == Op::kNotEqual);
  if (!conditions) return sample(expr);
  walk(program, expr.args[0]);
  walk(program, expr.args[1]);
}

bool Domains::with_constant(const Expr& expr, std::uint32_t slot, const Value& constant) {
  const FactInfo& info = rules_.facts[slot];
  Slot& fact = at(slot);
  const bool equality = expr.op == Op::kEqual || expr.op == Op::kNotEqual;
  if (info.type == FactType::kStringList) {
    if (expr.op != Op::kIn || !constant.is(Kind::kString)) return false;
    fact.words.emplace(constant.str());
    return true;
  }
  bool exact = true;
  const auto add = [&](const Value& value) {
    if (value.is_number())
      fact.cuts.push_back(number(value));
    else if (value.is(Kind::kString))
      fact.words.emplace(value.str());
  };
  if (constant.is(Kind::kList)) {
    exact = expr.op == Op::kIn;
    for (const Value& item : constant.items()) add(item);
  } else {
    exact = equality || !constant.is(Kind::kString);
    add(constant);
  }
  return exact || is_finite(slot);
}

bool Domains::with_fact(const Expr& expr, std::uint32_t a, std::uint32_t b) {
  if (a == b) return true;
  const FactInfo& first = rules_.facts[a];
  const FactInfo& second = rules_.facts[b];
  if (is_finite(a) && is_finite(b)) return true;
  const bool texts = is_text(first) && is_text(second) && (expr.op == Op::kEqual || expr.op == Op::kNotEqual);
  if (!texts && !(is_number(first) && is_number(second))) return false;
  link(a, b);
  return true;
}

void Domains::link(std::uint32_t a, std::uint32_t b) {
  at(a).linked.push_back(b);
  at(b).linked.push_back(a);
}

// all and exists over a list of words, with a condition on the word alone.
bool Domains::quantifier(const Expr& expr) {
  const Expr& range = expr.args[0];
  if ((expr.macro != cel::Macro::kAll && expr.macro != cel::Macro::kExists) || expr.variables.size() != 1) return false;
  if (range.op != Op::kVariable || rules_.facts[range.slot].type != FactType::kStringList) return false;
  Slot found;
  if (!item_condition(expr.args[1], expr.slot, found)) return false;
  at(range.slot).words.merge(found.words);
  return true;
}

bool Domains::item_condition(const Expr& expr, std::uint32_t local, Slot& list) const {
  if (expr.op == Op::kAnd || expr.op == Op::kOr || expr.op == Op::kNot) {
    return std::all_of(expr.args.begin(), expr.args.end(),
                       [&](const Expr& arg) { return item_condition(arg, local, list); });
  }
  if (expr.op != Op::kEqual && expr.op != Op::kNotEqual && expr.op != Op::kIn) return false;
  const bool swapped = expr.args[0].op != Op::kLocal && expr.op != Op::kIn;
  const Expr& item = expr.args[swapped ? 1 : 0];
  const Operand with = operand(expr.args[swapped ? 0 : 1]);
  if (item.op != Op::kLocal || item.slot != local || with.is != Operand::Is::kConstant) return false;
  if (with.constant.is(Kind::kString)) {
    list.words.emplace(with.constant.str());
    return true;
  }
  if (!with.constant.is(Kind::kList)) return false;
  for (const Value& word : with.constant.items()) {
    if (!word.is(Kind::kString)) return false;
    list.words.emplace(word.str());
  }
  return true;
}

bool Domains::text_method(const Expr& expr) {
  const bool pattern = expr.op == Op::kMatches;
  if (!pattern && !(expr.op == Op::kInvoke && expr.method && expr.args.size() == 2)) return false;
  const Operand text = operand(expr.args[0]);
  if (text.is != Operand::Is::kFact || !is_text(rules_.facts[text.slot])) return false;
  if (is_finite(text.slot)) return true;
  if (pattern || expr.args[1].op != Op::kLiteral || !expr.args[1].literal.is(Kind::kString)) return false;
  Slot& fact = at(text.slot);
  const std::string word(expr.args[1].literal.str());
  if (expr.name == "startsWith") {
    fact.prefixes.insert(word);
    return true;
  }
  if (expr.name == "endsWith" || expr.name == "contains") fact.suffixes.insert(word);
  return false;
}

// fact % constant compared with a constant: as many whole numbers in a row as the remainders repeat in.
bool Domains::remainder(const Expr& expr) {
  const Expr& left = expr.args[0];
  if (left.op != Op::kModulo) return false;
  const Operand fact = operand(left.args[0]), divisor = operand(left.args[1]), with = operand(expr.args[1]);
  if (fact.is != Operand::Is::kFact || divisor.is != Operand::Is::kConstant || with.is != Operand::Is::kConstant)
    return false;
  constexpr std::int64_t kMost = 64;
  if (!divisor.constant.is(Kind::kInt) || divisor.constant.i < 1 || divisor.constant.i > kMost) return false;
  Slot& slot = at(fact.slot);
  const std::int64_t together = std::lcm(slot.modulus, divisor.constant.i);
  if (together > kMost) return false;
  slot.modulus = together;
  return true;
}

void Domains::collect(const Expr& expr, std::set<std::uint32_t>& facts, std::vector<Value>& literals) const {
  if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) {
    if (constants_[expr.slot].is(Kind::kUnknown))
      facts.insert(expr.slot);
    else
      literals.push_back(constants_[expr.slot]);
  }
  if (expr.op == Op::kLiteral) literals.push_back(expr.literal);
  if (expr.folded) {
    for (const Value& item : expr.literal.items()) literals.push_back(item);
    return;
  }
  for (const Expr& arg : expr.args) collect(arg, facts, literals);
}

namespace {

// How often the fact stands in a sum, difference, product or quotient with constants; -1: elsewhere too.
int occurrences(const Expr& expr, std::uint32_t slot) {
  if (expr.op == Op::kVariable) return expr.slot == slot ? 1 : 0;
  if (expr.op == Op::kLiteral) return 0;
  const bool converts = expr.op == Op::kInvoke && !expr.method && (expr.name == "double" || expr.name == "int");
  switch (expr.op) {
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kNegate: break;
    default:
      if (!converts) return -1;
  }
  int count = 0;
  for (const Expr& arg : expr.args) {
    const int here = occurrences(arg, slot);
    if (here < 0) return -1;
    count += here;
  }
  // A divisor that changes turns the order round at zero.
  if (expr.op == Op::kDivide && occurrences(expr.args[1], slot) != 0) return -1;
  return count;
}

}  // namespace

// A monotone comparison of one number has one place where it turns: bisection finds it as the evaluator
// computes it, rounding included.
bool Domains::linear(const cel::Program& program, const Expr& expr) {
  if (expr.op < Op::kLess || expr.op > Op::kGreaterEqual) return false;
  std::set<std::uint32_t> facts;
  std::vector<Value> literals;
  collect(expr, facts, literals);
  if (facts.size() != 1 || !is_number(rules_.facts[*facts.begin()])) return false;
  const std::uint32_t slot = *facts.begin();
  const int left = occurrences(expr.args[0], slot), right = occurrences(expr.args[1], slot);
  if (left < 0 || right < 0 || left + right != 1) return false;
  const FactInfo& info = rules_.facts[slot];
  const bool whole = info.type == FactType::kInt;
  double low = info.min.value_or(whole ? -9e15 : -1e300), high = info.max.value_or(whole ? 9e15 : 1e300);
  std::vector<Value> sheet(constants_.begin(), constants_.end());
  cel::Arena arena;
  const auto holds = [&](double x) {
    sheet[slot] = whole ? Value::of(static_cast<std::int64_t>(x)) : Value::of(x);
    arena.reset();
    return program.evaluate_part(expr, sheet, arena);
  };
  const Value first = holds(low), last = holds(high);
  if (!first.is(Kind::kBool) || !last.is(Kind::kBool)) return false;
  if (first.b == last.b) return true;
  constexpr int kSteps = 2200;  // from 1e300 to 1e-300 by halving the distance
  for (int step = 0; step < kSteps; ++step) {
    double middle = low / 2 + high / 2;
    if (whole) middle = std::floor(middle);
    if (middle <= low || middle >= high) break;
    const Value here = holds(middle);
    if (!here.is(Kind::kBool)) return false;
    (here.b == first.b ? low : high) = middle;
  }
  at(slot).cuts.push_back(low);
  at(slot).cuts.push_back(high);
  return true;
}

// has() may stand inside what is sampled: `batch % (has(x) ? x : 1)`.
void Domains::note_has(const Expr& expr) {
  if (expr.op == Op::kHasVariable) at(expr.slot).has = true;
  for (const Expr& arg : expr.args) note_has(arg);
}

void Domains::sample(const Expr& expr) {
  note_has(expr);
  std::set<std::uint32_t> facts;
  std::vector<Value> literals;
  collect(expr, facts, literals);
  if (std::all_of(facts.begin(), facts.end(), [&](std::uint32_t slot) { return is_finite(slot); })) return;
  const std::string text = cel::unparse(expr);
  std::uint32_t before = std::numeric_limits<std::uint32_t>::max();
  for (const std::uint32_t slot : facts) {
    Slot& fact = at(slot);
    fact.sampled.insert(text);
    for (const Value& literal : literals) {
      if (literal.is_number()) {
        fact.cuts.push_back(number(literal));
        if (number(literal) != 0) fact.factors.push_back(number(literal));
      } else if (literal.is(Kind::kString)) {
        fact.words.emplace(literal.str());
      }
    }
    if (!is_number(rules_.facts[slot])) continue;
    if (before != std::numeric_limits<std::uint32_t>::max()) link(before, slot);
    before = slot;
  }
}

void Domains::add_value(const cel::Program& value, std::uint32_t slot) {
  const Expr& root = value.root();
  if (root.op == Op::kLiteral) {
    if (root.literal.is_number()) at(slot).cuts.push_back(number(root.literal));
    if (root.literal.is(Kind::kString)) at(slot).words.emplace(root.literal.str());
    return;
  }
  sample(root);
}

std::vector<std::uint32_t> Domains::group(std::uint32_t slot) const {
  std::vector<std::uint32_t> out = {slot};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto found = slots_.find(out[i]);
    if (found == slots_.end()) continue;
    for (const std::uint32_t next : found->second.linked) {
      if (std::find(out.begin(), out.end(), next) == out.end()) out.push_back(next);
    }
  }
  return out;
}

const std::vector<FactValue>& Domains::values(std::uint32_t slot) {
  Slot& fact = at(slot);
  used_.insert(fact.sampled.begin(), fact.sampled.end());
  if (!fact.values.empty()) return fact.values;
  const FactInfo& info = rules_.facts[slot];
  switch (info.type) {
    case FactType::kBool: fact.values = {FactValue(false), FactValue(true)}; break;
    case FactType::kInt:
    case FactType::kDouble: fact.values = numbers(slot); break;
    case FactType::kString:
    case FactType::kEnum: fact.values = texts(slot); break;
    default: fact.values = lists(slot); break;
  }
  if (!fact.sampled.empty()) {
    for (const FactValue& value : fact.samples) {
      if (std::find(fact.values.begin(), fact.values.end(), value) == fact.values.end()) fact.values.push_back(value);
    }
  }
  if (fact.has) fact.values.emplace_back();
  return fact.values;
}

}  // namespace berth
