// Conditions compiled to flat code over shared atoms.
//
// A condition is a tree of && || ! over atoms. Comparisons of a fact with a literal, membership in a
// list of texts, and quantifiers over a list of texts have code of their own; any other atom is left to
// the evaluator of cel, once a sheet for all rules that share it. Answers are the same
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
    return run(roots_[condition], Context{facts.data(), facts, scratch});
  }
  [[nodiscard]] std::size_t atoms() const { return atoms_.size(); }

 private:
  enum class Kind : std::uint8_t {
    kConstant,
    kNot,
    kAnd,
    kOr,  // kAnd, kOr: `count` nodes from children_[first]
    kBool,
    kHas,
    kNumber,
    kText,
    kWords,  // of the fact in `slot`
    kEveryItem,
    kAnyItem,  // over the list in `slot`; children_[first] is the condition
    kItemIn,   // of a quantifier's item: in word_sets_[first]
    kGeneral,  // atoms_[first], judged once a sheet
  };
  struct Node {
    Kind kind = Kind::kConstant;
    Truth constant = Truth::kFalse;
    cel::Op op = cel::Op::kEqual;
    bool whole = false;  // kNumber: the literal is an int
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t slot = 0;
    std::uint32_t general = 0;  // what judges a fact of an unexpected kind
    std::int64_t integer = 0;
    double number = 0;
  };
  struct Atom {
    const cel::Program* program = nullptr;
    const cel::Expr* expr = nullptr;
  };
  struct Context {
    const cel::Value* facts;
    std::span<const cel::Value> all;
    PredicateScratch& scratch;
  };

  Node compile(const cel::Program& program, const cel::Expr& expr);
  Node compile_macro(const cel::Program& program, const cel::Expr& expr);
  bool compile_item(const cel::Expr& expr, std::uint32_t local, Node& out);
  Node compile_atom(const cel::Program& program, const cel::Expr& expr);
  bool special(const cel::Expr& expr, Node& out);
  std::uint32_t general(const cel::Program& program, const cel::Expr& expr);
  Node store(Kind kind, std::vector<Node> parts);
  std::uint32_t words(const cel::Value& list);

  Truth run(const Node& node, const Context& context) const;
  Truth fold(const Node& node, bool settles, const Context& context) const;
  Truth number(const Node& node, const cel::Value& fact, const Context& context) const;
  Truth items(const Node& node, const Context& context) const;
  bool item(const Node& node, std::string_view text) const;
  Truth judge_general(std::uint32_t atom, const Context& context) const;

  std::vector<Node> roots_;
  std::vector<Node> children_;
  std::vector<Atom> atoms_;
  std::vector<WordSet> word_sets_;
  std::unordered_map<std::string, std::uint32_t> by_text_;  // atoms by what they say
};

}  // namespace berth
