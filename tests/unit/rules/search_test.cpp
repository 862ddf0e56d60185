// Counterfactuals, the tests that travel with rules, and the bare engine.
#include <gmock/gmock.h>

#include "rules/bare.hpp"
#include "unit/rules/fixture.hpp"

namespace berth::testing {
namespace {

using ::testing::HasSubstr;

TEST(WouldChange, FindsTheNearestValueThatFlips) {
  const RuleSet set = load(R"json(
    {"id": "BRT1001", "when": "job.batch < 256", "effect": "recommend", "target": "accelerator.class=cpu", "weight": 2},
    {"id": "BRT1002", "when": "job.batch >= 256", "effect": "recommend", "target": "accelerator.class=gpu", "weight": 2})json");
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{128}));
  const Result<FlipSearch> search = would_change(set, sheet, "accelerator.class");
  ASSERT_TRUE(search);
  ASSERT_EQ(search->flips.size(), 1U);
  EXPECT_EQ(search->flips[0].then, "gpu");
  EXPECT_EQ(search->flips[0].changes[0].fact, "job.batch");
  EXPECT_EQ(to_json(search->flips[0].changes[0].to), "256");
  EXPECT_EQ(search->proven_up_to, 2);
}

TEST(WouldChange, FindsPairsOnlyWhereNoSingleFactDoes) {
  const RuleSet set = load(R"json(
    {"id": "BRT1001", "when": "true", "effect": "recommend", "target": "accelerator.class=cpu", "weight": 1},
    {"id": "BRT1002", "when": "job.batch >= 256 && job.task == \"train\"", "effect": "recommend", "target": "accelerator.class=gpu", "weight": 2})json");
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{128}));
  ASSERT_TRUE(sheet.set("job.task", "serve"));
  const Result<FlipSearch> search = would_change(set, sheet, "accelerator.class");
  ASSERT_TRUE(search);
  ASSERT_EQ(search->flips.size(), 1U);
  EXPECT_EQ(search->flips[0].changes.size(), 2U);
  EXPECT_EQ(search->flips[0].then, "gpu");
  EXPECT_FALSE(would_change(set, sheet, "accelerator.clas"));
}

TEST(RunTests, ComparesVerdicts) {
  const RuleSet set = load(R"json({"id": "BRT1001", "when": "job.batch > 5", "effect": "check", "tests": [
    {"facts": {"job.batch": 6}, "expect": "fired"}, {"facts": {"job.batch": 5}, "expect": "fired"}, {"facts": {}, "expect": "unknown"}]})json");
  const std::vector<RuleTestResult> results = run_tests(set);
  ASSERT_EQ(results.size(), 3U);
  EXPECT_TRUE(results[0].passed());
  EXPECT_FALSE(results[1].passed());
  EXPECT_TRUE(results[2].passed());
}

TEST(BareEngine, ReadsTheNeutralForm) {
  const Result<RuleSet> set = RuleSet::load_file(
      {"n.json",
       R"json({"note": "n", "facts": {"job": {"stage": "string", "batch": "int"}, "model": {"matmul": "double"}},
    "rules": [{"id": "a", "effect": "recommend", "target": "cpu", "when": "job.stage == \"prototype\" || job.batch > 4"},
              {"id": "b", "effect": "veto", "target": "tpu", "when": "model.matmul < 0.5"}]})json"});
  ASSERT_TRUE(set) << to_string(set.error());
  std::string out;
  BareEngine verdicts(*set, BareOutput::kVerdicts);
  ASSERT_TRUE(verdicts.judge(R"json({"job": {"stage": "development"}, "model.matmul": 0.2})json", "f", 1, out));
  EXPECT_EQ(out, "{\"fired\":[\"b\"],\"undetermined\":{\"a\":[\"job.batch\"]}}\n");
  out.clear();
  BareEngine ids(*set, BareOutput::kIds);
  ASSERT_TRUE(ids.judge(R"json({"job": {"batch": 5}, "model": {"matmul": 0}})json", "f", 1, out));
  EXPECT_EQ(out, "a,b\n");
  out.clear();
  BareEngine trace(*set, BareOutput::kTrace);
  ASSERT_TRUE(trace.judge(R"json({"job": {"stage": "development"}, "model": {"matmul": 0.2}})json", "f", 1, out));
  EXPECT_THAT(out, HasSubstr("\"left\":\"job.batch > 4\""));
  EXPECT_THAT(to_string(ids.judge(R"json({"job": {"bach": 5}})json", "f", 3, out).error()),
              HasSubstr("did you mean 'job.batch'?"));
}

}  // namespace
}  // namespace berth::testing
