#include "estimate/time_training.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

// Launches, element-wise traffic and constants off; a sum of the rest.
const std::map<std::string, double> kBare{{"train.launch_fused_s", 0},    {"train.launch_expert_s", 0},
                                          {"train.elementwise_fused", 0}, {"train.step_constant_s", 0},
                                          {"train.optimizer_bytes", 0},   {"train.gemm_efficiency_decline", 0}};

TrainingPlan plan_on(const Device& device) {
  TrainingPlan p;
  p.device = &device;
  p.trainer = Trainer::kFused;
  p.sequence = 1024;
  p.micro_batch = 2;
  p.global_batch = 2;
  return p;
}

TEST(TrainingTime, CountsMatrixProductsAttentionAndLogits) {
  const Device device = round_device();
  const Shape s = shape_of(round_transformer());
  const auto t = training_time(s, plan_on(device), {}, calibration(kBare));
  ASSERT_TRUE(t);
  // Linear: 3 passes * 2 * 2048 tokens * 125,829,120; attention: 3.5 * 0.5 * 4 * 2048 * 1024 keys * 1024 * 10;
  // logits: 3 * 2 * 2048 * 1,024,000. All at 100 TFLOP/s.
  const double linear = 3 * 2 * 2048.0 * 125829120;
  const double attention = 3.5 * 0.5 * 4 * 2048 * 1024.0 * 1024 * 10;
  const double logits = 6 * 2048.0 * 1024000;
  EXPECT_NEAR(t->compute_s, (linear + attention + logits) / 100e12, 1e-9);
  EXPECT_GT(t->memory_s, 0);
  EXPECT_NEAR(t->step_s, t->compute_s + t->memory_s, 1e-9);
}

TEST(TrainingTime, RecomputesUnderFullCheckpointing) {
  const Device device = round_device();
  const Shape s = shape_of(round_transformer());
  TrainingPlan p = plan_on(device);
  const double without = training_time(s, p, {}, calibration(kBare))->compute_s;
  p.checkpointing = Checkpointing::kFull;
  const double with = training_time(s, p, {}, calibration(kBare))->compute_s;
  EXPECT_GT(with / without, 1.28);
  EXPECT_LT(with / without, 4.0 / 3);
}

TEST(TrainingTime, AddsThePipelineBubble) {
  const Device device = round_device();
  const Shape s = shape_of(round_transformer());
  TrainingPlan p = plan_on(device);
  p.pipeline = 2;
  p.accumulation = 4;
  const auto t = training_time(s, p, {}, calibration(kBare));
  ASSERT_TRUE(t);
  // Four micro-batches and a bubble of (2-1)/4 of them: five micro-batches' time.
  EXPECT_NEAR(t->step_s, 5 * (t->compute_s + t->memory_s), 1e-9);
}

TEST(TrainingTime, IsBoundByLaunchesWhenSmall) {
  const Device device = round_device();
  auto numbers = kBare;
  numbers["train.launch_fused_s"] = 0.1;
  numbers["train.norm"] = 8;
  TrainingPlan p = plan_on(device);
  const auto t = training_time(shape_of(round_transformer()), p, {}, calibration(numbers));
  ASSERT_TRUE(t);
  EXPECT_NEAR(t->step_s, 3, 0.01);  // 10 layers * 3 forward-equivalent passes * 0.1 s
}

TEST(TrainingTime, ExposesTensorParallelTraffic) {
  const Device device = round_device();
  TrainingPlan p = plan_on(device);
  p.tensor = 2;
  auto numbers = kBare;
  numbers["link.alpha_s"] = 0;
  const Links links{100e9, 10e9, 8, false};
  const auto t = training_time(shape_of(round_transformer()), p, links, calibration(numbers));
  ASSERT_TRUE(t);
  // 10 layers * 4 all-reduces of 2048 * 1024 * 2 bytes, each sending 2*(1/2) of it at 100 GB/s.
  EXPECT_NEAR(t->network_s, 10 * 4 * 2048.0 * 1024 * 2 / 100e9, 1e-9);
}

TEST(TrainingTime, WaitsForTheLastRankOfEveryCollective) {
  const Device device = round_device();
  TrainingPlan p = plan_on(device);
  p.tensor = 4;
  auto numbers = kBare;
  numbers["link.alpha_s"] = 0.1;
  const Links links{1e15, 1e15, 8, false};
  const auto t = training_time(shape_of(round_transformer()), p, links, calibration(numbers));
  ASSERT_TRUE(t);
  EXPECT_NEAR(t->launch_s, 10 * 4 * 2 * 0.1, 1e-9);  // 10 layers, 4 collectives, log2(4) steps
}

TEST(TrainingTime, SlowsGeneralAttentionKernelsOnFasterDevices) {
  Device device = round_device();
  device.peak[static_cast<std::size_t>(DType::kBf16)] = FlopsPerSecond(4 * 312e12);
  device.peak[static_cast<std::size_t>(DType::kFp16)] = FlopsPerSecond(4 * 312e12);
  Transformer t = round_transformer();
  t.ffn = 1;
  TrainingPlan tuned = plan_on(device);
  tuned.sequence = 1 << 20;  // attention is all there is
  TrainingPlan general = tuned;
  general.trainer = Trainer::kFsdp;
  auto numbers = kBare;
  numbers["train.attention_decline"] = 0.5;
  const Calibration c = calibration(numbers);
  const double ratio =
      training_time(shape_of(t), general, {}, c)->compute_s / training_time(shape_of(t), tuned, {}, c)->compute_s;
  EXPECT_NEAR(ratio, 2, 0.05);  // 4^0.5
}

TEST(TrainingTime, RefusesInferenceDevices) {
  Device device = round_device();
  device.inference_only = true;
  const auto t = training_time(shape_of(round_transformer()), plan_on(device), {}, calibration());
  ASSERT_FALSE(t);
  EXPECT_EQ(t.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace berth::estimation
