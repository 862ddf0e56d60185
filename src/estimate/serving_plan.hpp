// How a language model is served: degrees, batch, bytes per weight, with what had to be assumed.
#pragma once

#include "estimate/communication.hpp"
#include "estimate/notes.hpp"
#include "estimate/shape.hpp"
#include "estimate/stack.hpp"

namespace berth::estimation {

struct ServingPlan {
  const Device* device = nullptr;
  Engine engine = Engine::kUnknown;
  DType precision = DType::kBf16;
  double tensor = 1, pipeline = 1, replicas = 1;
  double weight_bytes = 2;                                            // per linear weight
  double embedding_bytes = 2;                                         // per embedding weight
  bool quantized = false;                                             // weights are stored in a weight format
  double kv_bytes = 2;                                                // per element of the cache
  double concurrency = 1;                                             // sequences in flight, per replica
  double prompt = 0, output = 0;                                      // tokens
  [[nodiscard]] double devices() const { return tensor * pipeline; }  // of one replica
};

// Errors: kIncomplete for job.serving.prompt_tokens or output_tokens; kNotFound for a weight format;
// kInvalid when the degrees need more devices than there are.
Result<ServingPlan> plan_serving(const Workload& workload, const Cluster& cluster, const Device& device,
                                 const Catalog& catalog, Notes& notes);

}  // namespace berth::estimation
