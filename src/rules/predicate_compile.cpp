// From checked expressions to atoms and parts.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "rules/predicate.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using cel::Value;
using ValueKind = cel::Value::Kind;
using TypeKind = cel::Type::Kind;

// The range of the values x for which `x op literal` holds; for != the one for which it doesn't.
template <class T>
std::pair<T, T> range_of(Op op, T literal) {
  using Limits = std::numeric_limits<T>;
  constexpr T kLowest = Limits::has_infinity ? -Limits::infinity() : Limits::min();
  constexpr T kHighest = Limits::has_infinity ? Limits::infinity() : Limits::max();
  constexpr std::pair<T, T> kNone{1, 0};
  const auto next = [&](T towards) {
    if constexpr (std::is_integral_v<T>)
      return towards > literal ? literal + 1 : literal - 1;
    else
      return std::nextafter(literal, towards);
  };
  if (literal != literal) return kNone;  // NaN
  switch (op) {
    case Op::kLess: return literal == kLowest ? kNone : std::pair{kLowest, next(kLowest)};
    case Op::kLessEqual: return {kLowest, literal};
    case Op::kGreater: return literal == kHighest ? kNone : std::pair{next(kHighest), kHighest};
    case Op::kGreaterEqual: return {literal, kHighest};
    default: return {literal, literal};
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

Truth as_truth(bool value) {
  return value ? Truth::kTrue : Truth::kFalse;
}

bool is_logic(const Expr& expr) {
  return expr.op == Op::kAnd || expr.op == Op::kOr || expr.op == Op::kNot;
}

}  // namespace

template <class T>
PredicateSet::Ref PredicateSet::push(Table table, std::vector<T>& atoms, T atom) {
  atoms.push_back(atom);
  return {table, static_cast<std::uint32_t>(atoms.size() - 1)};
}

std::uint32_t PredicateSet::add(const cel::Program& program) {
  root_refs_.push_back(compile(program, program.root(), false));
  return static_cast<std::uint32_t>(root_refs_.size() - 1);
}

PredicateSet::Ref PredicateSet::compile(const cel::Program& program, const Expr& expr, bool negated) {
  if (expr.op == Op::kNot) return compile(program, expr.args[0], !negated);
  if (is_logic(expr)) return logic(program, expr, negated);
  if (expr.op == Op::kLiteral && expr.literal.is(ValueKind::kBool))
    return push(Table::kConstant, constants_, as_truth(expr.literal.b != negated));
  return atom(program, expr, negated);
}

PredicateSet::Ref PredicateSet::logic(const cel::Program& program, const Expr& expr, bool negated) {
  const Kind kind = (expr.op == Op::kAnd) != negated ? Kind::kAnd : Kind::kOr;
  std::vector<Ref> children;
  operands(program, expr, negated, kind, children);
  return part(kind, std::move(children));
}

// The operands of `expr`, those of operands of the same kind in their place.
void PredicateSet::operands(const cel::Program& program, const Expr& expr, bool negated, Kind kind,
                            std::vector<Ref>& out) {
  if (expr.op == Op::kNot && is_logic(expr.args[0])) return operands(program, expr.args[0], !negated, kind, out);
  const bool same = is_logic(expr) && expr.op != Op::kNot && ((expr.op == Op::kAnd) != negated) == (kind == Kind::kAnd);
  if (!same) return out.push_back(compile(program, expr, negated));
  for (const Expr& arg : expr.args) operands(program, arg, negated, kind, out);
}

PredicateSet::Ref PredicateSet::part(Kind kind, std::vector<Ref> children) {
  std::string key(1, kind == Kind::kAnd ? '&' : kind == Kind::kOr ? '|' : '~');
  for (const Ref child : children) key += fmt::format(" {}:{}", static_cast<int>(child.table), child.index);
  const auto [found, fresh] = known_.emplace(std::move(key), Ref{});
  if (!fresh) return found->second;
  const Part part{kind, static_cast<std::uint32_t>(children_.size()), static_cast<std::uint32_t>(children.size())};
  children_.insert(children_.end(), children.begin(), children.end());
  return found->second = push(Table::kPart, parts_, part);
}

PredicateSet::Ref PredicateSet::atom(const cel::Program& program, const Expr& expr, bool negated) {
  std::string key = cel::unparse(expr);
  if (negated) key.insert(key.begin(), '!');
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  Ref ref;
  if (!special(expr, negated, ref)) {
    ref = negated ? part(Kind::kNot, {atom(program, expr, false)})
                  : push(Table::kGeneral, generals_, GeneralAtom{&program, &expr});
  }
  return known_[std::move(key)] = ref;
}

bool PredicateSet::special(const Expr& expr, bool negated, Ref& out) {
  switch (expr.op) {
    case Op::kVariable: out = push(Table::kBool, bools_, BoolAtom{expr.slot, !negated, Truth::kError}); return true;
    case Op::kHasVariable: out = push(Table::kHas, has_, BoolAtom{expr.slot, !negated, as_truth(negated)}); return true;
    case Op::kIn: return membership(expr, negated, out);
    case Op::kMacro: return quantifier(expr, negated, out);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: return comparison(expr, negated, out);
    default: return false;
  }
}

// One fact with one literal.
bool PredicateSet::comparison(const Expr& expr, bool negated, Ref& out) {
  const bool swapped = expr.args[0].op == Op::kLiteral;
  const Expr& fact = expr.args[swapped ? 1 : 0];
  const Expr& other = expr.args[swapped ? 0 : 1];
  if (fact.op != Op::kVariable || other.op != Op::kLiteral) return false;
  const Value& literal = other.literal;
  const bool equality = expr.op == Op::kEqual || expr.op == Op::kNotEqual;
  const bool equal = (expr.op == Op::kEqual) != negated;
  const TypeKind type = fact.type->kind;
  if (type == TypeKind::kInt || type == TypeKind::kDouble) {
    if (!literal.is(ValueKind::kInt) && !literal.is(ValueKind::kDouble)) return false;
    const Op op = swapped ? mirrored(expr.op) : expr.op;
    const bool inside = (op != Op::kNotEqual) != negated;
    const Truth null = equality ? as_truth(!equal) : Truth::kError;
    if (type == TypeKind::kInt && literal.is(ValueKind::kInt)) {
      const auto [low, high] = range_of(op, literal.i);
      out = push(Table::kWhole, wholes_, WholeAtom{low, high, fact.slot, inside, null});
    } else {
      const double number = literal.is(ValueKind::kInt) ? static_cast<double>(literal.i) : literal.d;
      const auto [low, high] = range_of(op, number);
      out = push(Table::kNumber, numbers_, NumberAtom{low, high, fact.slot, inside, null});
    }
    return true;
  }
  if (!equality) return false;
  if (type == TypeKind::kBool && literal.is(ValueKind::kBool)) {
    out = push(Table::kBool, bools_, BoolAtom{fact.slot, literal.b == equal, as_truth(!equal)});
    return true;
  }
  if (type != TypeKind::kString || !literal.is(ValueKind::kString)) return false;
  const std::uint16_t word = vocabulary_.add(literal.str());
  if (word == 0) return false;
  read_words(fact.slot);
  out = push(Table::kWord, word_atoms_, WordAtom{fact.slot, word, equal, as_truth(!equal)});
  return true;
}

// A text fact in a list of words.
bool PredicateSet::membership(const Expr& expr, bool negated, Ref& out) {
  const Expr& fact = expr.args[0];
  const Expr& list = expr.args[1];
  if (fact.op != Op::kVariable || fact.type->kind != TypeKind::kString || list.op != Op::kList || !list.folded)
    return false;
  Members in;
  if (list.literal.items().empty() || !members(list.literal.items(), in)) return false;
  if (negated) in.flip();
  sets_.push_back(std::move(in));
  read_words(fact.slot);
  const auto set = static_cast<std::uint32_t>(sets_.size() - 1);
  out = push(Table::kWords, words_atoms_, WordsAtom{fact.slot, set, false, as_truth(negated)});
  return true;
}

// all() and exists() over a list of texts whose condition asks nothing but which word its item is.
bool PredicateSet::quantifier(const Expr& expr, bool negated, Ref& out) {
  const Expr& range = expr.args[0];
  const bool any = expr.macro == cel::Macro::kExists;
  if ((!any && expr.macro != cel::Macro::kAll) || expr.variables.size() != 1 || range.op != Op::kVariable) return false;
  const cel::Type* type = range.type;
  if (type->kind != TypeKind::kList || type->of[0]->kind != TypeKind::kString) return false;
  Members in;
  if (!items_in(expr.args[1], expr.slot, in)) return false;
  if (negated) in.flip();
  sets_.push_back(std::move(in));
  read_words(range.slot);
  const auto set = static_cast<std::uint32_t>(sets_.size() - 1);
  out = push(Table::kItems, items_atoms_, WordsAtom{range.slot, set, any != negated, Truth::kError});
  return true;
}

// The words for which a quantifier's condition holds.
bool PredicateSet::items_in(const Expr& expr, std::uint32_t local, Members& out) {
  const auto is_item = [&](const Expr& e) { return e.op == Op::kLocal && e.slot == local; };
  if (is_logic(expr)) {
    for (std::size_t i = 0; i < expr.args.size(); ++i) {
      Members next;
      if (!items_in(expr.args[i], local, next)) return false;
      if (i == 0) {
        out = std::move(next);
        continue;
      }
      const std::size_t size = std::max(out.size(), next.size());
      out.resize(size, out[0]);
      next.resize(size, next[0]);
      for (std::size_t word = 0; word < size; ++word)
        out[word] = expr.op == Op::kAnd ? out[word] && next[word] : out[word] || next[word];
    }
    if (expr.op == Op::kNot) out.flip();
    return true;
  }
  if (expr.op == Op::kIn && is_item(expr.args[0]) && expr.args[1].op == Op::kList && expr.args[1].folded)
    return members(expr.args[1].literal.items(), out);
  if ((expr.op != Op::kEqual && expr.op != Op::kNotEqual) || expr.args[1].op != Op::kLiteral) return false;
  if (!is_item(expr.args[0]) || !members({&expr.args[1].literal, 1}, out)) return false;
  if (expr.op == Op::kNotEqual) out.flip();
  return true;
}

// False when these are not all texts, or not all find a number.
bool PredicateSet::members(std::span<const Value> words, Members& out) {
  out.assign(vocabulary_.size(), false);
  for (const Value& word : words) {
    if (!word.is(ValueKind::kString)) return false;
    const std::uint16_t number = vocabulary_.add(word.str());
    if (number == 0) return false;
    if (number >= out.size()) out.resize(number + 1U, false);
    out[number] = true;
  }
  return true;
}

void PredicateSet::read_words(std::uint32_t slot) {
  if (slot >= reads_words_.size()) reads_words_.resize(slot + 1, false);
  reads_words_[slot] = true;
}

std::uint32_t PredicateSet::place(Ref ref) const {
  const std::size_t sizes[] = {wholes_.size(),      numbers_.size(),     word_atoms_.size(),
                               words_atoms_.size(), items_atoms_.size(), bools_.size(),
                               has_.size(),         constants_.size(),   generals_.size()};
  std::size_t at = ref.index;
  for (std::size_t table = 0; table < static_cast<std::size_t>(ref.table); ++table) at += sizes[table];
  return static_cast<std::uint32_t>(at);
}

void PredicateSet::lay_out_sets() {
  const std::size_t stride = (vocabulary_.size() + 63) / 64;
  bits_.assign(sets_.size() * stride, 0);
  for (std::size_t set = 0; set < sets_.size(); ++set) {
    for (std::size_t word = 0; word < vocabulary_.size(); ++word) {
      const Members& in = sets_[set];
      if (word < in.size() ? in[word] : in[0]) bits_[set * stride + word / 64] |= std::uint64_t{1} << (word % 64);
    }
  }
  for (auto* atoms : {&words_atoms_, &items_atoms_}) {
    for (WordsAtom& atom : *atoms) atom.set *= static_cast<std::uint32_t>(stride);
  }
}

void PredicateSet::finish() {
  lay_out_sets();
  first_general_ = place({Table::kGeneral, 0});
  first_part_ = place({Table::kPart, 0});
  for (const Ref ref : root_refs_) roots_.push_back(place(ref));
  for (const Ref ref : children_) places_.push_back(place(ref));
  const auto slots = [&](const auto& atoms) {
    for (const auto& atom : atoms) atom_slots_.push_back(atom.slot);
  };
  slots(wholes_);
  slots(numbers_);
  slots(word_atoms_);
  slots(words_atoms_);
  slots(items_atoms_);
  slots(bools_);
  slots(has_);
  // Only for compiling.
  known_.clear();
  sets_.clear();
  children_.clear();
  root_refs_.clear();
}

}  // namespace berth
