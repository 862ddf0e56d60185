#include "rules/predicate.hpp"

#include <algorithm>
#include <array>

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using cel::Value;
using ValueKind = cel::Value::Kind;

constexpr std::uint8_t bit(Truth truth) {
  return static_cast<std::uint8_t>(truth);
}
constexpr std::size_t kMasks = 32;

// The truth of a part by the truths that its operands have between them. An unknown beats an error in
// && and || (cel-spec, eval.proto); an operand that is still open may settle the part or not.
constexpr std::array<std::array<Truth, kMasks>, 3> truth_tables() {
  std::array<std::array<Truth, kMasks>, 3> tables{};
  for (std::size_t mask = 0; mask < kMasks; ++mask) {
    const auto has = [&](Truth truth) { return (mask & bit(truth)) != 0; };
    const Truth open = has(Truth::kOpen)      ? Truth::kOpen
                       : has(Truth::kUnknown) ? Truth::kUnknown
                       : has(Truth::kError)   ? Truth::kError
                                              : Truth::kFalse;  // none
    const bool settled = open == Truth::kFalse;
    tables[0][mask] = has(Truth::kFalse) ? Truth::kFalse : settled ? Truth::kTrue : open;
    tables[1][mask] = has(Truth::kTrue) ? Truth::kTrue : settled ? Truth::kFalse : open;
    tables[2][mask] = !settled ? open : has(Truth::kTrue) ? Truth::kFalse : Truth::kTrue;
  }
  return tables;
}
constexpr auto kTables = truth_tables();

Truth as_truth(bool value) {
  return static_cast<Truth>(1U << (3U * static_cast<unsigned>(value)));
}
static_assert(bit(Truth::kFalse) == 1 && bit(Truth::kTrue) == 8);

Truth as_truth(const Value& value) {
  if (value.is(ValueKind::kBool)) return as_truth(value.b);
  return value.is(ValueKind::kUnknown) ? Truth::kUnknown : Truth::kError;
}

// NaN is in no range.
template <class T, class Atom>
Truth in_range(T value, const Atom& atom) {
  const bool inside = (static_cast<unsigned>(value >= atom.low) & static_cast<unsigned>(value <= atom.high)) != 0;
  return as_truth(inside == atom.inside);
}

// For a value of a kind other than the fact's type: unknown or null.
Truth not_there(const Value& value, Truth null) {
  return value.is(ValueKind::kUnknown) ? Truth::kUnknown : null;
}

}  // namespace

Truth PredicateSet::items(const WordsAtom& atom, const Value& list) const {
  for (const Value& item : list.items()) {
    if (in_set(atom.set, item.tag) == atom.any) return as_truth(atom.any);
  }
  return as_truth(!atom.any);
}

Truth* PredicateSet::judge_numbers(const Value* facts, Truth* out) const {
  for (const WholeAtom& atom : wholes_) {
    const Value& fact = facts[atom.slot];
    *out++ = fact.is(ValueKind::kInt) ? in_range(fact.i, atom) : not_there(fact, atom.null);
  }
  for (const NumberAtom& atom : numbers_) {
    const Value& fact = facts[atom.slot];
    if (fact.is(ValueKind::kDouble))
      *out++ = in_range(fact.d, atom);
    else if (fact.is(ValueKind::kInt))
      *out++ = in_range(static_cast<double>(fact.i), atom);
    else
      *out++ = not_there(fact, atom.null);
  }
  return out;
}

Truth* PredicateSet::judge_words(const Value* facts, Truth* out) const {
  for (const WordAtom& atom : word_atoms_) {
    const Value& fact = facts[atom.slot];
    *out++ = fact.is(ValueKind::kString) ? as_truth((fact.tag == atom.word) == atom.equal) : not_there(fact, atom.null);
  }
  for (const WordsAtom& atom : words_atoms_) {
    const Value& fact = facts[atom.slot];
    *out++ = fact.is(ValueKind::kString) ? as_truth(in_set(atom.set, fact.tag)) : not_there(fact, atom.null);
  }
  for (const WordsAtom& atom : items_atoms_) {
    const Value& fact = facts[atom.slot];
    *out++ = fact.is(ValueKind::kList) ? items(atom, fact) : not_there(fact, atom.null);
  }
  return out;
}

void PredicateSet::judge(std::span<const Value> facts, PredicateScratch& scratch) const {
  scratch.arena.reset();
  scratch.truths.resize(first_part_ + parts_.size());
  Truth* const truths = scratch.truths.data();
  Truth* out = judge_words(facts.data(), judge_numbers(facts.data(), truths));
  for (const BoolAtom& atom : bools_) {
    const Value& fact = facts[atom.slot];
    *out++ = fact.is(ValueKind::kBool) ? as_truth(fact.b == atom.equal) : not_there(fact, atom.null);
  }
  for (const BoolAtom& atom : has_) {
    const Value& fact = facts[atom.slot];
    *out++ = fact.is(ValueKind::kUnknown) ? Truth::kUnknown
             : fact.is(ValueKind::kNull)  ? atom.null
                                          : as_truth(atom.equal);
  }
  out = std::copy(constants_.begin(), constants_.end(), out);
  out = std::fill_n(out, generals_.size(), Truth::kOpen);
  const std::uint32_t* child = places_.data();
  for (const Part& part : parts_) {
    unsigned mask = 0;
    for (const std::uint32_t* end = child + part.count; child != end; ++child) mask |= bit(truths[*child]);
    *out++ = kTables[static_cast<std::size_t>(part.kind)][mask];
  }
}

Truth PredicateSet::resolve(std::uint32_t at, const Facts& facts) const {
  Truth& judged = facts.scratch.truths[at];
  if (judged != Truth::kOpen) return judged;
  if (at < first_part_) {
    const GeneralAtom& atom = generals_[at - first_general_];
    return judged = as_truth(atom.program->evaluate_part(*atom.expr, facts.values, facts.scratch.arena));
  }
  const Part& part = parts_[at - first_part_];
  const Truth settles = part.kind == Kind::kOr ? Truth::kTrue : Truth::kFalse;
  unsigned mask = 0;
  for (std::uint32_t i = 0; i < part.count; ++i) {
    const Truth child = resolve(places_[part.first + i], facts);
    mask |= bit(child);
    if (child == settles && part.kind != Kind::kNot) break;
  }
  return judged = kTables[static_cast<std::size_t>(part.kind)][mask];
}

bool PredicateSet::could_be_true(std::uint32_t at, const Facts& facts) const {
  const Truth truth = resolve(at, facts);
  if (truth != Truth::kUnknown) return truth == Truth::kTrue;
  if (at < first_part_) return true;
  const Part& part = parts_[at - first_part_];
  if (part.kind == Kind::kNot) return true;
  const std::span<const std::uint32_t> children(places_.data() + part.first, part.count);
  const auto could = [&](std::uint32_t child) { return could_be_true(child, facts); };
  return part.kind == Kind::kOr ? std::any_of(children.begin(), children.end(), could)
                                : std::all_of(children.begin(), children.end(), could);
}

void PredicateSet::decisive(std::uint32_t condition, std::span<const Value> facts, PredicateScratch& scratch,
                            std::vector<std::uint32_t>& slots) const {
  walk_decisive(roots_[condition], {facts, scratch}, slots);
}

void PredicateSet::missing(std::uint32_t condition, std::span<const Value> facts, PredicateScratch& scratch,
                           std::vector<std::uint32_t>& slots) const {
  walk_missing(roots_[condition], {facts, scratch}, slots);
}

void PredicateSet::walk_decisive(std::uint32_t at, const Facts& facts, std::vector<std::uint32_t>& slots) const {
  if (at < atom_slots_.size()) return slots.push_back(atom_slots_[at]);
  if (at < first_general_) return;  // a constant
  if (at < first_part_) return general_slots(*generals_[at - first_general_].expr, slots);
  const Part& part = parts_[at - first_part_];
  const std::span<const std::uint32_t> children(places_.data() + part.first, part.count);
  const Truth settles = part.kind == Kind::kOr ? Truth::kTrue : Truth::kFalse;
  if (resolve(at, facts) == settles && part.kind != Kind::kNot) {
    for (const std::uint32_t child : children) {
      if (resolve(child, facts) == settles) return walk_decisive(child, facts, slots);
    }
  }
  for (const std::uint32_t child : children) walk_decisive(child, facts, slots);
}

void PredicateSet::walk_missing(std::uint32_t at, const Facts& facts, std::vector<std::uint32_t>& slots) const {
  if (resolve(at, facts) != Truth::kUnknown) return;
  if (at < first_part_) {
    const bool general = at >= first_general_;
    const GeneralAtom* atom = general ? &generals_[at - first_general_] : nullptr;
    const Value unknown = general ? atom->program->evaluate_part(*atom->expr, facts.values, facts.scratch.arena)
                                  : facts.values[atom_slots_[at]];
    slots.insert(slots.end(), unknown.slots().begin(), unknown.slots().end());
    return;
  }
  const Part& part = parts_[at - first_part_];
  for (std::uint32_t i = 0; i < part.count; ++i) walk_missing(places_[part.first + i], facts, slots);
}

void PredicateSet::general_slots(const Expr& expr, std::vector<std::uint32_t>& slots) const {
  if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) slots.push_back(expr.slot);
  for (const Expr& arg : expr.args) general_slots(arg, slots);
}

}  // namespace berth
