#include <map>

#include "configs/config_tree.hpp"
#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

ReadConfigOptions with_files(std::map<std::string, std::string> files) {
  ReadConfigOptions options;
  options.resolve = [files = std::move(files)](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return std::nullopt;
    return found->second;
  };
  return options;
}

constexpr const char* kAxolotl =
    "base_model: a\nsequence_len: 8\nmicro_batch_size: 2\nadapter: lora\ndeepspeed: ds.json\n";

TEST(Links, ADeepSpeedFileFillsWhatIsOpen) {
  const Config alone = read_one(kAxolotl);
  ASSERT_EQ(alone.links.size(), 1U);
  EXPECT_EQ(alone.links[0].target, "ds.json");
  EXPECT_FALSE(alone.links[0].read);
  EXPECT_EQ(shown(alone, "config.shard"), "outside");

  const Config both =
      read_one(kAxolotl, "a.yml",
               with_files({{"ds.json", R"({"zero_optimization": {"stage": 3, "offload_param": {"device": "cpu"}},
                                "train_micro_batch_size_per_gpu": 7, "gradient_accumulation_steps": "auto"})"}}));
  EXPECT_TRUE(both.links[0].read);
  EXPECT_EQ(shown(both, "config.shard"), "given zero3");
  EXPECT_EQ(both.find("config.shard")->value_span.file, "ds.json");
  EXPECT_EQ(shown(both, "job.offload.parameters"), "given cpu");
  EXPECT_EQ(shown(both, "job.micro_batch"), "given 2");  // both say it: the first file's stays
  ASSERT_EQ(both.linked.size(), 1U);
  EXPECT_EQ(both.linked[0].detection.answer(), "deepspeed");
}

TEST(Links, DeepSpeedSettingsInTheFileItself) {
  const Config config = read_one(
      "per_device_train_batch_size: 2\nlearning_rate: 1.0e-5\ndeepspeed:\n  train_micro_batch_size_per_gpu: 4\n"
      "  zero_optimization: {stage: 2}\n",
      "a.yml");
  EXPECT_EQ(shown(config, "config.shard"), "given zero2");
  ASSERT_EQ(config.linked.size(), 1U);
  const ConfigField* micro = config.linked[0].find("job.micro_batch");
  ASSERT_TRUE(micro);
  EXPECT_EQ(to_string(micro->value_span), "a.yml:4:35");
}

TEST(Links, MaxTextFollowsItsChain) {
  const Config config =
      read_one("base_config: mid.yml\nrun_name: a\n", "top.yml",
               with_files({{"mid.yml", "base_config: base.yml\nper_device_batch_size: 3\n"},
                           {"base.yml",
                            "per_device_batch_size: 12\nmax_target_length: 1024\nici_fsdp_parallelism: -1\n"
                            "remat_policy: full\nbase_emb_dim: 8\n"}}));
  EXPECT_EQ(shown(config, "job.micro_batch"), "given 3");
  EXPECT_EQ(shown(config, "job.sequence_length"), "given 1024");
  EXPECT_EQ(config.find("job.sequence_length")->value_span.file, "base.yml");
  EXPECT_FALSE(config.partial) << config.partial_why;
  EXPECT_TRUE(read_one("base_config: mid.yml\nrun_name: a\n").partial);
}

TEST(Links, ACircleEnds) {
  const Config config = read_one("base_config: b.yml\n", "a.yml", with_files({{"b.yml", "base_config: b.yml\n"}}));
  EXPECT_EQ(config.detection.answer(), "maxtext");
}

TEST(Links, ARecipeAndItsAccelerateFile) {
  Config recipe = read_one("per_device_train_batch_size: 2\nlearning_rate: 1.0e-5\n", "recipe.yaml");
  EXPECT_EQ(shown(recipe, "config.world_size"), "outside");
  pair_config(recipe,
              read_one("distributed_type: FSDP\nnum_processes: 8\nnum_machines: 1\nfsdp_config: {fsdp_version: 2}\n",
                       "acc.yaml"));
  EXPECT_EQ(shown(recipe, "config.world_size"), "given 8");
  EXPECT_EQ(shown(recipe, "config.shard"), "given fsdp2");
  EXPECT_EQ(recipe.find("config.world_size")->value_span.file, "acc.yaml");
}

}  // namespace
}  // namespace berth::test
