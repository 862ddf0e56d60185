#include "rules/predicate.hpp"

#include <algorithm>
#include <cstring>

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using cel::Value;
using ValueKind = cel::Value::Kind;

constexpr std::uint8_t kOpen = 0xFF;

std::uint64_t load4(const char* at) {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, at, 4);
  return bytes;
}

// The size and up to eight bytes: tells short words apart for good, and nearly all long ones.
std::uint64_t fingerprint(std::string_view word) {
  const std::size_t size = word.size();
  std::uint64_t bytes = 0;
  if (size >= 8) {
    std::memcpy(&bytes, word.data(), 8);
  } else if (size >= 4) {
    bytes = load4(word.data()) | load4(word.data() + size - 4) << 32U;
  } else if (size > 0) {
    const auto at = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(word[i])}; };
    bytes = at(0) | at(size / 2) << 8U | at(size - 1) << 16U;
  }
  return bytes ^ (size * 0x9E3779B97F4A7C15ULL);
}

template <class T>
bool compare(Op op, T a, T b) {
  switch (op) {
    case Op::kEqual: return a == b;
    case Op::kNotEqual: return a != b;
    case Op::kLess: return a < b;
    case Op::kLessEqual: return a <= b;
    case Op::kGreater: return a > b;
    default: return a >= b;
  }
}

Op mirrored(Op op) {
  switch (op) {
    case Op::kLess: return Op::kGreater;
    case Op::kLessEqual: return Op::kGreaterEqual;
    case Op::kGreater: return Op::kLess;
    case Op::kGreaterEqual: return Op::kLessEqual;
    default: return op;
  }
}

bool is_comparison(Op op) {
  return op >= Op::kEqual && op <= Op::kGreaterEqual;
}

bool is_words(const Expr& expr) {
  return expr.op == Op::kList && expr.folded &&
         std::all_of(expr.literal.items().begin(), expr.literal.items().end(),
                     [](const Value& v) { return v.is(ValueKind::kString); });
}

Truth truth(bool value) {
  return value ? Truth::kTrue : Truth::kFalse;
}
Truth truth(const Value& value) {
  if (value.is(ValueKind::kBool)) return truth(value.b);
  return value.is(ValueKind::kUnknown) ? Truth::kUnknown : Truth::kError;
}
Truth negated(Truth value) {
  if (value == Truth::kTrue) return Truth::kFalse;
  return value == Truth::kFalse ? Truth::kTrue : value;
}

}  // namespace

void WordSet::add(std::string_view word) {
  prints_.push_back(fingerprint(word));
  words_.push_back(word);
}

bool WordSet::contains(std::string_view word) const {
  const std::uint64_t print = fingerprint(word);
  for (std::size_t i = 0; i < prints_.size(); ++i) {
    // Up to eight bytes the fingerprint is the word; beyond, the rest decides.
    if (prints_[i] == print && words_[i].size() == word.size() && (word.size() <= 8 || words_[i] == word)) return true;
  }
  return false;
}

std::uint32_t PredicateSet::add(const cel::Program& program) {
  roots_.push_back(compile(program, program.root()));
  return static_cast<std::uint32_t>(roots_.size() - 1);
}

PredicateSet::Node PredicateSet::store(Kind kind, std::vector<Node> parts) {
  Node node;
  node.kind = kind;
  node.first = static_cast<std::uint32_t>(children_.size());
  node.count = static_cast<std::uint32_t>(parts.size());
  children_.insert(children_.end(), parts.begin(), parts.end());
  return node;
}

std::uint32_t PredicateSet::words(const Value& list) {
  word_sets_.emplace_back();
  for (const Value& item : list.items()) word_sets_.back().add(item.str());
  return static_cast<std::uint32_t>(word_sets_.size() - 1);
}

PredicateSet::Node PredicateSet::compile(const cel::Program& program, const Expr& expr) {
  if (expr.op == Op::kAnd || expr.op == Op::kOr) {
    std::vector<Node> parts;
    for (const Expr& arg : expr.args) parts.push_back(compile(program, arg));
    return store(expr.op == Op::kAnd ? Kind::kAnd : Kind::kOr, std::move(parts));
  }
  if (expr.op == Op::kNot) return store(Kind::kNot, {compile(program, expr.args[0])});
  if (expr.op == Op::kLiteral && expr.literal.is(ValueKind::kBool)) {
    Node node;
    node.constant = truth(expr.literal.b);
    return node;
  }
  return expr.op == Op::kMacro ? compile_macro(program, expr) : compile_atom(program, expr);
}

PredicateSet::Node PredicateSet::compile_macro(const cel::Program& program, const Expr& expr) {
  const Expr& range = expr.args[0];
  if (expr.macro <= cel::Macro::kExists && expr.variables.size() == 1 && range.op == Op::kVariable) {
    const cel::Type* type = range.type;
    const bool texts = type->kind == cel::Type::Kind::kList && type->of[0]->kind == cel::Type::Kind::kString;
    Node condition;
    if (texts && compile_item(expr.args[1], expr.slot, condition)) {
      Node node = store(expr.macro == cel::Macro::kAll ? Kind::kEveryItem : Kind::kAnyItem, {condition});
      node.slot = range.slot;
      return node;
    }
  }
  return compile_atom(program, expr);
}

// A quantifier's condition that speaks of its item alone.
bool PredicateSet::compile_item(const Expr& expr, std::uint32_t local, Node& out) {
  const auto is_item = [&](const Expr& e) { return e.op == Op::kLocal && e.slot == local; };
  if (expr.op == Op::kNot || expr.op == Op::kAnd || expr.op == Op::kOr) {
    std::vector<Node> parts(expr.args.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!compile_item(expr.args[i], local, parts[i])) return false;
    }
    out = store(expr.op == Op::kNot ? Kind::kNot : expr.op == Op::kAnd ? Kind::kAnd : Kind::kOr, std::move(parts));
    return true;
  }
  Node is;
  is.kind = Kind::kItemIn;
  if (expr.op == Op::kIn && is_item(expr.args[0]) && is_words(expr.args[1])) {
    is.first = words(expr.args[1].literal);
    out = is;
    return true;
  }
  const bool equality = expr.op == Op::kEqual || expr.op == Op::kNotEqual;
  if (!equality || !is_item(expr.args[0]) || expr.args[1].op != Op::kLiteral) return false;
  if (!expr.args[1].literal.is(ValueKind::kString)) return false;
  is.first = words(Value::list({&expr.args[1].literal, 1}));
  out = expr.op == Op::kEqual ? is : store(Kind::kNot, {is});
  return true;
}

PredicateSet::Node PredicateSet::compile_atom(const cel::Program& program, const Expr& expr) {
  Node node;
  if (!special(expr, node)) node.kind = Kind::kGeneral;
  node.general = general(program, expr);
  return node;
}

std::uint32_t PredicateSet::general(const cel::Program& program, const Expr& expr) {
  const auto [found, fresh] = by_text_.emplace(cel::unparse(expr), static_cast<std::uint32_t>(atoms_.size()));
  if (fresh) atoms_.push_back({&program, &expr});
  return found->second;
}

bool PredicateSet::special(const Expr& expr, Node& out) {
  if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) {
    out.kind = expr.op == Op::kVariable ? Kind::kBool : Kind::kHas;
    out.slot = expr.slot;
    return true;
  }
  if (expr.op == Op::kIn && expr.args[0].op == Op::kVariable && is_words(expr.args[1]) &&
      !expr.args[1].literal.items().empty()) {
    out.kind = Kind::kWords;
    out.slot = expr.args[0].slot;
    out.first = words(expr.args[1].literal);
    return true;
  }
  if (!is_comparison(expr.op)) return false;
  const bool swapped = expr.args[0].op == Op::kLiteral;
  const Expr& fact = expr.args[swapped ? 1 : 0];
  const Expr& literal = expr.args[swapped ? 0 : 1];
  if (fact.op != Op::kVariable || literal.op != Op::kLiteral) return false;
  out.op = swapped ? mirrored(expr.op) : expr.op;
  out.slot = fact.slot;
  const Value& constant = literal.literal;
  if (constant.is(ValueKind::kInt) || constant.is(ValueKind::kDouble)) {
    out.kind = Kind::kNumber;
    out.whole = constant.is(ValueKind::kInt);
    out.integer = out.whole ? constant.i : 0;
    out.number = out.whole ? static_cast<double>(constant.i) : constant.d;
    return true;
  }
  if (!constant.is(ValueKind::kString) || (expr.op != Op::kEqual && expr.op != Op::kNotEqual)) return false;
  out.kind = Kind::kText;
  out.first = words(Value::list({&constant, 1}));
  return true;
}

void PredicateSet::start(PredicateScratch& scratch) const {
  scratch.judged.assign(atoms_.size(), kOpen);
  scratch.arena.reset();
}

Truth PredicateSet::run(const Node& node, const Context& context) const {
  switch (node.kind) {
    case Kind::kConstant: return node.constant;
    case Kind::kNot: return negated(run(children_[node.first], context));
    case Kind::kAnd: return fold(node, false, context);
    case Kind::kOr: return fold(node, true, context);
    case Kind::kEveryItem:
    case Kind::kAnyItem: return items(node, context);
    case Kind::kGeneral: return judge_general(node.general, context);
    default: break;
  }
  const Value& fact = context.facts[node.slot];
  if (fact.is(ValueKind::kUnknown)) return Truth::kUnknown;
  if (node.kind == Kind::kNumber) return number(node, fact, context);
  if (node.kind == Kind::kBool) return truth(fact);
  if (node.kind == Kind::kHas) return truth(!fact.is(ValueKind::kNull));
  if (!fact.is(ValueKind::kString)) return judge_general(node.general, context);
  const bool there = word_sets_[node.first].contains(fact.str());
  return truth(there != (node.op == Op::kNotEqual));
}

Truth PredicateSet::number(const Node& node, const Value& fact, const Context& context) const {
  if (fact.is(ValueKind::kDouble)) return truth(compare(node.op, fact.d, node.number));
  if (!fact.is(ValueKind::kInt)) return judge_general(node.general, context);
  if (node.whole) return truth(compare(node.op, fact.i, node.integer));
  return truth(compare(node.op, static_cast<double>(fact.i), node.number));
}

Truth PredicateSet::fold(const Node& node, bool settles, const Context& context) const {
  bool unknown = false, error = false;
  const Truth settling = truth(settles);
  const Node* at = children_.data() + node.first;
  for (const Node* end = at + node.count; at != end; ++at) {
    const Truth part = run(*at, context);
    if (part == settling) return part;
    unknown = unknown || part == Truth::kUnknown;
    error = error || part == Truth::kError;
  }
  return unknown ? Truth::kUnknown : error ? Truth::kError : truth(!settles);
}

Truth PredicateSet::items(const Node& node, const Context& context) const {
  const Value& list = context.facts[node.slot];
  if (!list.is(ValueKind::kList)) return list.is(ValueKind::kUnknown) ? Truth::kUnknown : Truth::kError;
  const bool settles = node.kind == Kind::kAnyItem;
  const Node& condition = children_[node.first];
  for (const Value& value : list.items()) {
    if (item(condition, value.str()) == settles) return truth(settles);
  }
  return truth(!settles);
}

bool PredicateSet::item(const Node& node, std::string_view text) const {
  switch (node.kind) {
    case Kind::kNot: return !item(children_[node.first], text);
    case Kind::kAnd:
    case Kind::kOr: {
      const bool settles = node.kind == Kind::kOr;
      for (std::uint32_t i = 0; i < node.count; ++i) {
        if (item(children_[node.first + i], text) == settles) return settles;
      }
      return !settles;
    }
    default: return word_sets_[node.first].contains(text);
  }
}

Truth PredicateSet::judge_general(std::uint32_t atom, const Context& context) const {
  std::uint8_t& judged = context.scratch.judged[atom];
  if (judged == kOpen) {
    const Value value = atoms_[atom].program->evaluate_part(*atoms_[atom].expr, context.all, context.scratch.arena);
    judged = static_cast<std::uint8_t>(truth(value));
  }
  return static_cast<Truth>(judged);
}

}  // namespace berth
