#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

constexpr const char* kScript = R"(#!/bin/bash
# a comment --num-layers 99
GPUS=8
TP=2
MODEL_ARGS=(
    --num-layers 32
    --hidden-size 4096 --num-attention-heads 32
    --seq-length=4096
    --bf16
    --tensor-model-parallel-size ${TP}
    --pipeline-model-parallel-size $PP
    --lr 3.0e-4
)
torchrun --nproc_per_node $GPUS pretrain_gpt.py "${MODEL_ARGS[@]}" \
    --micro-batch-size 1 --global-batch-size "256"; echo --micro-batch-size-not
)";

TEST(Shell, ReadsArgumentsAndPlainVariables) {
  const Config config = read_one(kScript, "train.sh");
  ASSERT_EQ(config.detection.answer(), "megatron");
  EXPECT_EQ(shown(config, "model.layers"), "given 32");
  EXPECT_EQ(shown(config, "job.sequence_length"), "given 4096");
  EXPECT_EQ(shown(config, "job.precision"), "given bf16");
  EXPECT_EQ(shown(config, "job.parallelism.tensor"), "given 2");
  EXPECT_EQ(shown(config, "job.parallelism.pipeline"), "interpolated");
  EXPECT_EQ(shown(config, "job.micro_batch"), "given 1");
  EXPECT_EQ(shown(config, "job.global_batch"), "given 256");
  EXPECT_EQ(shown(config, "config.learning_rate"), "given 0.0003");
  EXPECT_EQ(to_string(config.find("model.layers")->value_span), "train.sh:6:18");
}

TEST(Shell, ARepeatedFlagIsADuplicate) {
  const Config config = read_one(
      "#!/bin/sh\npython pretrain_gpt.py --num-layers 2 --seq-length 8 --hidden-size 8 --num-layers 4\n", "a.sh");
  EXPECT_EQ(shown(config, "model.layers"), "given 4");
  ASSERT_EQ(config.traps.size(), 1U);
  EXPECT_EQ(config.traps[0].kind, TrapKind::kDuplicateKey);
}

TEST(Shell, OtherScriptsAreOther) {
  EXPECT_EQ(read_one("#!/bin/sh\nls --all\n", "a.sh").detection.answer(), "other");
}

}  // namespace
}  // namespace berth::test
