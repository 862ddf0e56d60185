// Time of tree ensembles on CPUs.
#pragma once

#include <optional>

#include "berth/estimate.hpp"

namespace berth::estimation {

// Comparisons for one item: every tree is walked once to its full depth.
double tree_evaluations(const TreeEnsemble& trees);

// Seconds for one item on one core. A comparison is a dependent, poorly predicted memory access, so its
// cost is a constant, not a share of a peak.
double tree_item_seconds(const TreeEnsemble& trees, const Calibration& calibration);

// Nodes of full binary trees with the ensemble's depth, at 16 bytes a node (feature, threshold, child).
double tree_bytes(const TreeEnsemble& trees);

}  // namespace berth::estimation
