#include "estimate/stack.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

Trainer trainer_named(const char* name) {
  Workload workload;
  workload.job.trainer = name;
  return trainer_of(workload, DeviceClass::kGpu, nullptr);
}

TEST(TrainerWords, AreSorted) {
  EXPECT_EQ(trainer_named("megatron-core"), Trainer::kFused);
  EXPECT_EQ(trainer_named("Megatron-DeepSpeed"), Trainer::kMegatron2021);
  EXPECT_EQ(trainer_named("composer-fsdp"), Trainer::kFsdp);
  EXPECT_EQ(trainer_named("hf-trainer"), Trainer::kHuggingFace);
  EXPECT_EQ(trainer_named("maxtext"), Trainer::kXla);
}

TEST(TrainerWords, AreAssumedAloudWhenUnknown) {
  Workload workload;
  std::string assumed;
  EXPECT_EQ(trainer_of(workload, DeviceClass::kGpu, &assumed), Trainer::kGeneric);
  EXPECT_NE(assumed.find("job.trainer is not given"), std::string::npos);
  EXPECT_EQ(trainer_of(workload, DeviceClass::kTpu, nullptr), Trainer::kXla);
}

TEST(RuntimeWords, AreSorted) {
  EXPECT_EQ(runtime_of("TensorRT10", {}, {}), Runtime::kTensorRt);
  EXPECT_EQ(runtime_of("torch 2.4 dynamo nchw", {}, {}), Runtime::kCompiled);
  EXPECT_EQ(runtime_of({}, "pytorch", true), Runtime::kCompiled);
  EXPECT_EQ(runtime_of({}, "pytorch", {}), Runtime::kEager);
}

TEST(FusedLoss, BelongsToTrainersThatSaySo) {
  EXPECT_TRUE(has_fused_loss("Composer-FSDP"));
  EXPECT_FALSE(has_fused_loss("torchtune"));
  EXPECT_FALSE(has_fused_loss({}));
}

TEST(EngineWords, AreSorted) {
  EXPECT_EQ(engine_of("trtllm", {}), Engine::kTensorRtLlm);
  EXPECT_EQ(engine_of({}, "llama.cpp"), Engine::kLlamaCpp);
  EXPECT_EQ(engine_of({}, {}), Engine::kUnknown);
}

}  // namespace
}  // namespace berth::estimation
