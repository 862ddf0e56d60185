#include "estimate/time_serving.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

TEST(SingleStream, ReadsWeightsAndCacheOncePerToken) {
  // 50 TFLOP/s of fp32 are 25e12 / 128 multiprocessor cycles a second: 5.12 bytes in each make 1 TB/s.
  const Device device = round_device();
  ServingPlan p;
  p.device = &device;
  p.engine = Engine::kLlamaCpp;
  p.output = 200;
  const Calibration c =
      calibration({{"decode.bytes_per_unit_cycle", 5.12}, {"decode.layer_s", 1e-4}, {"decode.norm", 1}});
  const auto t = serving_time(shape_of(round_transformer()), p, {}, c);
  ASSERT_TRUE(t);
  EXPECT_TRUE(t->single_stream);
  const double bytes = 2 * (125829120.0 + 1024000);  // the head is read, the token table isn't
  const double cache = 100 * 20480.0 * 2;            // half of 200 tokens on average
  EXPECT_NEAR(t->tpot_s, 2 * bytes / 1e12 + cache / 1e12 + 10 * 1e-4, 1e-12);  // norm 1: bandwidth and kernels add up
  EXPECT_NEAR(t->tokens_per_s, 1 / t->tpot_s, 1e-9);
}

TEST(BatchedServing, SharesWeightReadsAmongRequests) {
  const Device device = round_device();
  ServingPlan p;
  p.device = &device;
  p.engine = Engine::kVllm;
  p.prompt = 128;
  p.output = 128;
  const Calibration& c = knowledge().calibration;
  const Shape s = shape_of(round_transformer());
  const double one = serving_time(s, p, {}, c)->tokens_per_s;
  p.concurrency = 8;
  const auto eight = serving_time(s, p, {}, c);
  EXPECT_GT(eight->tokens_per_s, 4 * one);
  EXPECT_LT(eight->tokens_per_s, 8 * one);
}

TEST(BatchedServing, TakesLongerToTheFirstTokenThroughAnExecutor) {
  const Device device = round_device();
  ServingPlan p;
  p.device = &device;
  p.engine = Engine::kVllm;
  p.prompt = 128;
  p.output = 128;
  const Calibration c = calibration({{"serve.first_token_s", 0.01}, {"serve.first_token_executor_s", 0.11}});
  const Shape s = shape_of(round_transformer());
  const double direct = serving_time(s, p, {}, c)->ttft_s;
  p.engine = Engine::kTensorRtLlm;
  EXPECT_NEAR(serving_time(s, p, {}, c)->ttft_s - direct, 0.1, 1e-12);
}

TEST(BatchedServing, QueuesAShareOfTheOtherPrompts) {
  const Device device = round_device();
  ServingPlan p;
  p.device = &device;
  p.engine = Engine::kVllm;
  p.prompt = 1000;
  p.output = 10;
  const Calibration c = calibration({{"serve.queue", 0.25}, {"serve.memory_share", 1}});
  const Shape s = shape_of(round_transformer());
  const double one = serving_time(s, p, {}, c)->ttft_s;
  p.concurrency = 5;
  const double five = serving_time(s, p, {}, c)->ttft_s;
  p.concurrency = 9;
  const double nine = serving_time(s, p, {}, c)->ttft_s;
  EXPECT_NEAR(nine - five, five - one, 1e-9);  // one more prompt for every four requests
  EXPECT_GT(five, one);
}

TEST(BatchedServing, MakesRequestsWaitThatMemoryDoesNotHold) {
  Device device = round_device();
  device.memory = Bytes(1'000'000'000);
  ServingPlan p;
  p.device = &device;
  p.engine = Engine::kVllm;
  p.prompt = 1000;
  p.output = 1000;
  p.concurrency = 1000;
  const Calibration& c = knowledge().calibration;
  const auto t = serving_time(shape_of(round_transformer()), p, {}, c);
  ASSERT_TRUE(t);
  EXPECT_LT(t->in_flight, 10);  // (0.9 GB - 0.26 GB) / 82 MB
  EXPECT_GT(t->ttft_s, 100 * t->tpot_s);
}

TEST(ServingTime, RefusesDevicesWithoutFigures) {
  Device device;
  ServingPlan p;
  p.device = &device;
  EXPECT_FALSE(serving_time(shape_of(round_transformer()), p, {}, calibration()));
}

}  // namespace
}  // namespace berth::estimation
