// How much work a whole job is: steps, items, requests.
#pragma once

#include <optional>

#include "berth/workload.hpp"
#include "estimate/notes.hpp"

namespace berth::estimation {

// Optimizer steps of a training job from job.steps, or from the data and epochs. nullopt: the document
// doesn't say. `tokens_per_item` 0 when items aren't sequences.
std::optional<double> training_steps(const Job& job, double items_per_step, double tokens_per_item, Notes& notes);

// Items or requests of a batch-serving job; nullopt when the document doesn't say or serving is online.
std::optional<double> serving_items(const Job& job, double tokens_per_item, Notes& notes);

// Trials of a search; 1 otherwise.
double trials(const Job& job, Notes& notes);

}  // namespace berth::estimation
