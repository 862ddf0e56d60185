// Device memory of a served language model.
#pragma once

#include <optional>

#include "estimate/memory_training.hpp"
#include "estimate/serving_plan.hpp"

namespace berth::estimation {

// Bytes on the fullest device with all requests of the plan in flight.
Parts serving_memory(const Shape& shape, const ServingPlan& plan, const Calibration& calibration);

// Bytes of the cache that one request needs at its longest, over all devices of a replica.
double cache_per_request(const Shape& shape, const ServingPlan& plan);

// Requests that fit into the memory of one replica next to the weights; nullopt when the capacity is unknown.
std::optional<double> requests_that_fit(const Shape& shape, const ServingPlan& plan, const Calibration& calibration);

// What an engine reserves at start whatever the need: vLLM, SGLang and TensorRT-LLM take a share of
// the device; others nothing.
std::optional<double> engine_allocation(const ServingPlan& plan, const Calibration& calibration);

}  // namespace berth::estimation
