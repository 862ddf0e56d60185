#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "unit/readers/onnx_writer.hpp"

namespace berth {
namespace {

using namespace berth::testing;  // NOLINT: the writer's words
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Profile profiled(const std::string& file, const ReadOptions& options = {}) {
  const Result<Model> model = read_onnx(file, "test.onnx", options);
  EXPECT_TRUE(model) << to_string(model.error());
  if (!model) return {};
  Result<Profile> out = profile(*model);
  EXPECT_TRUE(out) << to_string(out.error());
  return out ? *out : Profile();
}

// x [batch, 3, 8, 8] -> Conv 4x3x3x3, pads 1 -> Relu -> Flatten -> Gemm 256x10
std::string small_cnn() {
  return model({{node("Conv", {"x", "w", "b"}, {"c"}, {attribute("pads", Shape{1, 1, 1, 1})}),
                 node("Relu", {"c"}, {"r"}), node("Flatten", {"r"}, {"f"}), node("Gemm", {"f", "v"}, {"y"})},
                {tensor("w", kFp32, {4, 3, 3, 3}), tensor("b", kFp32, {4}), tensor("v", kFp32, {256, 10})},
                {value("x", kFp32, {"batch", 3, 8, 8})},
                {value("y", kFp32, {"batch", 10})}});
}

TEST(OnnxReader, CountsASmallNetwork) {
  const Profile p = profiled(small_cnn());
  // 64 pixels · 4 channels · 27 inputs + 256 · 10
  EXPECT_EQ(p.macs, 64 * 4 * 27 + 2560);
  EXPECT_EQ(p.parameters, 4 * 27 + 4 + 2560);
  EXPECT_FALSE(p.parameters_in_file);
  EXPECT_THAT(p.notes, Contains(HasSubstr("dynamic axes taken as 1: batch")));
}

TEST(OnnxReader, SetsDynamicAxesByName) {
  EXPECT_EQ(profiled(small_cnn(), {{{"batch", 8}}}).macs, 8 * (64 * 4 * 27 + 2560));
  EXPECT_EQ(profiled(small_cnn(), {{{"x:0", 2}}}).macs, 2 * (64 * 4 * 27 + 2560));
  const auto wrong = read_onnx(small_cnn(), "test.onnx", {{{"bach", 8}}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("no dynamic axis 'bach'"));
  EXPECT_THAT(wrong.error().fix, HasSubstr("did you mean 'batch'"));
}

TEST(OnnxReader, FusedWorkMovesNothing) {
  for (const OperatorWork& work : profiled(small_cnn()).operators) {
    if (work.op.name == "Relu") {
      EXPECT_EQ(work.bytes, 0);
    }
  }
}

TEST(OnnxReader, FoldsShapeArithmetic) {
  // Shape(x) = [1, 6, 4]; Gather 1 -> 6; Concat [6, -1]; Reshape -> [6, 4]; MatMul 4x5
  const Profile p = profiled(
      model({{node("Shape", {"x"}, {"s"}), node("Gather", {"s", "one"}, {"d"}), node("Unsqueeze", {"d", "zero"}, {"u"}),
              node("Concat", {"u", "rest"}, {"t"}, {attribute("axis", 0)}), node("Reshape", {"x", "t"}, {"r"}),
              node("MatMul", {"r", "w"}, {"y"})},
             {scalar_int("one", 1), ints("zero", {0}), ints("rest", {-1}), tensor("w", kFp32, {4, 5})},
             {value("x", kFp32, {1, 6, 4})},
             {value("y", kFp32, {6, 5})}}));
  ASSERT_EQ(p.operators.size(), 1u);
  EXPECT_EQ(p.operators[0].op.m, 6);
  EXPECT_EQ(p.macs, 6 * 4 * 5);
  EXPECT_EQ(p.parameters, 20);
  EXPECT_EQ(p.parameters_in_file, 23);  // and three integers
  EXPECT_THAT(p.why_different, HasSubstr("3 stored elements are shapes, indices"));
}

TEST(OnnxReader, NamesUnknownOperatorsAndKeepsTheRest) {
  const Profile p = profiled(model({{node("MatMul", {"x", "w"}, {"a"}), node("Magic", {"a"}, {"b"}, {}, "com.example"),
                                     node("MatMul", {"b", "w"}, {"y"})},
                                    {tensor("w", kFp32, {4, 4})},
                                    {value("x", kFp32, {2, 4})},
                                    {value("y", kFp32, {2, 4})}}));
  EXPECT_THAT(p.unknown_operators, ElementsAre("com.example.Magic"));
  EXPECT_THAT(p.notes,
              Contains(HasSubstr("not known, their work not counted: 1 of 3 nodes (33.3 %): com.example.Magic (1)")));
  EXPECT_THAT(p.notes, Contains(HasSubstr("1 of 3 nodes (33.3 %), the first node 'MatMul_y'")));
  EXPECT_EQ(p.macs, 2 * 4 * 4);  // the first product; the second has an input of unknown shape
}

TEST(OnnxReader, CountsWeightsOfConstantsSubgraphsAndExternalData) {
  const std::string branch =
      graph({{node("MatMul", {"x", "t"}, {"o"})}, {tensor("t", kFp32, {4, 8})}, {}, {value("o", kFp32, {2, 8})}});
  const std::string other = graph({{node("Constant", {}, {"k"}, {attribute_tensor("value", tensor("", kFp32, {4, 8}))}),
                                    node("MatMul", {"x", "k"}, {"o2"}), node("MatMul", {"o2", "q"}, {"o3"})},
                                   {},
                                   {},
                                   {value("o3", kFp32, {2, 8})}});
  const std::string external = dims({8, 8}) + number(2, kFp32) + bytes(8, "q") +
                               bytes(13, bytes(1, "location") + bytes(2, "weights.bin")) +
                               bytes(13, bytes(1, "length") + bytes(2, "256")) + number(14, 1);
  const Profile p = profiled(model(
      {{node("If", {"c"}, {"y"}, {attribute_graph("then_branch", branch), attribute_graph("else_branch", other)})},
       {external},
       {value("x", kFp32, {2, 4}), value("c", 9, {})},
       {value("y", kFp32, {2, 8})}}));
  EXPECT_EQ(p.parameters, 32 + 32 + 64);
  EXPECT_EQ(p.macs, 2 * 4 * 8 + 2 * 8 * 8);  // the branch with more work
  EXPECT_THAT(p.notes, Contains(HasSubstr("which branch of If")));
}

TEST(OnnxReader, LeavesStatisticsOutOfParameters) {
  const Profile p = profiled(
      model({{node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"})},
             {tensor("s", kFp32, {4}), tensor("b", kFp32, {4}), tensor("m", kFp32, {4}), tensor("v", kFp32, {4})},
             {value("x", kFp32, {1, 4, 2})},
             {value("y", kFp32, {1, 4, 2})}}));
  EXPECT_EQ(p.parameters, 8);
  EXPECT_EQ(p.parameters_in_file, 16);
  EXPECT_THAT(p.why_different, HasSubstr("8 are means and variances"));
}

TEST(OnnxReader, CountsRecurrentLayersStepByStep) {
  // 5 steps, batch 2, input 3, hidden 4: 5·2·4·4·(3 + 4)
  const Profile p = profiled(model({{node("LSTM", {"x", "w", "r"}, {"y"}, {attribute("hidden_size", 4)})},
                                    {tensor("w", kFp32, {1, 16, 3}), tensor("r", kFp32, {1, 16, 4})},
                                    {value("x", kFp32, {5, 2, 3})},
                                    {value("y", kFp32, {5, 1, 2, 4})}}));
  EXPECT_EQ(p.macs, 5 * 2 * 16 * 7);
}

TEST(OnnxReader, MultipliesTheWorkOfLoops) {
  const std::string body = graph({{node("MatMul", {"s", "w"}, {"t"}), node("Identity", {"c"}, {"d"})},
                                  {},
                                  {value("i", kI64, {}), value("c", 9, {}), value("s", kFp32, {2, 4})},
                                  {value("d", 9, {}), value("t", kFp32, {2, 4})}});
  const Profile p = profiled(model({{node("Loop", {"n", "", "x"}, {"y"}, {attribute_graph("body", body)})},
                                    {scalar_int("n", 7), tensor("w", kFp32, {4, 4})},
                                    {value("x", kFp32, {2, 4})},
                                    {value("y", kFp32, {2, 4})}}));
  EXPECT_EQ(p.macs, 7 * 2 * 4 * 4);
}

TEST(OnnxReader, WalksModelFunctions) {
  const std::string function = bytes(1, "Twice") + bytes(4, "a") + bytes(4, "m") + bytes(5, "z") +
                               bytes(7, node("MatMul", {"a", "m"}, {"h"})) +
                               bytes(7, node("MatMul", {"h", "m"}, {"z"})) + bytes(9, number(2, 17)) + bytes(10, "own");
  const Profile p = profiled(model({{node("Twice", {"x", "w"}, {"y"}, {}, "own")},
                                    {tensor("w", kFp32, {4, 4})},
                                    {value("x", kFp32, {2, 4})},
                                    {value("y", kFp32, {2, 4})}},
                                   17, bytes(25, function)));
  EXPECT_EQ(p.macs, 2 * 2 * 4 * 4);
  EXPECT_TRUE(p.unknown_operators.empty());
}

TEST(OnnxReader, KnowsMicrosoftAttention) {
  // batch 1, 6 tokens, width 8, 2 heads: projection 6·8·24, scores and values 2·6·6·4·2
  const Profile p =
      profiled(model({{node("Attention", {"x", "w", "b"}, {"y"}, {attribute("num_heads", 2)}, "com.microsoft")},
                      {tensor("w", kFp32, {8, 24}), tensor("b", kFp32, {24})},
                      {value("x", kFp32, {1, 6, 8})},
                      {value("y", kFp32, {1, 6, 8})}}));
  EXPECT_EQ(p.macs, 6 * 8 * 24 + 2 * 2 * 6 * 6 * 4);
  EXPECT_TRUE(p.unknown_operators.empty());
}

TEST(OnnxReader, SortsNodesThatStandInNoOrder) {
  const Profile p = profiled(model({{node("MatMul", {"a", "w"}, {"y"}), node("MatMul", {"x", "w"}, {"a"})},
                                    {tensor("w", kFp32, {4, 4})},
                                    {value("x", kFp32, {2, 4})},
                                    {value("y", kFp32, {2, 4})}}));
  EXPECT_EQ(p.macs, 2 * 2 * 4 * 4);
}

TEST(OnnxReader, TakesQuantizedWeightsAsEightBit) {
  const Profile p =
      profiled(model({{node("DequantizeLinear", {"wq", "s"}, {"w"}), node("QuantizeLinear", {"x", "s", "z"}, {"xq"}),
                       node("DequantizeLinear", {"xq", "s"}, {"xd"}), node("MatMul", {"xd", "w"}, {"y"})},
                      {tensor("wq", kI8, {4, 4}), tensor("s", kFp32, {}), tensor("z", kI8, {})},
                      {value("x", kFp32, {2, 4})},
                      {value("y", kFp32, {2, 4})}}));
  EXPECT_EQ(p.parameters, 16);
  for (const OperatorWork& work : p.operators) {
    if (work.op.kind == OperatorKind::kMatmul) {
      EXPECT_EQ(work.op.dtype, DType::kInt8);
    }
  }
}

}  // namespace
}  // namespace berth
