// The ways to split a transformer's training over devices that divide what they split.
#pragma once

#include <cstdint>
#include <vector>

#include "berth/model.hpp"
#include "berth/workload.hpp"

namespace berth {

// One split; micro-batch, interleaving and checkpointing are searched inside it.
struct Split {
  std::int64_t data = 1, tensor = 1, pipeline = 1, context = 1, expert = 1;
  int zero_stage = 0;
};

// What the enumeration needs to know.
struct SplitSpace {
  const Transformer& model;
  const Job& job;             // degrees that it gives are kept
  std::int64_t devices = 1;   // of the cluster; all are used
  std::int64_t domain = 1;    // devices that the scale-up link joins
  std::int64_t sequence = 1;  // tokens
  std::int64_t batch = 1;     // items per step
};

// Every split where
// - tensor divides the heads and the key-value heads (or is a multiple of those) and stays within a scale-up
//   domain: its all-reduces come with every layer;
// - pipeline leaves at most three layers' places empty (embedding, head and a prediction module take up to
//   three: Llama-3.1-405B's 126 layers in 16 stages);
// - context halves divide the sequence, and leave 1,024 tokens or more;
// - expert divides the experts and the devices of a stage;
// - data x tensor x pipeline x context is the cluster, and data divides the batch.
// ZeRO: 1 and 3 where there are replicas to share with; 3 not with pipelines, whose every micro-batch would
// gather all weights again, unless the document gives it.
// In a fixed order.
std::vector<Split> splits(const SplitSpace& space);

// Powers of two and three times powers of two that divide `n`, 1 first.
std::vector<std::int64_t> small_divisors(std::int64_t n, std::int64_t most);

}  // namespace berth
