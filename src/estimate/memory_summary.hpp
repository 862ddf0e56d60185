// Device memory of models known by a summary or an operator table.
#pragma once

#include "estimate/memory_training.hpp"
#include "estimate/time_summary.hpp"

namespace berth::estimation {

Parts summary_memory(const ItemWork& work, const Device& device, DType precision, double batch, Direction direction,
                     const TrainingPlan* plan, const Calibration& calibration);

}  // namespace berth::estimation
