#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

std::string nemo(const std::string& model) {
  return "trainer: {devices: 8, num_nodes: 2, max_steps: '${steps}'}\nsteps: 100\nmodel:\n" + model;
}

TEST(Interpolation, ResolvesAbsoluteAndRelative) {
  const Config config =
      read_one(nemo("  encoder_seq_length: 512\n  micro_batch_size: ${oc.select:model.mbs,4}\n"
                    "  num_layers: 2\n  max_position_embeddings: ${.encoder_seq_length}\n"
                    "  global_batch_size: ${multiply:${trainer.devices},${.num_layers}}\n"
                    "  optim: {lr: '${..num_layers}'}\n"));
  EXPECT_EQ(shown(config, "job.steps"), "given 100");
  EXPECT_EQ(shown(config, "model.max_positions"), "given 512");
  EXPECT_EQ(shown(config, "job.global_batch"), "given 16");  // 8 * 2
  EXPECT_EQ(shown(config, "job.micro_batch"), "given 4");    // the default: there is no model.mbs
  EXPECT_EQ(shown(config, "config.learning_rate"), "given 2.");
  // The place is that of the interpolation.
  EXPECT_EQ(config.find("model.max_positions")->value_span.line, 7);
  EXPECT_EQ(config.find("model.max_positions")->value_span.column, 28);
}

TEST(Interpolation, StaysOpenWhenItLeadsOutside) {
  const Config config =
      read_one(nemo("  micro_batch_size: ${oc.env:MBS,4}\n  global_batch_size: ${nowhere}\n"
                    "  num_layers: ${model.hidden_size}\n  hidden_size: ${model.num_layers}\n"
                    "  encoder_seq_length: ???\n"));
  EXPECT_EQ(shown(config, "job.micro_batch"), "interpolated");
  EXPECT_EQ(shown(config, "job.global_batch"), "interpolated");
  EXPECT_EQ(shown(config, "model.layers"), "interpolated");  // a cycle
  EXPECT_EQ(shown(config, "job.sequence_length"), "outside");
}

TEST(Interpolation, IsLeftAloneWhereTheToolHasNone) {
  const Config config =
      read_one("base_model: ${model}\nmodel: x\nmicro_batch_size: 1\nadapter: lora\nsequence_len: 8\n");
  EXPECT_EQ(shown(config, "config.model_id"), "interpolated");
}

TEST(Interpolation, ChainsAndVariables) {
  const Config config = read_one(
      "variables: {n: 2048}\nmax_seq_len: ${variables.n}\nmodel: {max_seq_len: '${max_seq_len}', n_layers: 2}\n"
      "tokenizer: {}\ntrain_loader: {}\noptimizer: {}\n");
  EXPECT_EQ(config.detection.answer(), "llmfoundry");
  EXPECT_EQ(shown(config, "job.sequence_length"), "given 2048");
}

}  // namespace
}  // namespace berth::test
