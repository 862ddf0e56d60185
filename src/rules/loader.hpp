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
Status read_rules(const RuleFile& file, std::vector<WrittenRule>& rules);

// Compiles conditions, finds targets, orders derived facts.
Status compile_rules(std::vector<WrittenRule> written, RuleSet::State& state);
Status order_derived(RuleSet::State& state);

// 16 hex digits over names and texts, in name order.
std::string hash_files(std::vector<const SourceFile*> files);

// A JSON value as a fact's value. Errors: kInvalid at the node.
Result<FactValue> read_fact_value(const Node& node, const FactInfo& info, std::string_view file);

}  // namespace berth
