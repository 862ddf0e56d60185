#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

// "kind key instead" of each trap, in document order.
std::vector<std::string> traps(std::string_view text, std::string_view name = "config") {
  std::vector<std::string> out;
  for (const Config& config : read_all(text, name)) {
    for (const ConfigTrap& trap : config.traps)
      out.push_back(std::string(to_string(trap.kind)) + " " + trap.key + " " + trap.instead);
  }
  return out;
}

using testing::Test;

TEST(Traps, AreFoundWithWhatWasMeant) {
  EXPECT_EQ(
      traps("a: 1e-5\nb: 1.0e_8\nc: \"8\"\nd: 'false'\ne: None\nf: no\ng: 010\nh: 1:30\ni: ???\nj: ${x}\nk: '00030'\n"
            "l: 1.2.3\nm: 2024-01-01\nn: v1e5x\n"),
      (std::vector<std::string>{"float_as_text a 1.0e-5", "bad_number b ", "number_as_text c 8", "bool_as_text d false",
                                "null_as_text e null", "word_as_bool f 'no'", "octal g 8", "sexagesimal h \"1:30\"",
                                "mandatory i ", "unresolved j "}));
}

TEST(Traps, DuplicatesNameBothPlaces) {
  const Config config = read_one("x:\n  a: 1\n  b: 2\n  a: 3\n", "d.yaml");
  ASSERT_EQ(config.traps.size(), 1U);
  EXPECT_EQ(config.traps[0].key, "x.a");
  EXPECT_EQ(to_string(config.traps[0].span), "d.yaml:4:3");
  EXPECT_EQ(to_string(config.traps[0].other), "d.yaml:2:3");
}

TEST(Traps, JsonHasThemToo) {
  EXPECT_EQ(traps(R"({"fp16": {"enabled": "false"}, "gradient_accumulation_steps": "8", "fp16": {}})", "a.json"),
            (std::vector<std::string>{"number_as_text gradient_accumulation_steps 8", "duplicate_key fp16 "}));
}

TEST(Traps, SayWhetherTheToolConverts) {
  const Config axolotl = read_one("base_model: a\nsequence_len: 8\nadapter: lora\nlora_r: 8\nlearning_rate: 2e-4\n");
  ASSERT_EQ(axolotl.traps.size(), 1U);
  EXPECT_TRUE(axolotl.traps[0].tool_converts);
  const Config trl = read_one("per_device_train_batch_size: 1\nlearning_rate: 2e-4\n");
  ASSERT_EQ(trl.traps.size(), 1U);
  EXPECT_FALSE(trl.traps[0].tool_converts);
}

}  // namespace
}  // namespace berth::test
