// Price of a cluster and of a job on it.
#pragma once

#include "berth/estimate.hpp"
#include "estimate/notes.hpp"

namespace berth::estimation {

// Machines of that kind which the cluster takes: whole machines are paid for.
double machines_needed(const Cluster& cluster, const Machine& machine);

// nullopt when the machine has no price. Cost: list price (spot when environment.availability.spot) x
// machines x environment.price_factor; the job's is that times its duration.
std::optional<CostEstimate> cost_of(const Workload& workload, const Cluster& cluster, const Machine& machine,
                                    const TimeEstimate& time, Notes& notes);

}  // namespace berth::estimation
