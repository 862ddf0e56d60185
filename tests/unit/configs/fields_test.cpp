#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

constexpr const char* kAxolotl = R"(base_model: a/b
sequence_len: 2048
micro_batch_size: 2
learning_rate: 2e-4
bf16: auto
fp16:
max_steps: -1
optimizer: adamw_8bit
adapter: qlora
load_in_4bit: true
lora_target_modules: [q_proj, v_proj]
)";

TEST(Fields, SayValueStateAndPlace) {
  const Config config = read_one(kAxolotl, "a.yml");
  EXPECT_EQ(shown(config, "job.micro_batch"), "given 2");
  EXPECT_EQ(shown(config, "job.gradient_accumulation"), "default 1");
  EXPECT_EQ(shown(config, "job.precision"), "auto");
  EXPECT_EQ(shown(config, "job.steps"), "derive");
  EXPECT_EQ(shown(config, "config.world_size"), "outside");
  EXPECT_EQ(shown(config, "config.learning_rate"), "given 0.0002");  // 2e-4 is a text in YAML 1.1
  EXPECT_EQ(shown(config, "config.lora_targets"), "given [q_proj,v_proj]");
  EXPECT_EQ(shown(config, "job.quantization"), "given nf4");
  const ConfigField* field = config.find("job.micro_batch");
  ASSERT_TRUE(field);
  EXPECT_EQ(field->key, "micro_batch_size");
  EXPECT_EQ(to_string(field->key_span), "a.yml:3:1");
  EXPECT_EQ(to_string(field->value_span), "a.yml:3:19");
  EXPECT_EQ(field->value_span.end_column, 20);
}

TEST(Fields, KeepNullApartFromAbsent) {
  const Config config = read_one("base_model: a\nsequence_len: 8\nadapter: lora\nlora_r:\nmicro_batch_size:\n");
  EXPECT_EQ(shown(config, "job.peft.rank"), "null");
  EXPECT_EQ(shown(config, "job.micro_batch"), "null");  // not the default: axolotl itself decides
  EXPECT_EQ(shown(config, "config.lora_alpha"), "-");
}

TEST(Fields, NumbersAsEachToolReadsThem) {
  const Config config = read_one(
      "base_config: b.yml\nsteps: 150_001\nper_device_batch_size: 0.25\nmax_target_length: '4096'\nlearning_rate: "
      "3.e-5\n");
  EXPECT_EQ(shown(config, "job.steps"), "given 150001");
  EXPECT_EQ(shown(config, "config.per_device_batch"), "given 0.25");
  EXPECT_EQ(shown(config, "job.micro_batch"), "derive");  // a fraction: sequences are split over devices
  EXPECT_EQ(shown(config, "job.sequence_length"), "given 4096");
}

TEST(Fields, UnreadRatherThanWrong) {
  const Config config =
      read_one("distributed_type: MULTI_GPU\nnum_processes: many\nmixed_precision: bf17\nnum_machines: 1.5\n");
  EXPECT_EQ(shown(config, "config.world_size"), "unread");
  EXPECT_EQ(shown(config, "job.precision"), "unread");
  EXPECT_EQ(shown(config, "cluster.machines"), "unread");
  EXPECT_NE(config.find("job.precision")->note.find("bf17"), std::string::npos);
}

TEST(Fields, UnquotedNoIsNoPrecision) {
  EXPECT_EQ(shown(read_one("distributed_type: NO\nmixed_precision: no\n"), "job.precision"), "given fp32");
  EXPECT_EQ(shown(read_one("distributed_type: NO\nmixed_precision: no\n"), "config.shard"), "given none");
}

TEST(Fields, OfEachPretrainer) {
  const Config neox = read_one(R"({"pipe-parallel-size": 0, "model_parallel_size": 2, "num_layers": 4, "seq_length": 8,
    "zero_optimization": {"stage": 1}, "fp16": {"enabled": True, "type": "bfloat16"}})");
  EXPECT_EQ(shown(neox, "job.parallelism.pipeline"), "given 1");
  EXPECT_EQ(shown(neox, "job.precision"), "given bf16");
  EXPECT_EQ(shown(neox, "config.shard"), "given zero1");
  const Config levanter =
      read_one("trainer: {mp: 'p=f32,c=bfloat16', per_device_parallelism: -1, train_batch_size: 32}\n");
  EXPECT_EQ(shown(levanter, "job.precision"), "given bf16");
  EXPECT_EQ(shown(levanter, "config.param_dtype"), "given fp32");
  EXPECT_EQ(shown(levanter, "job.micro_batch"), "derive");
  const Config foundry = read_one(
      "parameters:\n  max_seq_len: 8\n  model: {}\n  tokenizer: {}\n  train_loader: {}\n  max_duration: 100ba\n"
      "  device_train_microbatch_size: auto\n");
  EXPECT_EQ(shown(foundry, "job.steps"), "given 100");
  EXPECT_EQ(shown(foundry, "job.epochs"), "-");
  EXPECT_EQ(shown(foundry, "job.micro_batch"), "auto");
  EXPECT_EQ(foundry.find("job.steps")->key, "parameters.max_duration");
  const Config titan =
      read_one("[training]\nseq_len = 4096\n[parallelism]\ndata_parallel_shard_degree = -1\n", "t.toml");
  EXPECT_EQ(shown(titan, "job.sequence_length"), "given 4096");
  EXPECT_EQ(shown(titan, "config.data_shard"), "derive");
  EXPECT_EQ(to_string(titan.find("job.sequence_length")->value_span), "t.toml:2:11");
}

TEST(Fields, OfAPartHaveNoDefaults) {
  const Config config = read_one("base_emb_dim: 8\nbase_num_decoder_layers: 2\n");
  EXPECT_TRUE(config.partial);
  EXPECT_EQ(shown(config, "model.layers"), "given 2");
  EXPECT_EQ(shown(config, "job.sequence_length"), "-");
}

TEST(Fields, TfConfigCountsWorkersOnly) {
  const Config config = read_one(
      R"({"cluster": {"chief": ["a:1"], "worker": ["b:1", "c:1"], "ps": ["d:1"]}, "task": {"type": "ps", "index": 0}})");
  EXPECT_EQ(shown(config, "cluster.machines"), "computed 3");
  EXPECT_EQ(shown(config, "config.strategy"), "given parameter_server");
}

}  // namespace
}  // namespace berth::test
