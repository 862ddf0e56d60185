#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

TEST(ToWorkload, CarriesWhatIsKnown) {
  const Config config = read_one(
      "base_model: a\nsequence_len: 2048\nmicro_batch_size: 2\nbf16: true\nadapter: lora\nlora_r: 16\nload_in_8bit: "
      "true\n"
      "lora_target_linear: true\noptimizer: paged_adamw_8bit\ngradient_checkpointing: true\nsample_packing: true\n");
  const Workload workload = to_workload(config);
  EXPECT_EQ(workload.job.micro_batch, 2);
  EXPECT_EQ(workload.job.gradient_accumulation, 1);  // axolotl's default
  EXPECT_EQ(workload.job.precision, DType::kBf16);
  EXPECT_EQ(workload.job.optimizer, "adamw_8bit");
  EXPECT_EQ(workload.job.activation_checkpointing, Checkpointing::kFull);
  EXPECT_EQ(workload.job.quantization, "int8");
  ASSERT_TRUE(workload.job.peft);
  EXPECT_EQ(workload.job.peft->rank, 16);
  EXPECT_EQ(workload.job.peft->target_modules, std::vector<std::string>{"all-linear"});
  EXPECT_FALSE(workload.job.parallelism.tensor);
  EXPECT_FALSE(workload.model);
  EXPECT_FALSE(workload.given.empty());
}

TEST(ToWorkload, LeavesOutWhatIsOpen) {
  const Workload workload =
      to_workload(read_one("base_model: a\nsequence_len: ???\nbf16: auto\nadapter:\nlora_r: 8\n"));
  EXPECT_FALSE(workload.job.precision);
  EXPECT_FALSE(workload.job.peft);
  EXPECT_FALSE(workload.job.sequence_length);
}

}  // namespace
}  // namespace berth::test
