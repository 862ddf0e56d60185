// Reading rule files into a rule set.
#pragma once

#include <memory>
#include <span>

#include "core/fields.hpp"
#include "rules/state.hpp"

namespace berth {

// A file that has been told apart by its "schema", parsed.
struct RuleFile {
  std::string name;
  Node root;
};

// rules/facts.json, also the neutral form with nested groups of type words. Declares nothing yet.
Status read_facts(const RuleFile& file, std::vector<FactInfo>& facts);
// Sorts the facts by path, refuses duplicates, and declares them.
Status declare_facts(RuleSet::State& state);
Status read_decisions(const RuleFile& file, std::vector<DecisionInfo>& decisions);

// What keeps one rule from being loaded.
struct RuleFault {
  std::string check;  // as RuleFinding::check
  std::string rule;
  Error error;
  std::string derives;  // the fact that the rule would have derived
};

// A rule as written, with the nodes that are compiled once all rules are known.
struct WrittenRule {
  Rule rule;
  std::string file;
  const Node* when = nullptr;  // nullptr: "true"
  const Node* value = nullptr;
  const Node* message = nullptr;
  const Node* target = nullptr;
  const Node* facts = nullptr;
  const Node* tests = nullptr;
};
// A rule that can't be read becomes a fault. Errors: kInvalid, where the file as a whole can't be read.
Status read_rules(const RuleFile& file, std::vector<WrittenRule>& rules, std::vector<RuleFault>& faults);
// The `allow` of a rule or a decision.
void read_allowances(Fields& fields, std::string_view file, std::vector<Allowance>& out);

// Compiles conditions, finds targets, orders derived facts. What is wrong with a rule becomes a fault, and the
// rule is left out.
void compile_rules(std::vector<WrittenRule> written, RuleSet::State& state, std::vector<RuleFault>& faults);
void order_derived(RuleSet::State& state, std::vector<RuleFault>& faults);
// What kind of fault an expression has that doesn't compile: RuleFault::check.
std::string fault_of(std::string_view expression, const RuleSet::State& state);

// Reads all files of a rule set. Errors: kInvalid, where facts or decisions can't be read.
Status read_set(std::span<const SourceFile> files, RuleFamily family, RuleSet::State& state,
                std::vector<RuleFault>& faults);

// 16 hex digits over names and texts, in name order.
std::string hash_files(std::vector<const SourceFile*> files);

// A JSON value as a fact's value. Errors: kInvalid at the node.
Result<FactValue> read_fact_value(const Node& node, const FactInfo& info, std::string_view file);

}  // namespace berth
