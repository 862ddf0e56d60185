// Fixes keep comments and layout, and mend what they promise.
#include <gtest/gtest.h>

#include "unit/check/checking.hpp"

namespace berth {
namespace {

using berth::testing::check_text;

// The text after the fix of the first finding of a rule.
std::string fixed(const FileReport& report, std::string_view rule) {
  for (const Finding& finding : report.findings) {
    if (finding.rule_id == rule && finding.fix) return apply_edits(report.text, finding.fix->edits);
  }
  return "no fix of " + std::string(rule) + " in: " + berth::testing::summary(report);
}

TEST(Edits, ReplaceBySpanAndLeaveOutOverlaps) {
  EXPECT_EQ(apply_edits("ab\ncd\n", {{1, 2, 1, 3, "X"}, {2, 1, 2, 2, ""}}), "aX\nd\n");
  EXPECT_EQ(apply_edits("abcd", {{1, 1, 1, 3, "X"}, {1, 2, 1, 4, "Y"}}), "Xcd");
  EXPECT_EQ(apply_edits("a", {{9, 1, 9, 1, "z"}}), "az");
}

TEST(Fixes, SetAValueInPlaceAndKeepTheComment) {
  const std::string text =
      "output_dir: /tmp/run\nmodel:\n  _component_: torchtune.models.llama3.llama3_8b\noptimizer:\n  _component_: "
      "torch.optim.AdamW\nbatch_size: 2\ndtype: fp16   # as on the old cluster\n";
  EXPECT_EQ(fixed(check_text(text, "c.yaml"), "BRT7116").substr(text.find("dtype")),
            "dtype: bf16   # as on the old cluster\n");
}

TEST(Fixes, QuoteWordsInJson) {
  const std::string text =
      "{\"train_micro_batch_size_per_gpu\": 2, \"fp16\": {\"enabled\": true}, \"bf16\": {\"enabled\": true}, "
      "\"zero_optimization\": {\"stage\": 1}}\n";
  EXPECT_NE(fixed(check_text(text, "ds.json"), "BRT7101").find("\"fp16\": {\"enabled\": false}"), std::string::npos);
}

TEST(Fixes, RenameAKeyAndItsValue) {
  const std::string text = "{\"train_batch_size\": 8, \"zero_optimization\": {\"stage\": 2, \"cpu_offload\": true}}\n";
  EXPECT_EQ(fixed(check_text(text, "ds.json"), "BRT7901"),
            "{\"train_batch_size\": 8, \"zero_optimization\": {\"stage\": 2, \"offload_optimizer\": {\"device\": "
            "\"cpu\"}}}\n");
}

TEST(Fixes, RemoveALineOfBlockYaml) {
  const std::string text =
      "base_model: gpt2\ndatasets:\n  - path: x\n    type: alpaca\nmicro_batch_size: 2\ngradient_accumulation_steps: "
      "4\n"
      "batch_size: 32  # old\nnum_epochs: 1\nsequence_len: 512\nlearning_rate: 0.0001\noptimizer: adamw_torch\n";
  EXPECT_EQ(fixed(check_text(text, "a.yaml"), "BRT7221").find("batch_size: 32"), std::string::npos);
}

}  // namespace
}  // namespace berth
