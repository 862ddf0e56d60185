// The values that stand for all values of the facts which some conditions read.
//
// The constants of the conditions cut each fact's domain into cells inside which no condition changes;
// one value a cell is enough. Facts that are compared with each other share their cuts, and have as
// many values in each cell as there are facts in the group, so that every order of them occurs. Exact
// for: any condition over bools and enums; comparisons of a number with constants, with linear terms of
// one fact, with another fact; membership; startsWith; size, `in`, all and exists over lists of words.
// For anything else values are samples: then what no sheet shows is possible, not proven.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "rules/state.hpp"

namespace berth {

class Domains {
 public:
  // @param constants  by slot: the value of facts that rules derive from nothing, else unknown
  Domains(const RuleSet::State& rules, std::span<const cel::Value> constants);

  // Takes up what a condition or a derived value compares facts with.
  void add(const cel::Program& program) { walk(program, program.root()); }
  // What an expression that gives a fact's value adds to the values compared with that fact.
  void add_value(const cel::Program& value, std::uint32_t slot);
  // A value that a test gives a fact: a sample where cells can't be cut.
  void add_sample(std::uint32_t slot, const FactValue& value) { at(slot).samples.push_back(value); }

  // In ascending order, null last and only where a condition asks has(). Never empty.
  const std::vector<FactValue>& values(std::uint32_t slot);
  // What was only sampled of the facts that values() was asked of; empty: their values stand for all.
  [[nodiscard]] const std::set<std::string>& sampled() const { return used_; }

 private:
  struct Slot {
    std::vector<double> cuts, factors;
    std::set<std::string> words, prefixes, suffixes;
    std::set<std::int64_t> sizes;
    std::set<std::string> sampled;  // the conditions that it was sampled for
    std::vector<FactValue> samples, values;
    std::vector<std::uint32_t> linked;
    std::int64_t modulus = 1;
    bool has = false;
  };
  struct Operand;
  struct Group;

  Slot& at(std::uint32_t slot) { return slots_[slot]; }
  [[nodiscard]] bool is_finite(std::uint32_t slot) const;
  [[nodiscard]] Operand operand(const cel::Expr& expr) const;
  void walk(const cel::Program& program, const cel::Expr& expr);
  void compare(const cel::Program& program, const cel::Expr& expr);
  bool with_constant(const cel::Expr& expr, std::uint32_t slot, const cel::Value& constant);
  bool with_fact(const cel::Expr& expr, std::uint32_t a, std::uint32_t b);
  bool quantifier(const cel::Expr& expr);
  bool item_condition(const cel::Expr& expr, std::uint32_t local, Slot& list) const;
  bool remainder(const cel::Expr& expr);
  bool linear(const cel::Program& program, const cel::Expr& expr);
  bool text_method(const cel::Expr& expr);
  void note_has(const cel::Expr& expr);
  void sample(const cel::Expr& expr);
  void collect(const cel::Expr& expr, std::set<std::uint32_t>& facts, std::vector<cel::Value>& literals) const;
  void link(std::uint32_t a, std::uint32_t b);
  [[nodiscard]] std::vector<std::uint32_t> group(std::uint32_t slot) const;

  Group number_group(std::uint32_t slot);
  static void fill_cell(const Group& group, FactType type, double a, double b, std::vector<double>& values);
  std::vector<FactValue> numbers(std::uint32_t slot);
  std::vector<FactValue> texts(std::uint32_t slot);
  std::vector<FactValue> lists(std::uint32_t slot);

  const RuleSet::State& rules_;
  std::span<const cel::Value> constants_;
  std::map<std::uint32_t, Slot> slots_;
  std::set<std::string> used_;
};

// A fact's value as programs read it; a text stays owned by `fact`. Lists need a sheet.
cel::Value view_of(const FactValue& fact);

}  // namespace berth
