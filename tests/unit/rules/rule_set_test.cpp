#include <gmock/gmock.h>

#include "unit/rules/fixture.hpp"

namespace berth::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const char* const kBasic = R"json(
  {"id": "BRT1001", "when": "job.task == \"prototype\"", "effect": "recommend", "target": "accelerator.class=cpu", "weight": 2},
  {"id": "BRT1002", "when": "model.large && job.batch >= 256", "effect": "recommend", "target": "accelerator.class=gpu", "weight": 3},
  {"id": "BRT1003", "when": "model.ops.exists(o, o == \"fft\")",
                  "effect" : "veto", "target" : "accelerator.class=tpu"
},
  {"id": "BRT1004", "effect": "derive", "target": "model.large", "value": "model.parameters > 1e9"},
  {"id": "BRT1005", "when": "job.batch > 100", "effect": "recommend", "target": "accelerator.class=tpu", "weight": 1,
   "message": "a batch of {job.batch} is {{large}}"})json";

const RuleOutcome& outcome(const Evaluation& evaluation, std::string_view id) {
  for (const RuleOutcome& o : evaluation.outcomes) {
    if (o.rule->id == id) return o;
  }
  ADD_FAILURE() << id;
  std::abort();
}

TEST(RuleSet, FiresDerivesAndNamesWhatIsMissing) {
  const RuleSet set = load(kBasic);
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.task", "prototype"));
  ASSERT_TRUE(sheet.set("model.parameters", 7e9));
  const Evaluation evaluation = set.evaluate(sheet, Scope::kWorkload);
  EXPECT_EQ(outcome(evaluation, "BRT1001").verdict, Verdict::kFired);
  EXPECT_EQ(outcome(evaluation, "BRT1002").verdict, Verdict::kUndetermined);
  EXPECT_THAT(outcome(evaluation, "BRT1002").missing, ElementsAre("job.batch"));
  ASSERT_NE(sheet.get("model.large"), nullptr);
  EXPECT_EQ(to_json(*sheet.get("model.large")), "true");
  EXPECT_EQ(sheet.origin("model.large")->text, "BRT1004");
  // cpu has 2 for sure, gpu between 0 and 3: not decided, and only job.batch can change that
  // (tpu reaches 1, below cpu's 2, so model.ops doesn't matter).
  const Decision& decision = evaluation.decisions.at(0);
  EXPECT_FALSE(decision.decided);
  EXPECT_EQ(decision.chosen, "cpu");
  EXPECT_THAT(decision.missing, ElementsAre("job.batch"));
}

TEST(RuleSet, MissingFactsOfDerivedFactsAreTheFactsBehindThem) {
  const RuleSet set = load(kBasic);
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{512}));
  const Evaluation evaluation = set.evaluate(sheet, Scope::kWorkload);
  EXPECT_THAT(outcome(evaluation, "BRT1002").missing, ElementsAre("model.parameters"));
}

TEST(RuleSet, DecidesByScoreWithVetoes) {
  const RuleSet set = load(kBasic);
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.task", "train"));
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{512}));
  ASSERT_TRUE(sheet.set("model.parameters", 7e9));
  ASSERT_TRUE(sheet.set("model.ops", std::vector<std::string>{"matmul", "fft"}));
  const Evaluation evaluation = set.evaluate(sheet, Scope::kWorkload);
  const Decision& decision = evaluation.decisions.at(0);
  EXPECT_TRUE(decision.decided);
  EXPECT_EQ(decision.chosen, "gpu");
  EXPECT_EQ(decision.standings[2].vetoed, Verdict::kFired);
  EXPECT_EQ(outcome(evaluation, "BRT1005").message, "a batch of 512 is {large}");
}

TEST(RuleSet, DecisiveNamesTheLeavesThatCounted) {
  const RuleSet set =
      load(R"json({"id": "BRT1001", "when": "job.task == \"train\" || job.batch > 4 || model.parameters > 1.0",
    "effect": "recommend", "target": "accelerator.class=cpu", "weight": 2})json");
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.task", "serve"));
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{8}));
  set.evaluate(sheet, Scope::kWorkload);
  EXPECT_THAT(set.decisive(set.rules()[0], sheet), ElementsAre(Pair("job.batch", "8")));
}

TEST(RuleSet, NullIsKnownToBeAbsentAndHasAsksForIt) {
  const RuleSet set = load(R"json({"id": "BRT1001", "when": "has(job.batch) && job.batch > 4", "effect": "check"},
    {"id": "BRT1002", "when": "job.batch > 4", "effect": "check"})json");
  FactSheet sheet(set);
  EXPECT_THAT(set.evaluate(sheet, Scope::kWorkload).outcomes[0].missing, ElementsAre("job.batch"));
  ASSERT_TRUE(sheet.set("job.batch", FactValue()));
  const Evaluation evaluation = set.evaluate(sheet, Scope::kWorkload);
  EXPECT_EQ(evaluation.outcomes[0].verdict, Verdict::kNot);
  EXPECT_EQ(evaluation.outcomes[0].note, "");
  EXPECT_EQ(evaluation.outcomes[1].verdict, Verdict::kNot);
  EXPECT_THAT(evaluation.outcomes[1].note, HasSubstr("no such overload"));
}

TEST(RuleSet, RequireHoldsTheDecisionOpen) {
  const RuleSet set = load(
      R"json({"id": "BRT1001", "when": "true", "effect": "recommend", "target": "accelerator.class=cpu", "weight": 1},
    {"id": "BRT1002", "effect": "require", "target": "accelerator.class", "facts": ["job.task"]})json");
  FactSheet sheet(set);
  EXPECT_FALSE(set.evaluate(sheet, Scope::kWorkload).decisions[0].decided);
  EXPECT_THAT(set.evaluate(sheet, Scope::kWorkload).decisions[0].missing, ElementsAre("job.task"));
  ASSERT_TRUE(sheet.set("job.task", "train"));
  EXPECT_TRUE(set.evaluate(sheet, Scope::kWorkload).decisions[0].decided);
}

TEST(RuleSet, HoldsRulesAgainstTheDate) {
  const RuleSet set = load(
      R"json({"id": "BRT1001", "when": "true", "effect": "check", "since": "2026-01-01", "until": "2026-06-30"})json");
  FactSheet sheet(set);
  EXPECT_EQ(set.evaluate(sheet, Scope::kWorkload, "2026-06-30").outcomes[0].verdict, Verdict::kFired);
  EXPECT_EQ(set.evaluate(sheet, Scope::kWorkload, "2026-07-01").outcomes[0].note, "in force only until 2026-06-30");
}

TEST(RuleSet, LocatesErrorsInsideConditions) {
  const std::string head = R"json({"id": "BRT1001", "effect": "check", "when": )json";
  EXPECT_THAT(load_error(head + R"json("job.tsk == \"train\""})json"),
              HasSubstr("unknown name 'job.tsk'; did you mean 'job.task'?"));
  EXPECT_THAT(load_error(head + R"json("job.task == \"tran\""})json"),
              HasSubstr("\"tran\" is no value of job.task; did you mean \"train\"?"));
  EXPECT_THAT(load_error(head + R"json("job.batch"})json"), HasSubstr("\"when\" is of type int"));
  EXPECT_THAT(load_error(head + R"json("model.parameters * 2 > 1.0"})json"), HasSubstr("write 2.0 for 2"));
  EXPECT_THAT(
      load_error(R"json({"id": "B", "effect": "veto", "when": "true", "target": "accelerator.class=quantum"})json"),
      HasSubstr("options are cpu, gpu or tpu"));
  EXPECT_THAT(load_error(R"json({"id": "B", "effect": "check", "when": "true", "sorce": {}})json"),
              HasSubstr("did you mean 'source'?"));
  EXPECT_THAT(
      load_error(
          R"json({"id": "B", "effect": "check", "when": "true"}, {"id": "B", "effect": "check", "when": "true"})json"),
      HasSubstr("twice"));
}

TEST(RuleSet, RefusesCyclesOfDerivedFacts) {
  EXPECT_THAT(load_error(R"json({"id": "B1", "effect": "derive", "target": "model.large", "value": "job.heavy"},
    {"id": "B2", "effect": "derive", "target": "job.heavy", "value": "model.large"})json"),
              HasSubstr("derived from itself"));
}

TEST(FactSheet, ChecksPathsTypesAndDomains) {
  const RuleSet set = load(kBasic);
  FactSheet sheet(set);
  EXPECT_THAT(to_string(sheet.set("job.bath", std::int64_t{1}).error()), HasSubstr("did you mean 'job.batch'?"));
  EXPECT_FALSE(sheet.set("job.batch", 2.5));
  EXPECT_FALSE(sheet.set("job.batch", std::int64_t{0}));
  EXPECT_THAT(to_string(sheet.set("job.task", "trian").error()), HasSubstr("did you mean \"train\"?"));
  EXPECT_TRUE(sheet.set("model.parameters", std::int64_t{5}));
  EXPECT_EQ(to_json(*sheet.get("model.parameters")), "5");
  const FactSheet copy = sheet;
  ASSERT_TRUE(sheet.clear("model.parameters"));
  EXPECT_EQ(sheet.get("model.parameters"), nullptr);
  EXPECT_NE(copy.get("model.parameters"), nullptr);
}

TEST(FactSheet, ForgetsWhatWasSetSinceTheMark) {
  const RuleSet rules = load("");
  FactSheet sheet(rules);
  ASSERT_TRUE(sheet.set("job.task", std::string("train")));
  sheet.mark();
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{8}));
  ASSERT_TRUE(sheet.set("job.task", std::string("serve")));
  sheet.forget_since_mark();
  EXPECT_EQ(sheet.get("job.batch"), nullptr);
  EXPECT_EQ(*sheet.get("job.task"), FactValue(std::string("serve")));
}

}  // namespace
}  // namespace berth::testing
