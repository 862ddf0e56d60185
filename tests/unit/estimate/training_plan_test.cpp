#include "estimate/training_plan.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

Workload training(std::int64_t micro_batch) {
  Workload workload;
  workload.job.task = Task::kTrain;
  workload.job.precision = DType::kBf16;
  workload.job.sequence_length = 1024;
  workload.job.micro_batch = micro_batch;
  workload.job.trainer = "megatron-core";
  return workload;
}

Result<TrainingPlan> plan(const Workload& workload, std::int64_t devices, Notes& notes) {
  static const Device device = round_device();
  static const Catalog catalog;
  static const Calibration numbers = calibration({{"train.lora_rank", 16}});
  const Shape shape = shape_of(round_transformer());
  return plan_training(workload, {"round", devices, 1, {}, {}, "", {}}, device, &shape, {catalog, numbers}, notes);
}

TEST(TrainingPlan, FillsUpWithDataParallelism) {
  Workload workload = training(2);
  workload.job.parallelism.tensor = 2;
  workload.job.global_batch = 64;
  Notes notes;
  const auto p = plan(workload, 8, notes);
  ASSERT_TRUE(p);
  EXPECT_EQ(p->data, 4);          // 8 / 2
  EXPECT_EQ(p->accumulation, 8);  // 64 / (4 * 2)
  EXPECT_EQ(p->global_batch, 64);
}

TEST(TrainingPlan, RefusesMoreDevicesThanThereAre) {
  Workload workload = training(1);
  workload.job.parallelism.tensor = 16;
  Notes notes;
  const auto p = plan(workload, 8, notes);
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error().code, ErrorCode::kInvalid);
}

TEST(TrainingPlan, NamesTheMissingSequenceLength) {
  Workload workload = training(1);
  workload.job.sequence_length.reset();
  Notes notes;
  const auto p = plan(workload, 8, notes);
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error().code, ErrorCode::kIncomplete);
  EXPECT_NE(p.error().message.find("job.sequence_length"), std::string::npos);
}

TEST(TrainingPlan, ListsWhatItAssumes) {
  Workload workload = training(1);
  workload.job.precision.reset();
  workload.job.micro_batch.reset();
  Notes notes;
  ASSERT_TRUE(plan(workload, 1, notes));
  std::string all;
  for (const std::string& text : notes) all += text + "\n";
  for (const char* key :
       {"job.precision", "job.micro_batch", "job.optimizer", "job.activation_checkpointing", "job.global_batch"}) {
    EXPECT_NE(all.find(key), std::string::npos) << key;
  }
}

TEST(TrainingPlan, CountsLoraFactors) {
  Workload workload = training(1);
  workload.job.peft = Peft{"lora", 8, {"q_proj", "v_proj"}, {}, {}};
  Notes notes;
  const auto p = plan(workload, 1, notes);
  ASSERT_TRUE(p);
  // Attention projections only: 10 layers * 8 * (2 * 2048 + 2 * 2048).
  EXPECT_EQ(p->adapter_parameters, 10.0 * 8 * 8192);
}

TEST(TrainingPlan, RefusesAnUnknownWeightFormat) {
  Workload workload = training(1);
  workload.job.quantization = "int3-magic";
  Notes notes;
  const auto p = plan(workload, 1, notes);
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error().code, ErrorCode::kNotFound);
}

TEST(WeightFormats, AreFoundByTrainersWords) {
  ASSERT_NE(find_format(knowledge().catalog, "int4-gptq"), nullptr);
  EXPECT_EQ(find_format(knowledge().catalog, "int4-gptq")->id, "gptq");
  EXPECT_EQ(find_format(knowledge().catalog, "nonsense"), nullptr);
}

}  // namespace
}  // namespace berth::estimation
