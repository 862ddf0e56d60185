// The "berth/estimate/v1" document as a JSON value.
#pragma once

#include "berth/estimate.hpp"
#include "core/json.hpp"

namespace berth {

// Figures that don't apply are left out. Deterministic.
Json estimate_to_json(const Estimate& estimate);

}  // namespace berth
