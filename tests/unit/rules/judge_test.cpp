#include "berth/judge.hpp"

#include <gmock/gmock.h>

#include "unit/rules/fixture.hpp"

namespace berth::testing {
namespace {

using ::testing::ElementsAre;

const char* const kRules = R"json(
  {"id": "BRT1001", "when": "job.task == \"prototype\" || job.batch < 4", "effect": "recommend",
   "target": "accelerator.class=cpu", "weight": 1},
  {"id": "BRT1002", "when": "model.large && job.batch >= 4", "effect": "recommend",
   "target": "accelerator.class=gpu", "weight": 1},
  {"id": "BRT1003", "when": "job.batch > 2", "until": "2026-01-01", "effect": "recommend",
   "target": "accelerator.class=tpu", "weight": 1},
  {"id": "BRT1009", "when": "true", "effect": "derive", "target": "model.large", "value": "model.parameters > 1e9"}
)json";

std::vector<std::string> paths(const RuleSet& set, std::span<const std::uint32_t> facts) {
  std::vector<std::string> out;
  for (const std::uint32_t fact : facts) out.push_back(set.facts()[fact].path);
  return out;
}

TEST(Judge, GivesTheVerdictsOfEvaluate) {
  const RuleSet set = load(kRules);
  Judge judge(set);
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{8}));
  EXPECT_THAT(judge.judge(sheet),
              ElementsAre(Verdict::kUndetermined, Verdict::kUndetermined, Verdict::kFired, Verdict::kFired));
  const Evaluation evaluation = set.evaluate(sheet, Scope::kWorkload);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(evaluation.outcomes[i].verdict, judge.judge(sheet)[i]);
  ASSERT_TRUE(sheet.set("job.task", std::string("train")));
  ASSERT_TRUE(sheet.set("model.parameters", 2e9));
  EXPECT_THAT(judge.judge(sheet), ElementsAre(Verdict::kNot, Verdict::kFired, Verdict::kFired, Verdict::kFired));
}

TEST(Judge, LeavesOutWhatIsNotInForce) {
  const RuleSet set = load(kRules);
  Judge judge(set);
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{8}));
  EXPECT_EQ(judge.judge(sheet, "2025-12-31")[2], Verdict::kFired);
  EXPECT_EQ(judge.judge(sheet, "2026-01-02")[2], Verdict::kNot);
}

TEST(Judge, NamesTheFactsThatDecidedAndThoseThatAreMissing) {
  const RuleSet set = load(kRules);
  Judge judge(set);
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{2}));
  judge.judge(sheet);
  EXPECT_THAT(paths(set, judge.decisive(0)), ElementsAre("job.batch"));  // the second operand alone
  EXPECT_THAT(paths(set, judge.missing(0)), ElementsAre());
  EXPECT_THAT(paths(set, judge.decisive(1)), ElementsAre("job.batch"));
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{8}));
  judge.judge(sheet);
  EXPECT_THAT(paths(set, judge.missing(0)), ElementsAre("job.task"));
  EXPECT_THAT(paths(set, judge.missing(1)), ElementsAre("model.parameters"));  // what the derived fact needs
}

TEST(Judge, SettlesWhatHoldsWhateverIsMissing) {
  const RuleSet set = load(R"json({"id": "BRT1001", "when": "job.batch < 10 || job.batch >= 10",
    "effect": "recommend", "target": "accelerator.class=cpu", "weight": 1})json");
  Judge judge(set);
  FactSheet sheet(set);
  EXPECT_THAT(judge.judge(sheet), ElementsAre(Verdict::kFired));
}

// A text's number in the vocabulary must go with the copy.
TEST(Judge, JudgesCopiesOfSheets) {
  const RuleSet set = load(R"json({"id": "BRT1001", "when": "model.ops.exists(o, o == \"fft\")",
    "effect": "recommend", "target": "accelerator.class=cpu", "weight": 1})json");
  Judge judge(set);
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("model.ops", std::vector<std::string>{"matmul", "fft"}));
  FactSheet copy = sheet;
  ASSERT_TRUE(sheet.set("model.ops", std::vector<std::string>{"matmul"}));
  EXPECT_THAT(judge.judge(copy), ElementsAre(Verdict::kFired));
  EXPECT_THAT(judge.judge(sheet), ElementsAre(Verdict::kNot));
}

}  // namespace
}  // namespace berth::testing
