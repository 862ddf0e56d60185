// The shipped check rules: their own tests, their documentation, their data.
#include <gtest/gtest.h>

#include <set>

#include "berth/rule_check.hpp"
#include "unit/check/checking.hpp"

namespace berth {
namespace {

using berth::testing::shipped;

TEST(CheckRules, PassTheTestsThatTravelWithThem) {
  int fired = 0;
  int undetermined = 0;
  for (const RuleTestResult& result : run_tests(shipped().rules())) {
    EXPECT_TRUE(result.passed()) << result.rule->id << " " << result.rule->name << " test " << result.index;
    fired += result.expected == Verdict::kFired ? 1 : 0;
    undetermined += result.expected == Verdict::kUndetermined ? 1 : 0;
  }
  EXPECT_GE(fired, 150);
  EXPECT_GE(undetermined, 150);
}

TEST(CheckRules, SayWhatWhyAndWhere) {
  std::set<std::string> names;
  for (const Rule& rule : shipped().rules().rules()) {
    const CheckRuleDoc* doc = shipped().doc(rule.id);
    ASSERT_NE(doc, nullptr) << rule.id;
    EXPECT_FALSE(doc->why.empty()) << rule.id;
    EXPECT_FALSE(rule.message.empty()) << rule.id;
    EXPECT_FALSE(rule.title.empty()) << rule.id;
    EXPECT_FALSE(rule.source.url.empty()) << rule.id;
    EXPECT_FALSE(rule.tags.empty()) << rule.id;
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
  }
  EXPECT_GE(names.size(), 150U);
}

TEST(CheckRules, AreNoPartOfRecommendations) {
  const Result<RuleSet> recommend = RuleSet::load(embedded_data());
  ASSERT_TRUE(recommend);
  EXPECT_EQ(recommend->find("BRT7101"), nullptr);
}

TEST(CheckContext, TakesHardwareOfBothKinds) {
  const auto gpu = parse_check_context(
      R"({"hardware": {"device": "gpu", "sku": "A100-80GB", "per_node": 8, "nodes": 2, "compute_capability": "8.0"}})",
      "c");
  ASSERT_TRUE(gpu);
  EXPECT_EQ(gpu->devices_per_machine, 8);
  EXPECT_EQ(gpu->machines, 2);
  EXPECT_EQ(gpu->compute_capability, 8.0);
  const auto tpu =
      parse_check_context(R"({"hardware": {"device": "tpu", "sku": "v5e", "chips": 16, "hosts": 4}})", "c");
  ASSERT_TRUE(tpu);
  EXPECT_EQ(tpu->devices_per_machine, 4);
  const auto bad = parse_check_context("{\n\"hardware\": {\"nodes\": \"many\"}}", "c");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().span.line, 2);
}

}  // namespace
}  // namespace berth
