// Device memory of a training step, part by part.
#pragma once

#include "estimate/training_plan.hpp"

namespace berth::estimation {

struct Parts {
  double weights = 0, gradients = 0, optimizer = 0, activations = 0, logits = 0, kv_cache = 0, workspace = 0,
         runtime = 0;
  [[nodiscard]] double total() const {
    return weights + gradients + optimizer + activations + logits + kv_cache + workspace + runtime;
  }
};

// Bytes on the fullest device. Cost: constant; thread-safe.
Parts training_memory(const Shape& shape, const TrainingPlan& plan, double devices, const Calibration& calibration);

// Bytes of weights, gradients and optimizer state per trained parameter, before sharding.
struct StateBytes {
  double weights = 0, gradients = 0, optimizer = 0;
};
StateBytes state_bytes(const TrainingPlan& plan, const Calibration& calibration);

}  // namespace berth::estimation
