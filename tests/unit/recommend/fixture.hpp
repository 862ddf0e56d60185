// The shipped knowledge, loaded once, and workloads by text.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "berth/data.hpp"
#include "berth/readers.hpp"
#include "berth/recommend.hpp"

namespace berth::testing {

inline const Catalog& shipped_catalog() {
  static const Catalog catalog = Catalog::load(embedded_data()).value();
  return catalog;
}

inline const RuleSet& shipped_rules() {
  static const RuleSet rules = RuleSet::load(embedded_data()).value();
  return rules;
}

inline EstimateContext context() {
  static const Calibration calibration = [] {
    for (const SourceFile& file : embedded_data()) {
      if (file.name == "catalog/calibration.json") return Calibration::load(file).value();
    }
    return Calibration();
  }();
  return {shipped_catalog(), calibration};
}

// `rest`: lines after the schema.
inline Workload workload(const std::string& rest) {
  Result<Workload> out = parse_workload("schema: berth/workload/v1\n" + rest, "job.yaml", shipped_catalog());
  if (!out) {
    ADD_FAILURE() << to_string(out.error());
    std::abort();
  }
  return std::move(*out);
}

inline const char* const kLlama8b =
    "  transformer: {kind: decoder, layers: 32, hidden: 4096, heads: 32, kv_heads: 8, head_dim: 128, ffn: 14336, "
    "gated_ffn: true, vocab: 128256, tied_embeddings: false}\n";

inline Workload finetune() {
  return workload(std::string("model:\n") + kLlama8b +
                  "  framework: pytorch\n"
                  "job: {task: finetune, precision: bf16, optimizer: adamw, sequence_length: 4096, global_batch: 64, "
                  "activation_checkpointing: full, dataset: {tokens: 1.0e8}, epochs: 3}\n"
                  "environment: {objective: cost, clouds: [gcp, aws], budget_usd: 1000, deadline_s: 86400}\n");
}

inline Workload qualitative() {
  return workload(
      "model: {framework: tensorflow, custom_ops: none}\n"
      "job: {task: train, time_on_cpu_s: 1814400}\n"
      "environment: {clouds: [gcp]}\n");
}

}  // namespace berth::testing
