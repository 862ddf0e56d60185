// Conditions compiled to flat code over shared atoms.
//
// A condition is a tree of && || ! over atoms; an atom that two rules share is judged once a sheet.
// Comparisons of a fact with a literal, membership in a list of texts, and quantifiers over a list of
// texts have code of their own; any other atom is left to the evaluator of cel. Answers are the same
// as the evaluator's (tests/unit/rules/predicate_test.cpp holds the two against each other).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cel/program.hpp"

namespace berth {

enum class Truth : std::uint8_t { kFalse, kTrue, kUnknown, kError };

// Texts, compared by a fingerprint first.
class WordSet {
 public:
  void add(std::string_view word);
  [[nodiscard]] bool contains(std::string_view word) const;

 private:
  std::vector<std::uint64_t> prints_;
  std::vector<std::string_view> words_;  // in the program's arena
};

// What one thread keeps while judging sheets.
struct PredicateScratch {
  std::vector<std::uint8_t> judged;  // by atom: a Truth, or kOpen
  cel::Arena arena;
};

class PredicateSet {
 public:
  // @return the condition's index. `program` must outlive the set, at the same address as its parts
  // (a Program may move, its tree's nodes may not: the set refers to nodes).
  std::uint32_t add(const cel::Program& program);

  void start(PredicateScratch& scratch) const;
  // Precondition: start() since the facts changed.
  Truth judge(std::uint32_t condition, std::span<const cel::Value> facts, PredicateScratch& scratch) const {
    return run(roots_[condition], facts.data(), facts, scratch);
  }
  [[nodiscard]] std::size_t atoms() const { return atoms_.size(); }

 private:
  enum class Kind : std::uint8_t {
    kConstant,
    kAtom,
    kNot,
    kAnd,
    kOr,  // kAnd, kOr: `count` nodes from children_[first]
    kEveryItem,
    kAnyItem,  // over the list in `slot`; children_[first] is the condition
    kItemIn,
    kItemIs,  // of a quantifier's item
  };
  struct Node {
    Kind kind = Kind::kConstant;
    Truth constant = Truth::kFalse;
    std::uint32_t first = 0;  // kAtom: index of the atom; kItem…: of the word set
    std::uint32_t count = 0;
    std::uint32_t slot = 0;
  };
  enum class AtomKind : std::uint8_t { kBool, kHas, kNumber, kText, kInWords, kGeneral };
  struct Atom {
    AtomKind kind = AtomKind::kGeneral;
    cel::Op op = cel::Op::kEqual;
    std::uint32_t slot = 0;
    std::uint32_t words = 0;
    cel::Value constant;
    const cel::Program* program = nullptr;
    const cel::Expr* expr = nullptr;
  };

  Node compile(const cel::Program& program, const cel::Expr& expr);
  bool compile_item(const cel::Expr& expr, std::uint32_t local, Node& out);
  Node atom(const cel::Program& program, const cel::Expr& expr);
  static bool special(const cel::Expr& expr, Atom& out);
  Node store(Kind kind, std::vector<Node> parts);
  std::uint32_t words(const cel::Value& list);

  Truth run(const Node& node, const cel::Value* facts, std::span<const cel::Value> all,
            PredicateScratch& scratch) const;
  Truth fold(const Node& node, bool settles, const cel::Value* facts, std::span<const cel::Value> all,
             PredicateScratch& scratch) const;
  Truth items(const Node& node, const cel::Value* facts) const;
  bool item(const Node& node, std::string_view text) const;
  Truth judge_atom(std::uint32_t index, const cel::Value* facts, std::span<const cel::Value> all,
                   PredicateScratch& scratch) const;
  Truth general(const Atom& atom, std::span<const cel::Value> all, PredicateScratch& scratch) const;

  std::vector<Node> roots_;
  std::vector<Node> children_;
  std::vector<Atom> atoms_;
  std::vector<WordSet> word_sets_;
  std::unordered_map<std::string, std::uint32_t> by_text_;  // atoms by what they say
};

}  // namespace berth
