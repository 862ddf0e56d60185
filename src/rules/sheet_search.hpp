// Looking for a fact sheet on which given rules fire and others don't.
//
// Facts are set one after the other, each to the values that stand for its domain (domains.hpp). What
// the known facts already decide prunes the rest, so a sheet that is found holds only the facts that it
// needs, and a search that finds none has tried all.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rules/domains.hpp"
#include "rules/predicate.hpp"
#include "rules/state.hpp"

namespace berth {

// A sheet under construction, with what every rule says of it so far.
class World {
 public:
  explicit World(const RuleSet::State& rules);

  void put(std::uint32_t slot, const FactValue& value);
  void clear(std::uint32_t slot);
  // Kleene's answer on the facts set so far. Cost: as one condition; after a change once all derived facts.
  Truth truth(std::uint32_t rule);
  Truth truth(const cel::Program& program, const cel::Expr& part);
  cel::Value value(const cel::Program& program, const cel::Expr& part);
  [[nodiscard]] bool is_set(std::uint32_t slot) const { return sheet_.known[slot] == Known::kSet; }
  // The facts set, by path, as JSON text.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> facts() const;
  // The facts that `part` still needs.
  std::span<const std::uint32_t> needs(const cel::Program& program, const cel::Expr& part);

 private:
  void refresh();

  const RuleSet::State& rules_;
  FactSheet::State sheet_;
  cel::Arena arena_;
  bool changed_ = true, derives_ = false;
};

// All of it must hold.
struct Goal {
  enum class Wanted : std::uint8_t { kTrue, kFalse, kNotTrue, kKnown };
  struct Part {
    const cel::Program* program;
    const cel::Expr* expr;
    Wanted wanted;
  };
  using Rules = std::vector<std::uint32_t>;

  Rules fire, silent;
  std::vector<Part> parts;           // are as wanted
  std::vector<Rules> one_of;         // at least one of each fires
  std::vector<Rules> some_silent;    // of at least one of them no rule fires; empty: asks nothing
  Rules settle;                      // must have an answer before `last` is asked
  std::function<bool(World&)> last;  // empty: true
  Rules quiet, loud;                 // rather not firing, rather firing: what is tried first; asks nothing
};

struct Answer {
  enum class Is : std::uint8_t { kFound, kNone, kGaveUp };
  Is is = Is::kNone;
  std::vector<std::pair<std::string, std::string>> witness;  // kFound
  std::string doubt;                                         // kNone, kGaveUp: why it is not proven; else empty

  [[nodiscard]] bool found() const { return is == Is::kFound; }
  [[nodiscard]] bool proven_none() const { return is == Is::kNone && doubt.empty(); }
};

class SheetSearch {
 public:
  // `rules` must outlive it.
  explicit SheetSearch(const RuleSet::State& rules);

  // @param limit  sheets tried at most
  Answer find(const Goal& goal, std::size_t limit);

  // The facts that a sheet would give for these rules: those behind derived facts included.
  [[nodiscard]] std::vector<std::uint32_t> given_facts(std::span<const std::uint32_t> rules) const;
  // The fact's value where rules derive it from nothing, else unknown.
  [[nodiscard]] const cel::Value& constant(std::uint32_t slot) const { return constants_[slot]; }
  [[nodiscard]] const RuleSet::State& rules() const { return rules_; }

 private:
  struct Task;
  void add_program(const cel::Program& program, Task& task);
  void add_slot(std::uint32_t slot, Task& task);
  void search(Task& task);
  Truth judge(Task& task);
  bool open(Task& task, const cel::Program& program, const cel::Expr& part);
  Truth rules_are(Task& task, const Goal::Rules& rules, Goal::Wanted wanted);
  Truth one_of(Task& task);
  Truth some_silent(Task& task);
  std::vector<const FactValue*> ordered(Task& task, std::uint32_t slot);

  const RuleSet::State& rules_;
  std::vector<cel::Value> constants_;
  FactSheet::State constant_sheet_;
  std::vector<int> derived_;  // by slot: index in rules_.derived, -1 none
};

}  // namespace berth
