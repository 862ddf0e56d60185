#include "recommend/score.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

Plan plan_with(std::optional<Interval> job_usd, std::optional<Interval> job_s) {
  Plan plan;
  plan.estimate.emplace();
  plan.estimate->time.emplace();
  plan.estimate->time->job_s = job_s;
  if (job_usd) {
    plan.estimate->cost.emplace();
    plan.estimate->cost->job_usd = job_usd;
  }
  return plan;
}

TEST(Score, FollowsTheObjective) {
  const Plan a = plan_with(Interval{8, 10, 12}, Interval{80, 100, 120});
  const auto cost = score_plans({&a}, Objective::kCost);
  ASSERT_TRUE(cost[0]);
  EXPECT_EQ(cost[0]->value.expected, 10);
  EXPECT_EQ(cost[0]->unit, "usd");
  EXPECT_EQ(score_plans({&a}, Objective::kTime)[0]->value.expected, 100);
  const auto both = score_plans({&a}, Objective::kBalanced);
  EXPECT_EQ(both[0]->value.low, 640);  // 8 · 80
  EXPECT_EQ(both[0]->value.high, 1440);
  EXPECT_EQ(both[0]->unit, "usd*s");
}

TEST(Score, UsesOneMetricForAllPlans) {
  const Plan priced = plan_with(Interval{1, 2, 3}, Interval{10, 20, 30});
  const Plan own = plan_with(std::nullopt, Interval{1, 2, 3});
  const auto scores = score_plans({&priced, &own}, Objective::kCost);
  EXPECT_TRUE(scores[0]);
  EXPECT_FALSE(scores[1]);
}

TEST(Score, IsUnknownWhereTheObjectiveHasNoFigure) {
  const Plan own = plan_with(std::nullopt, Interval{1, 2, 3});
  EXPECT_FALSE(score_plans({&own}, Objective::kCost)[0]);
  EXPECT_FALSE(score_plans({&own}, Objective::kBalanced)[0]);
}

TEST(Score, TurnsARateIntoTimePerItem) {
  Plan plan;
  plan.estimate.emplace();
  plan.estimate->time.emplace();
  plan.estimate->time->items_per_s = Interval{2, 4, 5};
  const auto scores = score_plans({&plan}, Objective::kTime);
  EXPECT_DOUBLE_EQ(scores[0]->value.low, 0.2);
  EXPECT_DOUBLE_EQ(scores[0]->value.high, 0.5);
  EXPECT_EQ(scores[0]->unit, "s_per_item");
}

}  // namespace
}  // namespace berth
