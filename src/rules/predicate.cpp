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

// The first eight bytes and the size: tells nearly all short words apart.
std::uint64_t fingerprint(std::string_view word) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, word.data(), std::min<std::size_t>(word.size(), 8));
  return bytes ^ (word.size() * 0x9E3779B97F4A7C15ULL);
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
    if (prints_[i] == print && words_[i] == word) return true;
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
  if (expr.op == Op::kMacro && expr.macro <= cel::Macro::kExists && expr.variables.size() == 1 &&
      expr.args[0].op == Op::kVariable) {
    Node condition;
    const cel::Type* type = expr.args[0].type;
    const bool texts = type->kind == cel::Type::Kind::kList && type->of[0]->kind == cel::Type::Kind::kString;
    if (texts && compile_item(expr.args[1], expr.slot, condition)) {
      Node node = store(expr.macro == cel::Macro::kAll ? Kind::kEveryItem : Kind::kAnyItem, {condition});
      node.slot = expr.args[0].slot;
      return node;
    }
  }
  return atom(program, expr);
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
  if (expr.op == Op::kIn && is_item(expr.args[0]) && is_words(expr.args[1])) {
    out.kind = Kind::kItemIn;
    out.first = words(expr.args[1].literal);
    return true;
  }
  if ((expr.op == Op::kEqual || expr.op == Op::kNotEqual) && is_item(expr.args[0]) && expr.args[1].op == Op::kLiteral &&
      expr.args[1].literal.is(ValueKind::kString)) {
    Node is;
    is.kind = Kind::kItemIs;
    is.first = words(Value::list({&expr.args[1].literal, 1}));
    out = expr.op == Op::kEqual ? is : store(Kind::kNot, {is});
    return true;
  }
  return false;
}

PredicateSet::Node PredicateSet::atom(const cel::Program& program, const Expr& expr) {
  Node node;
  node.kind = Kind::kAtom;
  const auto [found, fresh] = by_text_.emplace(cel::unparse(expr), static_cast<std::uint32_t>(atoms_.size()));
  node.first = found->second;
  if (!fresh) return node;
  Atom atom;
  if (!special(expr, atom)) atom.kind = AtomKind::kGeneral;
  if (atom.kind == AtomKind::kInWords) atom.words = words(expr.args[1].literal);
  atom.program = &program;
  atom.expr = &expr;
  atoms_.push_back(atom);
  return node;
}

bool PredicateSet::special(const Expr& expr, Atom& out) {
  if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) {
    out.kind = expr.op == Op::kVariable ? AtomKind::kBool : AtomKind::kHas;
    out.slot = expr.slot;
    return true;
  }
  if (expr.op == Op::kIn && expr.args[0].op == Op::kVariable && is_words(expr.args[1]) &&
      !expr.args[1].literal.items().empty()) {
    out.kind = AtomKind::kInWords;
    out.slot = expr.args[0].slot;
    return true;
  }
  if (!is_comparison(expr.op)) return false;
  const bool swapped = expr.args[0].op == Op::kLiteral;
  const Expr& fact = expr.args[swapped ? 1 : 0];
  const Expr& literal = expr.args[swapped ? 0 : 1];
  if (fact.op != Op::kVariable || literal.op != Op::kLiteral) return false;
  out.op = swapped ? mirrored(expr.op) : expr.op;
  out.slot = fact.slot;
  out.constant = literal.literal;
  if (out.constant.is(ValueKind::kInt) || out.constant.is(ValueKind::kDouble)) {
    out.kind = AtomKind::kNumber;
    return true;
  }
  out.kind = AtomKind::kText;
  return out.constant.is(ValueKind::kString) && (expr.op == Op::kEqual || expr.op == Op::kNotEqual);
}

void PredicateSet::start(PredicateScratch& scratch) const {
  scratch.judged.assign(atoms_.size(), kOpen);
  scratch.arena.reset();
}

Truth PredicateSet::run(const Node& node, const Value* facts, std::span<const Value> all,
                        PredicateScratch& scratch) const {
  switch (node.kind) {
    case Kind::kConstant: return node.constant;
    case Kind::kAtom: {
      std::uint8_t& judged = scratch.judged[node.first];
      if (judged == kOpen) judged = static_cast<std::uint8_t>(judge_atom(node.first, facts, all, scratch));
      return static_cast<Truth>(judged);
    }
    case Kind::kNot: return negated(run(children_[node.first], facts, all, scratch));
    case Kind::kAnd: return fold(node, false, facts, all, scratch);
    case Kind::kOr: return fold(node, true, facts, all, scratch);
    default: return items(node, facts);
  }
}

Truth PredicateSet::fold(const Node& node, bool settles, const Value* facts, std::span<const Value> all,
                         PredicateScratch& scratch) const {
  bool unknown = false, error = false;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const Truth part = run(children_[node.first + i], facts, all, scratch);
    if (part == truth(settles)) return part;
    unknown = unknown || part == Truth::kUnknown;
    error = error || part == Truth::kError;
  }
  return unknown ? Truth::kUnknown : error ? Truth::kError : truth(!settles);
}

Truth PredicateSet::items(const Node& node, const Value* facts) const {
  const Value& list = facts[node.slot];
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

Truth PredicateSet::judge_atom(std::uint32_t index, const Value* facts, std::span<const Value> all,
                               PredicateScratch& scratch) const {
  const Atom& atom = atoms_[index];
  if (atom.kind == AtomKind::kGeneral) return general(atom, all, scratch);
  const Value& fact = facts[atom.slot];
  if (fact.is(ValueKind::kUnknown)) return Truth::kUnknown;
  switch (atom.kind) {
    case AtomKind::kBool: return truth(fact);
    case AtomKind::kHas: return truth(!fact.is(ValueKind::kNull));
    case AtomKind::kNumber: {
      const bool whole = atom.constant.is(ValueKind::kInt);
      const double constant = whole ? static_cast<double>(atom.constant.i) : atom.constant.d;
      if (fact.is(ValueKind::kDouble)) return truth(compare(atom.op, fact.d, constant));
      if (!fact.is(ValueKind::kInt)) return general(atom, all, scratch);
      if (whole) return truth(compare(atom.op, fact.i, atom.constant.i));
      return truth(compare(atom.op, static_cast<double>(fact.i), constant));
    }
    case AtomKind::kText:
      if (!fact.is(ValueKind::kString)) return general(atom, all, scratch);
      return truth((fact.str() == atom.constant.str()) == (atom.op == Op::kEqual));
    default:
      if (!fact.is(ValueKind::kString)) return general(atom, all, scratch);
      return truth(word_sets_[atom.words].contains(fact.str()));
  }
}

Truth PredicateSet::general(const Atom& atom, std::span<const Value> all, PredicateScratch& scratch) const {
  return truth(atom.program->evaluate_part(*atom.expr, all, scratch.arena));
}

}  // namespace berth
