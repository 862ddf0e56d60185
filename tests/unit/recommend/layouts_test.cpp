#include <algorithm>

#include "berth/parallelism.hpp"
#include "recommend/layout_space.hpp"
#include "unit/recommend/fixture.hpp"

namespace berth {
namespace {

using testing::context;
using testing::shipped_rules;

Workload on_cluster(const std::string& model, const std::string& job, int machines) {
  return testing::workload(
      "model:\n" + model + "  framework: pytorch\n" +
      "job: {task: train, precision: bf16, optimizer: adamw, trainer: megatron-core, " + job + "}\n" +
      "cluster: {device: nvidia-h100-sxm, devices_per_machine: 8, machines: " + std::to_string(machines) + "}\n");
}

const char* const kLlama405b =
    "  transformer: {kind: decoder, layers: 126, hidden: 16384, heads: 128, kv_heads: 8, head_dim: 128, ffn: 53248, "
    "gated_ffn: true, vocab: 128256, tied_embeddings: false}\n";

TEST(SmallDivisors, ArePowersOfTwoAndThreeTimesThem) {
  EXPECT_EQ(small_divisors(96, 64), (std::vector<std::int64_t>{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48}));
  EXPECT_EQ(small_divisors(7, 8), (std::vector<std::int64_t>{1}));
}

TEST(Splits, DivideModelBatchAndCluster) {
  const Workload w = on_cluster(kLlama405b, "sequence_length: 8192, global_batch: 2048", 2048);
  const Transformer& t = *w.model->transformer;
  const auto all = splits({t, w.job, 16384, 8, 8192, 2048});
  ASSERT_FALSE(all.empty());
  for (const Split& s : all) {
    EXPECT_EQ(s.data * s.tensor * s.pipeline * s.context, 16384);
    EXPECT_EQ(t.heads % s.tensor, 0);
    EXPECT_LE(s.tensor, 8);
    EXPECT_EQ(2048 % s.data, 0);
    EXPECT_LE((t.layers + s.pipeline - 1) / s.pipeline * s.pipeline - t.layers, 3);
  }
  // Published: tensor 8, pipeline 16, data 128 (arXiv:2407.21783, table 4).
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Split& s) {
    return s.tensor == 8 && s.pipeline == 16 && s.context == 1 && s.data == 128 && s.zero_stage == 1;
  }));
}

TEST(PlanLayouts, PutsABigModelOnManyDevices) {
  const Workload w = on_cluster(kLlama405b, "sequence_length: 8192, global_batch: 2048", 2048);
  const auto found = plan_layouts(w, shipped_rules(), context());
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_GE(found->layouts.size(), 2U);
  const LayoutChoice& best = found->layouts[0];
  // 405e9 parameters at 18 bytes a parameter are 7.3 TB: 114 GB on each of 64 devices, so more must share.
  EXPECT_GE(*best.parallelism.tensor * *best.parallelism.pipeline, 16);
  EXPECT_NE(best.estimate.memory->fits, Fits::kNo);
  EXPECT_GE(found->layouts[1].lost_step_s, best.lost_step_s - 1e-9 + -0.05 * best.estimate.time->step_s->expected);
  EXPECT_FALSE(found->layouts[1].differs.empty());
  EXPECT_FALSE(found->reasons.empty());
}

TEST(PlanLayouts, KeepsWhatTheDocumentGives) {
  const Workload w = on_cluster(testing::kLlama8b,
                                "sequence_length: 4096, global_batch: 64, micro_batch: 1, "
                                "activation_checkpointing: full, parallelism: {tensor: 2}",
                                1);
  const auto found = plan_layouts(w, shipped_rules(), context());
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_FALSE(found->layouts.empty());
  for (const LayoutChoice& choice : found->layouts) {
    EXPECT_EQ(choice.parallelism.tensor, 2);
    EXPECT_EQ(choice.micro_batch, 1);
    EXPECT_EQ(choice.checkpointing, Checkpointing::kFull);
  }
}

TEST(PlanLayouts, SaysWhatIsMissingForTheNearest) {
  const Workload w = on_cluster(kLlama405b, "sequence_length: 8192, global_batch: 64", 1);
  const auto found = plan_layouts(w, shipped_rules(), context());
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_TRUE(found->layouts.empty());
  ASSERT_TRUE(found->why_not);
  EXPECT_NE(found->why_not->message.find("no layout fits"), std::string::npos) << found->why_not->message;
}

TEST(PlanLayouts, NeedsAClusterAndABatch) {
  const Workload w = testing::workload(std::string("model:\n") + testing::kLlama8b + "job: {task: train}\n");
  const auto found = plan_layouts(w, shipped_rules(), context());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kIncomplete);
}

}  // namespace
}  // namespace berth
