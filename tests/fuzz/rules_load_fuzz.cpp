// Any text as a rule file, of the full form (with facts and decisions of ours) or the neutral one. What
// loads is run: on an empty sheet, with its tests, with traces. What may not happen: a crash, an endless
// run, an error without a message, a verdict that Judge and evaluate() don't share.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "berth/judge.hpp"
#include "berth/rule_check.hpp"
#include "check.hpp"

namespace {

using namespace berth;

const char* const kFacts = R"json({"schema": "berth/facts/v1", "facts": {
  "job.task": {"type": "enum", "values": ["prototype", "train", "serve"], "mutable": "user"},
  "job.batch": {"type": "int", "domain": [1, 1000000], "mutable": "user"},
  "model.parameters": {"type": "double", "domain": [0, 1e15]},
  "model.ops": {"type": "list(string)"},
  "model.large": {"type": "bool", "mutable": "derived"},
  "model.name": {"type": "string"}}})json";
const char* const kDecisions = R"json({"schema": "berth/decisions/v1", "decisions": [
  {"dimension": "accelerator", "options": ["cpu", "gpu"]},
  {"dimension": "candidate", "scope": "candidate", "hit_policy": "collect", "options": ["this"]}]})json";

void run(const RuleSet& rules) {
  FactSheet sheet(rules);
  (void)run_tests(rules);
  Judge judge(rules);
  const std::span<const Verdict> verdicts = judge.judge(sheet);
  for (const Scope scope : {Scope::kWorkload, Scope::kCandidate}) {
    const Evaluation evaluation = rules.evaluate(sheet, scope);
    for (const RuleOutcome& outcome : evaluation.outcomes) {
      const auto number = static_cast<std::size_t>(outcome.rule - rules.rules().data());
      fuzz::require(outcome.verdict == verdicts[number], "Judge and evaluate() differ", outcome.rule->when);
      (void)rules.decisive(*outcome.rule, sheet);
      (void)rules.residual(*outcome.rule, sheet);
      (void)judge.decisive(number);
      (void)judge.missing(number);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SourceFile file{"fuzzed.json", std::string(reinterpret_cast<const char*>(data), size)};
  const std::vector<SourceFile> files = {{"facts.json", kFacts}, {"decisions.json", kDecisions}, file};
  const Result<RuleSet> full = RuleSet::load(files);
  const Result<RuleSet> neutral = RuleSet::load_file(file);
  for (const Result<RuleSet>* rules : {&full, &neutral}) {
    if (*rules)
      run(**rules);
    else
      fuzz::require(!rules->error().message.empty(), "an error without a message");
  }
  return 0;
}
