// The conditions of a rule set in compiled form.
//
// A condition is a tree of && and || over atoms; negations are pushed down to the atoms (with unknowns
// and errors De Morgan's laws hold as they do without). Equal atoms and equal parts are there once,
// whichever rules they come from. Atoms that compare one fact with literals stand in flat tables by
// kind; judging a sheet runs down the tables, then over the parts, and leaves one byte for each. Every
// other atom is judged by the evaluator of cel, only where a condition still hangs on it. The answers
// are the evaluator's (tests/unit/rules/predicate_test.cpp holds the two against each other).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cel/program.hpp"
#include "rules/vocabulary.hpp"

namespace berth {

// One bit each, so that a part collects its operands' truths with |. kOpen: not judged yet.
enum class Truth : std::uint8_t { kFalse = 1, kUnknown = 2, kError = 4, kTrue = 8, kOpen = 16 };

// What one thread keeps while judging sheets.
struct PredicateScratch {
  std::vector<Truth> truths;  // atoms, then parts
  cel::Arena arena;
};

class PredicateSet {
 public:
  // @return the condition's number, from 0. `program` must outlive the set, its tree's nodes where they
  // are (a Program may move).
  std::uint32_t add(const cel::Program& program);
  // To be called after the last add().
  void finish();

  // Judges everything but the atoms that are left to the evaluator.
  void judge(std::span<const cel::Value> facts, PredicateScratch& scratch) const;
  // What judge() left of a condition, kOpen included.
  [[nodiscard]] Truth judged(std::uint32_t condition, const PredicateScratch& scratch) const {
    return scratch.truths[roots_[condition]];
  }
  // Precondition: judge() with the same facts and scratch. Never kOpen.
  Truth truth(std::uint32_t condition, std::span<const cel::Value> facts, PredicateScratch& scratch) const {
    const std::uint32_t at = roots_[condition];
    return scratch.truths[at] != Truth::kOpen ? scratch.truths[at] : resolve(at, {facts, scratch});
  }

  // Appends the slots of the facts that decided the condition: of a true || the first true operand, of
  // a false && the first false one; where nothing settles it, all. Precondition as truth(). Duplicates stay.
  void decisive(std::uint32_t condition, std::span<const cel::Value> facts, PredicateScratch& scratch,
                std::vector<std::uint32_t>& slots) const;
  // Whether an unknown condition could still be true: not where it hangs on a part that fails (`x && null`), as
  // negations stand at the atoms. Precondition as truth().
  bool can_hold(std::uint32_t condition, std::span<const cel::Value> facts, PredicateScratch& scratch) const {
    return could_be_true(roots_[condition], {facts, scratch});
  }
  // Appends the slots whose values an unknown condition needs. Precondition as truth(). Duplicates stay.
  void missing(std::uint32_t condition, std::span<const cel::Value> facts, PredicateScratch& scratch,
               std::vector<std::uint32_t>& slots) const;

  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }
  // Whether some atom compares the fact's text, or its list's items, with words.
  [[nodiscard]] bool reads_words(std::uint32_t slot) const { return slot < reads_words_.size() && reads_words_[slot]; }

 private:
  // Where an atom or part stands; finish() turns it into its place among the truths.
  enum class Table : std::uint8_t { kWhole, kNumber, kWord, kWords, kItems, kBool, kHas, kConstant, kGeneral, kPart };
  struct Ref {
    Table table = Table::kConstant;
    std::uint32_t index = 0;
    friend bool operator==(const Ref& a, const Ref& b) { return a.table == b.table && a.index == b.index; }
  };

  // A number is inside low..high, or outside. `null`: what the atom is for a fact known to be absent.
  template <class T>
  struct RangeAtom {
    T low, high;
    std::uint32_t slot;
    bool inside;
    Truth null;
  };
  using WholeAtom = RangeAtom<std::int64_t>;  // an int with an int
  using NumberAtom = RangeAtom<double>;       // any other two numbers, compared as doubles
  struct WordAtom {                           // a text with one word
    std::uint32_t slot;
    std::uint16_t word;
    bool equal;
    Truth null;
  };
  struct WordsAtom {  // a text, or the items of a list, with a set of words
    std::uint32_t slot;
    std::uint32_t set;  // index of words_; after finish() of bits_
    bool any;           // items: true as soon as one is in the set; otherwise false as soon as one isn't
    Truth null;
  };
  struct BoolAtom {  // a bool, or has(): kHas
    std::uint32_t slot;
    bool equal;
    Truth null;
  };
  struct GeneralAtom {
    const cel::Program* program;
    const cel::Expr* expr;
  };
  enum class Kind : std::uint8_t { kAnd, kOr, kNot };
  struct Part {
    Kind kind;
    std::uint32_t first;  // of children_, later of places_
    std::uint32_t count;
  };
  // Which numbers of the vocabulary are in a set; those past the end as number 0.
  using Members = std::vector<bool>;

  struct Facts {
    std::span<const cel::Value> values;
    PredicateScratch& scratch;
  };

  // predicate_compile.cpp
  Ref compile(const cel::Program& program, const cel::Expr& expr, bool negated);
  Ref logic(const cel::Program& program, const cel::Expr& expr, bool negated);
  void operands(const cel::Program& program, const cel::Expr& expr, bool negated, Kind kind, std::vector<Ref>& out);
  Ref part(Kind kind, std::vector<Ref> children);
  Ref atom(const cel::Program& program, const cel::Expr& expr, bool negated);
  bool special(const cel::Expr& expr, bool negated, Ref& out);
  bool comparison(const cel::Expr& expr, bool negated, Ref& out);
  bool membership(const cel::Expr& expr, bool negated, Ref& out);
  bool quantifier(const cel::Expr& expr, bool negated, Ref& out);
  bool items_in(const cel::Expr& expr, std::uint32_t local, Members& out);
  bool members(std::span<const cel::Value> words, Members& out);
  Ref text(std::uint32_t slot, Members members, bool null_is_true);
  void read_words(std::uint32_t slot);
  template <class T>
  static Ref push(Table table, std::vector<T>& atoms, T atom);
  [[nodiscard]] std::uint32_t place(Ref ref) const;
  void lay_out_sets();

  // predicate.cpp
  [[nodiscard]] bool in_set(std::uint32_t set, std::uint16_t word) const {
    return ((bits_[set + word / 64U] >> (word % 64U)) & 1U) != 0;
  }
  [[nodiscard]] Truth items(const WordsAtom& atom, const cel::Value& list) const;
  Truth* judge_numbers(const cel::Value* facts, Truth* out) const;
  Truth* judge_words(const cel::Value* facts, Truth* out) const;
  Truth resolve(std::uint32_t at, const Facts& facts) const;
  [[nodiscard]] bool could_be_true(std::uint32_t at, const Facts& facts) const;
  void walk_decisive(std::uint32_t at, const Facts& facts, std::vector<std::uint32_t>& slots) const;
  void walk_missing(std::uint32_t at, const Facts& facts, std::vector<std::uint32_t>& slots) const;
  void general_slots(const cel::Expr& expr, std::vector<std::uint32_t>& slots) const;

  std::vector<WholeAtom> wholes_;
  std::vector<NumberAtom> numbers_;
  std::vector<WordAtom> word_atoms_;
  std::vector<WordsAtom> words_atoms_, items_atoms_;
  std::vector<BoolAtom> bools_, has_;
  std::vector<Truth> constants_;
  std::vector<GeneralAtom> generals_;
  std::vector<Part> parts_;
  std::vector<Ref> children_;
  std::vector<Members> sets_;
  std::vector<Ref> root_refs_;
  std::vector<bool> reads_words_;
  Vocabulary vocabulary_;
  std::unordered_map<std::string, Ref> known_;  // atoms and parts by what they say

  // After finish():
  std::vector<std::uint32_t> roots_, places_;  // places among the truths
  std::vector<std::uint32_t> atom_slots_;      // by place: the fact of an atom of the tables
  std::vector<std::uint64_t> bits_;            // the sets
  std::uint32_t first_general_ = 0, first_part_ = 0;
};

}  // namespace berth
