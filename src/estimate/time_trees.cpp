#include "estimate/time_trees.hpp"

#include <algorithm>
#include <cmath>

namespace berth::estimation {

double tree_evaluations(const TreeEnsemble& trees) {
  return static_cast<double>(trees.count) * static_cast<double>(std::max<std::int64_t>(1, trees.outputs)) *
         static_cast<double>(trees.depth);
}

double tree_item_seconds(const TreeEnsemble& trees, const Calibration& calibration) {
  return tree_evaluations(trees) * calibration("trees.node_s") + calibration("trees.row_s");
}

double tree_bytes(const TreeEnsemble& trees) {
  const double depth = std::min(60.0, static_cast<double>(trees.depth));
  return static_cast<double>(trees.count) * static_cast<double>(std::max<std::int64_t>(1, trees.outputs)) *
         (std::exp2(depth + 1) - 1) * 16;
}

}  // namespace berth::estimation
