// Time of a training step.
#pragma once

#include "estimate/communication.hpp"
#include "estimate/efficiency.hpp"
#include "estimate/training_plan.hpp"

namespace berth::estimation {

struct StepTime {
  double step_s = 0;
  // Parts of one micro-batch on one device, for the bottleneck.
  double compute_s = 0, memory_s = 0, network_s = 0, launch_s = 0;
  double model_flops_per_item = 0;  // without recomputation, causal attention counted in full
};

// Time of one optimizer step: micro-batches as a soft maximum of work and kernel launches, pipeline
// bubble, exposed gradient or weight traffic, optimizer. docs/guide/estimates.md has the formulas.
// Errors: kUnsupported when the device has no peak or memory bandwidth. Cost: constant; thread-safe.
Result<StepTime> training_time(const Shape& shape, const TrainingPlan& plan, const Links& links,
                               const Calibration& calibration);

}  // namespace berth::estimation
