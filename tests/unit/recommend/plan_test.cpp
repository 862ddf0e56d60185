#include "recommend/plan.hpp"

#include <gtest/gtest.h>

#include "berth/data.hpp"

namespace berth {
namespace {

const Catalog& catalog() {
  static const Catalog catalog = Catalog::load(embedded_data()).value();
  return catalog;
}

const Calibration& calibration() {
  static const Calibration calibration = [] {
    for (const SourceFile& file : embedded_data()) {
      if (file.name == "catalog/calibration.json") return Calibration::load(file).value();
    }
    return Calibration();
  }();
  return calibration;
}

Workload job(const char* keys) {
  const std::string text = std::string(R"(schema: berth/workload/v1
model:
  transformer: {kind: decoder, layers: 32, hidden: 4096, heads: 32, kv_heads: 8, head_dim: 128, ffn: 14336, gated_ffn: true, vocab: 128256, tied_embeddings: false}
  framework: pytorch
job: {task: finetune, precision: bf16, optimizer: adamw, sequence_length: 2048, )") +
                           keys + "}\n";
  return parse_workload(text, "w.yaml", catalog()).value();
}

Offer eight_h100() {
  Offer offer;
  offer.device = catalog().find_device("nvidia-h100-sxm");
  offer.cluster.device = "nvidia-h100-sxm";
  offer.cluster.devices_per_machine = 8;
  return offer;
}

Plan plan_of(const Workload& workload) {
  const EstimateContext context{catalog(), calibration()};
  static const Offer offer = eight_h100();
  PlanMemo memo;
  return *Planner(workload, context, SearchBounds{64, 256}, memo).plan(offer, std::nullopt);
}

TEST(Planner, KeepsWhatTheDocumentGives) {
  const Workload workload = job("micro_batch: 2, activation_checkpointing: full, parallelism: {zero_stage: 3}");
  const Plan plan = plan_of(workload);
  ASSERT_TRUE(plan.estimate);
  EXPECT_EQ(plan.job.micro_batch, 2);
  EXPECT_EQ(plan.job.parallelism.zero_stage, 3);
  EXPECT_TRUE(plan.planned.empty());
}

TEST(Planner, ShardsWhatDoesNotFitOneDevice) {
  // 8.03e9 parameters at 16 bytes each are 128 GB: more than one H100's 80 GiB, so states must be shared.
  const Workload workload = job("global_batch: 64");
  const Plan plan = plan_of(workload);
  ASSERT_TRUE(plan.estimate);
  EXPECT_EQ(plan.estimate->memory->fits, Fits::kYes);
  EXPECT_GE(plan.job.parallelism.zero_stage.value_or(0), 1);
}

TEST(Planner, DoesNotFeedMoreReplicasThanTheGlobalBatchHolds) {
  const Workload workload = job("micro_batch: 2, global_batch: 8, parallelism: {tensor: 1}");
  const Plan plan = plan_of(workload);  // 8 replicas · 2 > 8
  EXPECT_FALSE(plan.estimate);
  ASSERT_TRUE(plan.why_not);
  EXPECT_EQ(plan.why_not->code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace berth
