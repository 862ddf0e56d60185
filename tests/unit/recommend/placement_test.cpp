#include "recommend/placement.hpp"

#include <gtest/gtest.h>

#include <set>

#include "berth/data.hpp"

namespace berth {
namespace {

TEST(DataReduction, CountsValuesPerWindow) {
  Edge edge;
  edge.sensors = 12;
  edge.sample_rate_per_s = 1;
  edge.window = Seconds(60);
  edge.aggregate = "mean";
  edge.measurements = 3;
  edge.sample_bytes = Bytes(8);
  const auto reduction = data_reduction(edge);
  ASSERT_TRUE(reduction);
  EXPECT_EQ(reduction->values_in_per_window, 720);  // 12 sensors · 1 /s · 60 s
  EXPECT_EQ(reduction->values_out_per_window, 1);
  EXPECT_EQ(reduction->bytes_in_per_s, 288);           // 12 · 3 · 8
  EXPECT_DOUBLE_EQ(*reduction->bytes_out_per_s, 0.4);  // 1/60 · 3 · 8
}

TEST(DataReduction, KeepsEveryValueWithoutAnAggregate) {
  Edge edge;
  edge.sensors = 2;
  edge.sample_rate_per_s = 5;
  edge.window = Seconds(1);
  EXPECT_EQ(data_reduction(edge)->values_out_per_window, 10);
}

TEST(DataReduction, IsUnknownWithoutARate) {
  EXPECT_FALSE(data_reduction(Edge{}));
}

TEST(Components, AreCurrentProductsOfTheAllowedCloud) {
  const Catalog catalog = Catalog::load(embedded_data()).value();
  std::vector<std::string> missing;
  const auto components = components_for({"ingestion", "gateway", "no_such_role"}, {"gcp"}, catalog, missing);
  ASSERT_EQ(components.size(), 2U);
  EXPECT_EQ(components[0].product, "Pub/Sub");
  EXPECT_EQ(components[0].status, "current");
  EXPECT_EQ(components[1].role, "gateway");
  EXPECT_EQ(missing, std::vector<std::string>{"no_such_role"});
}

}  // namespace
}  // namespace berth
