// What stands behind RuleSet and FactSheet.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "berth/rules.hpp"
#include "cel/environment.hpp"
#include "cel/program.hpp"
#include "rules/message.hpp"
#include "rules/predicate.hpp"

namespace berth {

struct DecisionInfo {
  std::string dimension;
  Scope scope = Scope::kWorkload;
  HitPolicy policy = HitPolicy::kScore;
  std::vector<std::string> options;  // in declaration order
  std::string doc;
  std::vector<Allowance> allow;
  SourceSpan span;
};

// A test that travels with its rule.
struct RuleTest {
  std::vector<std::pair<std::uint32_t, FactValue>> facts;  // slot, value
  Verdict expect = Verdict::kFired;
  SourceSpan span;
};

struct CompiledRule {
  cel::Program when;
  std::optional<cel::Program> value;  // derive
  Message message;
  std::vector<std::uint32_t> required;  // require: slots
  std::uint32_t target = 0;             // derive: slot
  int decision = -1;                    // index, -1 none
  int option = -1;                      // index in the decision, -1 none
  bool may_settle = false;              // completion.hpp
  std::vector<RuleTest> tests;
};

// A fact that rules derive, with its rules in id order.
struct DerivedFact {
  std::uint32_t slot = 0;
  std::vector<std::uint32_t> rules;
  bool constant = false;  // its rules read no fact and have no dates: derived once a sheet
};

struct RuleSet::State {
  std::vector<FactInfo> facts;  // in path order: the index is the slot
  cel::TypePool types;
  cel::Environment environment;
  std::vector<std::uint32_t> slot_ids;  // 0, 1, 2, …: an unknown fact's own set
  std::vector<std::uint32_t> list_of;   // by slot: the number of a list fact among the list facts
  std::uint32_t lists = 0;              // how many there are
  std::vector<DecisionInfo> decisions;
  std::vector<Rule> rules;  // in id order
  std::vector<CompiledRule> compiled;
  PredicateSet predicates;                             // the conditions of `compiled`, in its order
  std::vector<DerivedFact> derived;                    // in dependency order
  std::array<std::vector<std::uint32_t>, 2> by_scope;  // rule indices
  std::string hash;

  // nullptr for a rule of another set.
  [[nodiscard]] const CompiledRule* compiled_of(const Rule& rule) const;
  [[nodiscard]] cel::Value unknown(std::uint32_t slot) const { return cel::Value::unknown({&slot_ids[slot], 1}); }
};

enum class Known : std::uint8_t { kNo, kSet, kDerived };

struct FactSheet::State {
  // First what every evaluation touches.
  const RuleSet::State* rules = nullptr;
  std::vector<cel::Value> slots;  // what programs read; texts point into `values`
  cel::Arena arena;               // of the last evaluation
  std::vector<Known> known;
  std::vector<FactValue> values;
  std::vector<std::vector<cel::Value>> lists;  // items of list facts, by RuleSet::State::list_of
  std::vector<Known> marked;                   // `known` at the last mark()
  std::vector<Origin> origins;                 // empty until one is given
  PredicateScratch scratch;                    // where the caller brings none

  explicit State(const RuleSet::State& rules);
  State(const State& other);
  State& operator=(const State&) = delete;

  void put(std::uint32_t slot, FactValue value, Origin origin, Known how);
  void forget(std::uint32_t slot);
  void forget_all();
  // Points slots[slot] at values[slot].
  void refresh(std::uint32_t slot);
  // A text of the fact, with its number in the vocabulary of the conditions.
  [[nodiscard]] cel::Value word(std::uint32_t slot, std::string_view text) const;
};

// The value as the fact's type has it (an int becomes a double), or why it can't be.
// Errors: kInvalid.
Result<FactValue> fit(const FactInfo& info, FactValue value);

// The slot of a declared fact. Errors: kNotFound with "did you mean".
Result<std::uint32_t> slot_of(const RuleSet::State& rules, std::string_view path);

// Null, bool, int, double, string or list of strings. nullopt: the value is of another kind.
std::optional<FactValue> to_fact(const cel::Value& value);

// What `outcomes` say of the dimensions of `scope`. `outcomes` stand as by_scope does.
std::vector<Decision> decide(const RuleSet::State& rules, Scope scope, const std::vector<RuleOutcome>& outcomes);
// What one dimension comes to when of all rules just those in `fired` fire and none is open.
Decision decide_settled(const RuleSet::State& rules, std::size_t decision, std::span<const std::uint32_t> fired);

// The same of one dimension. `outcomes` stand as `indices` do, which hold all rules of the dimension.
Decision decide_one(const RuleSet::State& rules, std::size_t decision, std::span<const std::uint32_t> indices,
                    const std::vector<RuleOutcome>& outcomes);

}  // namespace berth
