#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

const char* const kTraining = R"({"schema": "berth/workload/v1", "name": "t",
  "model": {"transformer": {"kind": "decoder", "layers": 32, "hidden": 4096, "heads": 32, "kv_heads": 8, "ffn": 14336,
            "gated_ffn": true, "vocab": 128256}},
  "job": {"task": "train", "precision": "bf16", "trainer": "megatron-core", "micro_batch": 1, "global_batch": 64,
          "sequence_length": 4096, "activation_checkpointing": "full", "steps": 100, "parallelism": {"zero_stage": 1}},
  "cluster": {"device": "nvidia-h100-sxm", "devices_per_machine": 8, "machines": 1}})";

TEST(EstimateOfTraining, GivesMemoryTimeAndBasis) {
  const auto e = estimate_text_document(kTraining);
  ASSERT_TRUE(e) << to_string(e.error());
  EXPECT_EQ(e->name, "t");
  EXPECT_NEAR(static_cast<double>(e->parameters_total), 8.03e9, 0.02e9);
  double sum = 0;
  for (const auto& [name, bytes] : e->memory->breakdown_bytes) sum += bytes;
  EXPECT_NEAR(sum, e->memory->per_device_bytes.expected, 1);
  EXPECT_NEAR(e->time->job_s->expected, 100 * e->time->step_s->expected, 1e-9);
  EXPECT_NEAR(e->time->tokens_per_s->expected, 64 * 4096 / e->time->step_s->expected, 1e-6);
  EXPECT_GT(*e->time->mfu, 0.2);
  EXPECT_LT(*e->time->mfu, 0.7);
  EXPECT_FALSE(e->basis.empty());
  EXPECT_FALSE(e->cost);  // no machine given
}

TEST(EstimateErrors, NameWhatIsMissing) {
  const auto no_task = estimate_text_document(R"({"schema": "berth/workload/v1",
    "model": {"summary": {"macs_per_item": 1e9}}, "cluster": {"device": "nvidia-t4"}})");
  ASSERT_FALSE(no_task);
  EXPECT_EQ(no_task.error().code, ErrorCode::kIncomplete);
  EXPECT_NE(no_task.error().message.find("'job.task'"), std::string::npos);
  const auto no_model = estimate_text_document(R"({"schema": "berth/workload/v1", "job": {"task": "train"},
    "cluster": {"device": "nvidia-t4"}})");
  ASSERT_FALSE(no_model);
  EXPECT_NE(no_model.error().message.find("'model'"), std::string::npos);
  const auto no_output = estimate_text_document(R"({"schema": "berth/workload/v1",
    "model": {"transformer": {"kind": "decoder", "layers": 2, "hidden": 128, "heads": 2, "ffn": 512, "vocab": 100}},
    "job": {"task": "serve", "serving": {"prompt_tokens": 5}}, "cluster": {"device": "nvidia-t4"}})");
  ASSERT_FALSE(no_output);
  EXPECT_NE(no_output.error().message.find("'job.serving.output_tokens'"), std::string::npos);
}

TEST(EstimateOfServing, ShowsNeedAndEngineAllocation) {
  const auto e = estimate_text_document(R"({"schema": "berth/workload/v1",
    "model": {"transformer": {"kind": "decoder", "layers": 32, "hidden": 4096, "heads": 32, "kv_heads": 8, "ffn": 14336,
              "gated_ffn": true, "vocab": 128256}},
    "job": {"task": "serve", "precision": "bf16",
            "serving": {"engine": "vllm", "concurrency": 16, "prompt_tokens": 1024, "output_tokens": 256}},
    "cluster": {"device": "nvidia-h100-sxm"}})");
  ASSERT_TRUE(e) << to_string(e.error());
  // 8.03e9 weights * 2 bytes; 16 requests * 1280 tokens * 65,536 elements * 2 bytes.
  EXPECT_NEAR(e->memory->breakdown_bytes[0].second, 16.06e9, 0.02e9);
  EXPECT_EQ(e->memory->fits, Fits::kYes);
  ASSERT_TRUE(e->memory->engine_allocated);
  EXPECT_GT(e->memory->engine_allocated->value(), 70'000'000'000);
  EXPECT_TRUE(e->time->ttft_s && e->time->tpot_s && e->time->tokens_per_s && e->time->latency_s);
}

TEST(EstimateOfTrees, CountsEvaluations) {
  const auto e =
      estimate_text_document(R"({"schema": "berth/workload/v1", "model": {"trees": {"count": 500, "depth": 8}},
    "job": {"task": "serve"}, "cluster": {"device": "amd-milan-7763"}})");
  ASSERT_TRUE(e) << to_string(e.error());
  EXPECT_NE(e->basis[0].assumptions[0].find("4000 comparisons"), std::string::npos);
  EXPECT_LT(e->time->latency_s->expected, 1e-3);
  EXPECT_FALSE(estimate_text_document(R"({"schema": "berth/workload/v1", "model": {"trees": {"count": 500, "depth": 8}},
    "job": {"task": "serve"}, "cluster": {"device": "nvidia-t4"}})"));
}

TEST(EstimateOfOperators, UsesTheTable) {
  const auto e = estimate_text_document(R"({"schema": "berth/workload/v1",
    "model": {"operators": [{"kind": "matmul", "m": 512, "n": 4096, "k": 4096, "count": 32, "dtype": "fp16"}]},
    "job": {"task": "serve", "precision": "fp16"}, "cluster": {"device": "nvidia-t4"}})");
  ASSERT_TRUE(e) << to_string(e.error());
  // 2 * 512 * 4096 * 4096 * 32 = 0.55e12 operations cannot beat 65 TFLOP/s: 8.5 ms.
  EXPECT_GT(e->time->latency_s->expected, 0.0085 * 0.6);
  EXPECT_LT(e->time->latency_s->expected, 0.085);
}

TEST(EstimateOutsideTheCalibration, SaysSo) {
  const auto e = estimate_text_document(R"({"schema": "berth/workload/v1", "model": {"summary": {"family": "dense-cnn",
    "macs_per_item": 4e9, "parameters": 25e6}}, "job": {"task": "serve", "precision": "fp16"}, "cluster": {"device": "amd-mi300x"}})");
  ASSERT_TRUE(e) << to_string(e.error());
  EXPECT_TRUE(e->basis.back().extrapolated);
}

TEST(CheapestMachine, HonoursCloudsAndSize) {
  Workload workload;
  const Cluster cluster{"nvidia-h100-sxm", 8, 1, {}, {}, "", {}};
  const Machine* any = cheapest_machine(workload, cluster, knowledge().catalog);
  ASSERT_NE(any, nullptr);
  EXPECT_GE(any->count, 8);
  workload.environment.clouds = {"aws"};
  const Machine* aws = cheapest_machine(workload, cluster, knowledge().catalog);
  ASSERT_NE(aws, nullptr);
  EXPECT_EQ(aws->cloud, "aws");
  EXPECT_LE(any->on_demand->value(), aws->on_demand->value());
  workload.environment.clouds = {"nowhere"};
  EXPECT_EQ(cheapest_machine(workload, cluster, knowledge().catalog), nullptr);
}

}  // namespace
}  // namespace berth::estimation
