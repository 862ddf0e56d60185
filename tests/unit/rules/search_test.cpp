// Counterfactuals, the tests that travel with rules, and the bare engine.
#include <gmock/gmock.h>

#include <set>

#include "berth/rule_check.hpp"
#include "rules/bare.hpp"
#include "unit/rules/fixture.hpp"

namespace berth::testing {
namespace {

using ::testing::ElementsAre;
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

TEST(WouldChange, CutsAtWhatAnotherFactIs) {
  // 2 * batch + 1 >= parameters turns at batch = (1001 - 1) / 2 = 500.
  const RuleSet set = load(R"json(
    {"id": "BRT1001", "when": "true", "effect": "recommend", "target": "accelerator.class=cpu", "weight": 1},
    {"id": "BRT1002", "when": "2.0 * double(job.batch) + 1.0 >= model.parameters", "effect": "recommend", "target": "accelerator.class=gpu", "weight": 2})json");
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{7}));
  ASSERT_TRUE(sheet.set("model.parameters", 1001.0));
  const Result<FlipSearch> search = would_change(set, sheet, "accelerator.class");
  ASSERT_TRUE(search);
  ASSERT_EQ(search->flips.size(), 1U);
  EXPECT_EQ(to_json(search->flips[0].changes[0].to), "500");
}

TEST(WouldChange, LeavesOutWhatASmallerChangeDoes) {
  // Prototypes and services go to the CPU alone; with a batch of 5 or more the GPU wins but for prototypes.
  const RuleSet set = load(R"json(
    {"id": "BRT1001", "when": "job.task in [\"prototype\", \"serve\"]", "effect": "recommend", "target": "accelerator.class=cpu", "weight": 3},
    {"id": "BRT1002", "when": "job.task == \"train\"", "effect": "recommend", "target": "accelerator.class=tpu", "weight": 1},
    {"id": "BRT1003", "when": "job.batch >= 5", "effect": "recommend", "target": "accelerator.class=gpu", "weight": 2})json");
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.task", "train"));
  ASSERT_TRUE(sheet.set("job.batch", std::int64_t{1}));
  const Result<FlipSearch> search = would_change(set, sheet, "accelerator.class");
  ASSERT_TRUE(search);
  ASSERT_EQ(search->flips.size(), 2U);  // task -> cpu, batch -> gpu; nothing that changes both
  EXPECT_EQ(search->flips[0].changes.size(), 1U);
  EXPECT_EQ(search->flips[1].changes.size(), 1U);
}

// The definition of right: a set of facts is in the answer if and only if some values of just these facts
// flip the decision and no part of such a change does.
TEST(WouldChange, AgreesWithBruteForce) {
  const RuleSet set = load(R"json(
    {"id": "BRT1001", "when": "job.batch < 4 || job.task == \"prototype\"", "effect": "recommend", "target": "accelerator.class=cpu", "weight": 2},
    {"id": "BRT1002", "when": "job.batch >= 3 && job.task != \"serve\"", "effect": "recommend", "target": "accelerator.class=gpu", "weight": 3},
    {"id": "BRT1003", "when": "job.task == \"serve\" && job.batch > 5", "effect": "recommend", "target": "accelerator.class=tpu", "weight": 4},
    {"id": "BRT1004", "when": "job.batch == 7", "effect": "veto", "target": "accelerator.class=tpu"})json");
  const std::vector<std::string> tasks{"prototype", "serve", "train"};
  const auto chosen = [&](std::int64_t batch, const std::string& task) {
    FactSheet sheet(set);
    EXPECT_TRUE(sheet.set("job.batch", batch));
    EXPECT_TRUE(sheet.set("job.task", task));
    return set.evaluate(sheet, Scope::kWorkload).decisions[0].chosen;
  };
  for (std::int64_t batch = 1; batch <= 9; ++batch) {
    for (const std::string& task : tasks) {
      FactSheet sheet(set);
      ASSERT_TRUE(sheet.set("job.batch", batch));
      ASSERT_TRUE(sheet.set("job.task", task));
      FlipOptions options;
      options.max_flips = 100;
      const Result<FlipSearch> search = would_change(set, sheet, "accelerator.class", options);
      ASSERT_TRUE(search);
      const std::string now = chosen(batch, task);
      std::set<std::string> expected;
      std::set<std::int64_t> batches;  // that flip alone
      std::set<std::string> words;
      for (std::int64_t b = 1; b <= 12; ++b) {
        if (chosen(b, task) != now) batches.insert(b);
      }
      for (const std::string& t : tasks) {
        if (chosen(batch, t) != now) words.insert(t);
      }
      for (const std::int64_t b : batches) expected.insert("batch " + chosen(b, task));
      for (const std::string& t : words) expected.insert("task " + chosen(batch, t));
      for (std::int64_t b = 1; b <= 12; ++b) {
        for (const std::string& t : tasks) {
          if (b == batch || t == task || batches.contains(b) || words.contains(t) || chosen(b, t) == now) continue;
          expected.insert("both " + chosen(b, t));
        }
      }
      std::set<std::string> found;
      for (const Flip& flip : search->flips) {
        const char* what = flip.changes.size() == 2              ? "both "
                           : flip.changes[0].fact == "job.batch" ? "batch "
                                                                 : "task ";
        found.insert(what + flip.then);
      }
      EXPECT_EQ(found, expected) << "batch " << batch << ", " << task;
    }
  }
}

TEST(Trace, ShowsTheDecisivePartsOnly) {
  const RuleSet set = load(R"json(
    {"id": "BRT1001", "when": "job.batch > 100 || (job.task == \"train\" && model.parameters >= 1e9)", "effect": "check"},
    {"id": "BRT1002", "when": "model.ops.exists(op, op.startsWith(\"nms\"))", "effect": "check"},
    {"id": "BRT1003", "when": "!(job.task == \"train\" && job.batch > 5)", "effect": "check"})json");
  FactSheet sheet(set);
  ASSERT_TRUE(sheet.set("job.task", "train"));
  ASSERT_TRUE(sheet.set("model.parameters", 2e9));
  ASSERT_TRUE(sheet.set("model.ops", std::vector<std::string>{"conv", "nms_v2", "nms_v3"}));
  set.evaluate(sheet, Scope::kWorkload);
  const RuleTrace first = set.trace(*set.find("BRT1001"), sheet);  // job.batch isn't needed
  ASSERT_EQ(first.leaves.size(), 2U);
  EXPECT_EQ(first.leaves[0].text, "job.task == \"train\"");
  EXPECT_EQ(first.leaves[1].text, "model.parameters >= 1e+09");
  EXPECT_EQ(first.leaves[1].value, "true");
  EXPECT_THAT(first.leaves[1].facts, ElementsAre("model.parameters"));
  const RuleTrace element = set.trace(*set.find("BRT1002"), sheet);
  ASSERT_EQ(element.leaves.size(), 1U);
  EXPECT_EQ(element.leaves[0].text, "\"nms_v2\".startsWith(\"nms\")");
  const RuleTrace open = set.trace(*set.find("BRT1003"), sheet);
  ASSERT_EQ(open.leaves.size(), 1U);
  EXPECT_EQ(open.leaves[0].text, "job.batch > 5");
  EXPECT_EQ(open.leaves[0].value, "unknown");
  EXPECT_EQ(open.residual, "!(job.batch > 5)");
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
  EXPECT_EQ(out, "{\"fired\":[\"b\"],\"undetermined\":{\"a\":[\"job.batch\"]},\"rules\":\"" + set->hash() + "\"}\n");
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
