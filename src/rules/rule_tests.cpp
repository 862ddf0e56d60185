// The tests that travel with rules.
#include "berth/rule_check.hpp"
#include "rules/run.hpp"

namespace berth {

std::vector<RuleTestResult> run_tests(const RuleSet& rules) {
  std::vector<RuleTestResult> results;
  const RuleSet::State& set = rules.state();
  FactSheet sheet(rules);
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    int index = 0;
    for (const RuleTest& test : set.compiled[i].tests) {
      sheet.state().forget_all();
      for (const auto& [slot, value] : test.facts) sheet.state().put(slot, value, {}, Known::kSet);
      Run run(set, sheet.state(), {}, sheet.state().scratch);
      run.derive();
      results.push_back({&set.rules[i], index++, test.expect, run.judge(i).verdict, test.span});
    }
  }
  return results;
}

}  // namespace berth
