// How a training job is laid out: every degree of parallelism and batch size settled, with what had to
// be assumed.
#pragma once

#include <optional>

#include "berth/estimate.hpp"
#include "estimate/notes.hpp"
#include "estimate/shape.hpp"
#include "estimate/stack.hpp"

namespace berth::estimation {

struct TrainingPlan {
  const Device* device = nullptr;
  Trainer trainer = Trainer::kGeneric;
  DType precision = DType::kBf16;
  double data = 1, tensor = 1, pipeline = 1, context = 1, expert = 1, interleave = 1;
  int zero_stage = 0;
  double micro_batch = 1;   // items per replica and pass
  double accumulation = 1;  // micro-batches per replica and step
  double global_batch = 1;  // items per step
  double sequence = 1;      // tokens per item that are computed
  Checkpointing checkpointing = Checkpointing::kNone;
  bool checkpointing_known = true;           // false: neither the document nor the stack's habit says
  bool frozen = false;                       // parameter-efficient: the base weights aren't trained
  bool embeddings_trained = false;           // peft.modules_to_save
  std::optional<double> adapter_parameters;  // trainable, when frozen
  std::string quantization;                  // of the frozen weights; empty: none
  std::optional<double> bits_per_weight;     // of that format
  bool fused_loss = false;                   // cross entropy without an fp32 copy of the logits
  std::string optimizer = "adamw";
  std::optional<bool> master_weights;
  bool optimizer_offloaded = false, parameters_offloaded = false, activations_offloaded = false;

  [[nodiscard]] double shards() const { return data * context; }
  [[nodiscard]] double element_bytes() const {  // of activations and working weights
    return precision == DType::kFp32 || precision == DType::kTf32 ? 4 : precision == DType::kFp64 ? 8 : 2;
  }
};

// Settles the plan of a model with a transformer shape, or of any model trained data-parallel when
// `shape` is null. Errors: kIncomplete naming the missing key; kInvalid when the degrees need more
// devices than the cluster has.
Result<TrainingPlan> plan_training(const Workload& workload, const Cluster& cluster, const Device& device,
                                   const Shape* shape, const EstimateContext& context, Notes& notes);

// The precision that the job computes in; assumed when not given, with a note.
DType precision_of(const Workload& workload, const Device& device, Notes& notes);

// The catalog's entry for a weight format as documents name it ("int4-gptq", "bnb.nf4-dq"); nullptr when
// there is none.
const WeightFormat* find_format(const Catalog& catalog, std::string_view name);

}  // namespace berth::estimation
