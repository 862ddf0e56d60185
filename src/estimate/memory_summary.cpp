#include "estimate/memory_summary.hpp"

#include <algorithm>

namespace berth::estimation {

Parts summary_memory(const ItemWork& work, const Device& device, DType precision, double batch, Direction direction,
                     const TrainingPlan* plan, const Calibration& c) {
  Parts parts;
  const double bytes = std::min(4.0, bytes_per_element(precision));
  const bool small = device.device_class == DeviceClass::kEdge || device.device_class == DeviceClass::kCpu;
  parts.runtime = c(small ? "summary_memory.edge_runtime_bytes" : "summary_memory.runtime_bytes");
  if (direction == Direction::kTraining && plan != nullptr) {
    const StateBytes state = state_bytes(*plan, c);
    const double shards = plan->zero_stage >= 1 ? std::max(1.0, plan->data) : 1;
    parts.weights = work.parameters * state.weights / (plan->zero_stage >= 3 ? shards : 1);
    parts.gradients = work.parameters * state.gradients / (plan->zero_stage >= 2 ? shards : 1);
    parts.optimizer = work.parameters * state.optimizer / shards;
    // Every output is kept for the backward pass, next to norms and activations of the same size.
    parts.activations = work.activations * batch * bytes * c("summary_memory.activation_copies");
  } else {
    parts.weights = work.parameters * bytes;
    // Two outputs live at a time; the largest is about a tenth of all (an early layer of a CNN).
    parts.activations = work.activations * batch * bytes * 0.2;
  }
  return parts;
}

}  // namespace berth::estimation
