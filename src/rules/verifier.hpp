// Verifying a rule set without facts: what verify() is made of.
//
// Each section stands in a file of its own: verify_rule.cpp (conditions alone), verify_text.cpp (what is
// written beside and inside them), verify_tests.cpp, verify_pairs.cpp, verify_decisions.cpp.
#pragma once

#include <string>
#include <vector>

#include "berth/rule_check.hpp"
#include "rules/sheet_search.hpp"

namespace berth {

class Verifier {
 public:
  Verifier(const RuleSet::State& set, const VerifyOptions& options);
  // Facts that rules derive which could not be read: nothing is said of them.
  void leave_out(std::vector<std::string> facts) { left_out_ = std::move(facts); }

  std::vector<RuleFinding> run();
  // Only "no_test" and "no_boundary_test".
  std::vector<RuleFinding> run_tests_only();

 private:
  using Rules = Goal::Rules;
  // Rules of one dimension, by option.
  struct Sides {
    std::vector<Rules> recommend, against, veto;
    Rules all, all_recommend;
  };

  RuleFinding& add(const char* check, std::uint32_t rule, const char* severity, std::string message);
  // About a decision.
  RuleFinding& add(const char* check, const DecisionInfo& decision, const char* severity, std::string message);
  // The finding says that no sheet of a kind exists: proven, unless the search for one had doubts.
  static void doubt(RuleFinding& finding, const Answer& none);
  void show(RuleFinding& finding, const Answer& sheet, const Rules& fires, const Rules& silent) const;
  [[nodiscard]] const std::string& id(std::uint32_t rule) const { return set_.rules[rule].id; }
  [[nodiscard]] std::vector<std::string> ids(const Rules& rules) const;
  [[nodiscard]] bool is_constant(std::uint32_t rule) const { return given_[rule].empty(); }
  // Can the rule fire at all, as far as known?
  [[nodiscard]] bool fires(std::uint32_t rule) const { return fires_[rule].found(); }

  void conditions();
  void condition(std::uint32_t i);
  void branches(std::uint32_t i, const cel::Program& program, const cel::Expr& expr, std::vector<Goal::Part>& path);
  void branch(std::uint32_t i, const cel::Program& program, const cel::Expr& expr, std::vector<Goal::Part>& path);

  void texts();
  void source(std::uint32_t i);
  void dates(std::uint32_t i);
  void comparisons(std::uint32_t i, const cel::Expr& expr);
  void outside_domain(std::uint32_t i, const cel::Expr& comparison);
  void double_equality(std::uint32_t i, const cel::Expr& comparison);
  void cost(std::uint32_t i, const cel::Program& program);
  void derived_facts();

  void tests();
  void kinds_of_tests(std::uint32_t i);
  void boundary_tests(std::uint32_t i);

  void pairs();
  [[nodiscard]] bool same_aim(std::uint32_t i, std::uint32_t j) const;
  void same(std::uint32_t i, std::uint32_t j);
  Answer together(std::uint32_t i, std::uint32_t j);
  void subsumed(std::uint32_t inner, std::uint32_t outer, const Answer& none);
  void contradicted(std::uint32_t recommend, std::uint32_t veto);
  void derived_twice(std::uint32_t i, std::uint32_t j);
  void required(std::uint32_t i);

  void decisions();
  [[nodiscard]] Sides sides(std::size_t decision) const;
  void overlaps(const DecisionInfo& info, const Sides& sides);
  void regions(const DecisionInfo& info, const char* check, const Goal& goal, const std::string& message);
  void unreachable(std::size_t decision, const Sides& sides);
  void never_decides(std::size_t decision, const Sides& sides);
  Rules avoidable(const Goal& goal, const Rules& rules);
  Answer duel(Goal goal, const Rules& free, const Rules& loud);
  Answer settle(Goal goal, const Rules& others, const std::vector<Rules>& loud);
  // A sheet on which the dimension comes out otherwise without the rule.
  Answer difference(std::size_t decision, const Sides& sides, std::uint32_t rule);
  Answer choice(std::size_t decision, const Sides& sides, std::size_t option);

  void allowances();
  bool allow(const Allowance& allowance, std::string_view rule, std::string_view dimension);
  void unused(const Allowance& allowance, std::string_view rule);

  const RuleSet::State& set_;
  std::string as_of_;
  std::vector<std::string> left_out_;
  SheetSearch search_;
  std::vector<std::vector<std::uint32_t>> given_;  // by rule: the facts that decide it
  std::vector<Answer> fires_, silent_;             // by rule
  std::vector<RuleFinding> findings_;
  std::vector<const Allowance*> regional_;  // allowances with "where" that a region was found for
};

}  // namespace berth
