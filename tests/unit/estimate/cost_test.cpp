#include "estimate/cost.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

Machine machine_of(double count, double price) {
  Machine machine;
  machine.id = "cloud/box/region";
  machine.device = "round";
  machine.count = count;
  machine.on_demand = UsdPerHour(price);
  machine.as_of = "2026-08-03";
  return machine;
}

TEST(MachinesNeeded, AreWhole) {
  EXPECT_EQ(machines_needed({"round", 4, 1, {}, {}, "", {}}, machine_of(8, 10)), 1);
  EXPECT_EQ(machines_needed({"round", 8, 3, {}, {}, "", {}}, machine_of(8, 10)), 3);
  EXPECT_EQ(machines_needed({"round", 8, 32, {}, {}, "", {}}, machine_of(256, 10)), 1);
  EXPECT_EQ(machines_needed({"cpu", 1, 5, {}, {}, "", {}}, machine_of(0, 10)), 5);
}

TEST(Cost, IsPriceTimesMachinesTimesFactor) {
  Workload workload;
  workload.environment.price_factor = 0.5;
  TimeEstimate time;
  time.job_s = Interval{1800, 3600, 7200};
  time.tokens_per_s = Interval{500, 1000, 2000};
  Notes notes;
  const auto cost = cost_of(workload, {"round", 8, 2, {}, {}, "", {}}, machine_of(8, 36), time, notes);
  ASSERT_TRUE(cost);
  EXPECT_DOUBLE_EQ(cost->per_hour.value(), 36);                  // 2 machines * 36 * 0.5
  EXPECT_DOUBLE_EQ(cost->job_usd->expected, 36);                 // one hour
  EXPECT_DOUBLE_EQ(cost->usd_per_million_tokens->expected, 10);  // 36/3600 $/s * 1e6 / 1000 tokens/s
  EXPECT_DOUBLE_EQ(cost->usd_per_million_tokens->low, 5);
  EXPECT_EQ(cost->as_of, "2026-08-03");
}

TEST(Cost, UsesSpotPricesWhereAskedAndThere) {
  Workload workload;
  workload.environment.spot = true;
  Machine machine = machine_of(8, 36);
  Notes notes;
  const Cluster cluster{"round", 8, 1, {}, {}, "", {}};
  EXPECT_DOUBLE_EQ(cost_of(workload, cluster, machine, {}, notes)->per_hour.value(), 36);
  EXPECT_NE(notes.at(0).find("no spot price"), std::string::npos);
  machine.spot = UsdPerHour(12);
  EXPECT_DOUBLE_EQ(cost_of(workload, cluster, machine, {}, notes)->per_hour.value(), 12);
}

TEST(Cost, IsAbsentWithoutAPrice) {
  Machine machine = machine_of(8, 36);
  machine.on_demand.reset();
  Notes notes;
  EXPECT_FALSE(cost_of({}, {"round", 8, 1, {}, {}, "", {}}, machine, {}, notes));
}

}  // namespace
}  // namespace berth::estimation
