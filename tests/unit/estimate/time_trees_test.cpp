#include "estimate/time_trees.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

TEST(TreeEvaluations, AreTreesTimesDepth) {
  EXPECT_EQ(tree_evaluations({500, 8, 1}), 4000);
  EXPECT_EQ(tree_evaluations({500, 8, 3}), 12000);
}

TEST(TreeTime, IsAConstantPerComparison) {
  const Calibration c = calibration({{"trees.node_s", 1e-9}, {"trees.row_s", 1e-6}});
  EXPECT_DOUBLE_EQ(tree_item_seconds({500, 8, 1}, c), 5e-6);
}

TEST(TreeBytes, CountFullTrees) {
  EXPECT_EQ(tree_bytes({10, 2, 1}), 10 * 7 * 16);
}

}  // namespace
}  // namespace berth::estimation
