#include "model/model_document.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

using Reader = Result<Model> (*)(const Node&, std::string_view, const std::string&);

Result<Model> read(Reader reader, const std::string& text) {
  const auto node = parse_document(text, "w.yaml");
  if (!node) return tl::unexpected(node.error());
  return reader(*node, "w.yaml", "model.x");
}

std::string error_of(Reader reader, const std::string& text) {
  const auto model = read(reader, text);
  return model ? "no error" : to_string(model.error());
}

constexpr const char* kSmall = "{layers: 2, hidden: 8, heads: 2, ffn: 16, vocab: 10";

TEST(ReadTransformer, TakesEveryKeyOfTheContract) {
  const auto model = read(read_transformer,
                          "{kind: decoder, layers: 4, hidden: 64, heads: 4, kv_heads: 4, head_dim: 16, ffn: 128, "
                          "gated_ffn: true, vocab: 100, max_positions: 512, tied_embeddings: true, experts: 8, "
                          "experts_per_token: 2, expert_ffn: 32, shared_experts: 1, dense_layers: 1, "
                          "sliding_window: null, full_attention_every: 1, latent: {kv_rank: 16, q_rank: 24, "
                          "rope_head_dim: 8, value_head_dim: 16}}");
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->transformer->latent->nope_head_dim, 16);
  EXPECT_EQ(model->transformer->sliding_window, 0);
  EXPECT_GT(model->parameters, model->active_parameters);
}

TEST(ReadTransformer, AWindowAloneHoldsForAllLayers) {
  const auto model = read(read_transformer, std::string(kSmall) + ", sliding_window: 4}");
  ASSERT_TRUE(model);
  EXPECT_EQ(full_attention_layers(*model->transformer), 0);
}

TEST(ReadTransformer, RoundsTheHeadWidthDown) {
  // 14400 / 112 = 128.57: 128, as Megatron-LM's kv_channels.
  const auto model = read(read_transformer, "{layers: 2, hidden: 14400, heads: 112, ffn: 4}");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->transformer->head_dim, 128);
}

TEST(ReadTransformer, LocatesErrors) {
  EXPECT_EQ(error_of(read_transformer, std::string(kSmall) + ", hiden: 3}"),
            "w.yaml:1:54: error: unknown key 'model.x.hiden'; did you mean 'hidden'?");
  EXPECT_EQ(error_of(read_transformer, "layers: 2\nhidden: 2\nheads: 9\nffn: 4"),
            "w.yaml:3:8: error: model.x: 'heads' (9) is more than 'hidden' (2), and 'head_dim' isn't given; "
            "give head_dim");
  EXPECT_EQ(error_of(read_transformer, "hidden: 8\nheads: 2\nffn: 4"),
            "w.yaml:1:1: error: model.x: 'layers' is missing; give it");
  for (const char* bad : {"[]", "3", "{layers: x}", "{layers: -1}", "{layers: 1e30}", "{layers: 1.5}", "{kind: decodr}",
                          "{latent: 3}", "{latent: {kv_rnk: 3}}", "{gated_ffn: 1}"}) {
    EXPECT_NE(error_of(read_transformer, bad).find("w.yaml:1:"), std::string::npos) << bad;
  }
}

TEST(ReadSummary, TakesAnySubset) {
  const auto model = read(read_summary, "{family: dense-cnn, parameters: 25600000, macs_per_item: 4.1e9}");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->parameters, 25'600'000);
  EXPECT_FALSE(model->summary->activation_elements_per_item);
  EXPECT_TRUE(read(read_summary, "{}"));
  EXPECT_FALSE(read(read_summary, "{parameters: -1}"));
  EXPECT_FALSE(read(read_summary, "{parameter: 1}"));
}

TEST(ReadOperators, TakesRowsAndSaysWhatItAssumes) {
  const auto model = read(read_operators, "[{kind: matmul, m: 512, n: 4096, k: 4096, count: 32, dtype: bf16}]");
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->operators[0].count, 32);
  EXPECT_EQ(model->parameters, 32LL * 4096 * 4096);
  EXPECT_EQ(model->notes.size(), 1U);
}

TEST(ReadOperators, LocatesErrors) {
  EXPECT_NE(error_of(read_operators, "[{kind: matmull, m: 1}]").find("did you mean 'matmul'?"), std::string::npos);
  EXPECT_NE(error_of(read_operators, "[{m: 1},\n {m: 0}]").find("w.yaml:2:6: error: 'model.x[1].m'"),
            std::string::npos);
  for (const char* bad : {"[]", "{}", "[3]", "[{dtype: f12}]", "[{m: .inf}]", "[{count: -1}]"}) {
    EXPECT_NE(error_of(read_operators, bad).find("w.yaml:1:"), std::string::npos) << bad;
  }
}

TEST(ReadTrees, NeedsCountAndDepth) {
  EXPECT_EQ(read(read_trees, "{count: 500, depth: 8}")->trees->outputs, 1);
  EXPECT_NE(error_of(read_trees, "{count: 500}").find("'model.x.depth' is missing"), std::string::npos);
  EXPECT_FALSE(read(read_trees, "{count: 500, depth: 65}"));
}

}  // namespace
}  // namespace berth
