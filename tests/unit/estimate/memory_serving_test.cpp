#include "estimate/memory_serving.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

ServingPlan plan_on(const Device& device) {
  ServingPlan p;
  p.device = &device;
  p.engine = Engine::kVllm;
  p.prompt = 900;
  p.output = 100;
  p.concurrency = 4;
  return p;
}

TEST(ServingMemory, CountsWeightsAndCache) {
  const Device device = round_device();
  const Parts parts = serving_memory(shape_of(round_transformer()), plan_on(device), calibration());
  EXPECT_DOUBLE_EQ(parts.weights, 2 * (125829120.0 + 2 * 1024000));
  EXPECT_DOUBLE_EQ(parts.kv_cache, 4 * 1000 * 20480.0 * 2);  // 4 requests * 1000 tokens * 20,480 elements
}

TEST(ServingMemory, DividesTheCacheByKeyValueHeadsAtMost) {
  const Device device = round_device();
  Transformer t = round_transformer();
  t.kv_heads = 2;
  ServingPlan p = plan_on(device);
  p.tensor = 8;
  const Parts parts = serving_memory(shape_of(t), p, calibration());
  EXPECT_DOUBLE_EQ(parts.kv_cache, 4 * 1000 * 2560.0 * 2 / 2);
}

TEST(ServingMemory, UsesTheCachePrecision) {
  const Device device = round_device();
  ServingPlan p = plan_on(device);
  p.kv_bytes = 1;
  EXPECT_DOUBLE_EQ(serving_memory(shape_of(round_transformer()), p, calibration()).kv_cache, 4 * 1000 * 20480.0);
}

TEST(RequestsThatFit, AreWhatTheWeightsLeave) {
  const Device device = round_device();
  const auto fit =
      requests_that_fit(shape_of(round_transformer()), plan_on(device), calibration({{"serve.memory_share", 0.5}}));
  // (0.5 * 80e9 - 255,754,240) / (1000 * 20,480 * 2)
  EXPECT_NEAR(fit.value(), (40e9 - 255754240) / 40960000, 1e-6);
}

TEST(EngineAllocation, IsAShareOfTheDevice) {
  const Device device = round_device();
  ServingPlan p = plan_on(device);
  EXPECT_DOUBLE_EQ(engine_allocation(p, calibration({{"serve.memory_share", 0.9}})).value(), 72e9);
  p.engine = Engine::kLlamaCpp;
  EXPECT_FALSE(engine_allocation(p, calibration()));
}

}  // namespace
}  // namespace berth::estimation
