// TensorFlow Lite: operators, parameters, and what of a graph the Edge TPU takes. Files are made by
// scripts/make_model_seeds.py: an image of 8 x 8 x 3, a 3 x 3 convolution to 4 channels, a reshape, a fully
// connected layer to 2 scores and a softmax.
#include "readers/tflite/tflite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "unit/shared.hpp"

namespace berth {
namespace {

using ::testing::HasSubstr;

std::string seed(const std::string& name) {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/tests/fuzz/corpus/tflite/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

Model model_of(const std::string& name) {
  const Result<Model> model = read_tflite(seed(name), name);
  EXPECT_TRUE(model) << to_string(model.error());
  return *model;
}

TEST(Tflite, CountsOperatorsAndParameters) {
  const Model model = model_of("int8");
  // Filter 4·3·3·3, bias 4, weights 2·256; the reshape's two integers steer it.
  EXPECT_EQ(model.parameters, 108 + 4 + 512);
  EXPECT_EQ(model.parameters_in_file, 108 + 4 + 512 + 2);
  EXPECT_EQ(model.declared_dtype, DType::kInt8);
  EXPECT_EQ(profile(model)->macs, 8 * 8 * 4 * 27 + 512);
  EXPECT_EQ(profile(model_of("float"))->macs, 8 * 8 * 4 * 27 + 512);
  EXPECT_EQ(model_of("float").declared_dtype, DType::kFp32);
}

TEST(EdgeTpu, TakesAQuantisedGraph) {
  const OperatorFit fit = *model_of("int8").edge_tpu;
  EXPECT_EQ(fit.operators, 4);
  EXPECT_EQ(fit.mapped, 4);
  EXPECT_EQ(fit.fitting, 4);
  EXPECT_EQ(fit.first_unmapped, "");
  EXPECT_EQ(fit.parameter_bytes, 108 + 16 + 512 + 8);  // the bias and the shape are 32-bit integers
}

TEST(EdgeTpu, SaysWhatStandsInTheWay) {
  const OperatorFit fit = *model_of("float").edge_tpu;
  EXPECT_EQ(fit.mapped, 0);
  EXPECT_EQ(fit.first_unmapped, "0 CONV_2D");
  EXPECT_EQ(fit.why, "tensor 'image' is float32, not int8 or uint8");
  EXPECT_EQ(fit.parameter_bytes, 0);
  EXPECT_EQ(model_of("dynamic").edge_tpu->why, "tensor 'image' has a dynamic shape");
  EXPECT_EQ(model_of("custom").edge_tpu->mapped, 1);
}

TfliteTensor tensor(TfliteType type, std::vector<std::int64_t> shape) {
  TfliteTensor t;
  t.name = "t";
  t.type = type;
  t.shape = std::move(shape);
  if (type != TfliteType::kFloat32) t.scales = {1};
  return t;
}

// Codes of the schema: CONV_2D 3, RESIZE_BILINEAR 23, UNIDIRECTIONAL_SEQUENCE_LSTM 44, ARG_MAX 56, QUANTIZE 114.
TfliteOperator op(std::int32_t code, std::vector<std::int32_t> in, std::vector<std::int32_t> out) {
  TfliteOperator made;
  made.code = code;
  made.inputs = std::move(in);
  made.outputs = std::move(out);
  return made;
}

TEST(EdgeTpu, LeavesConversionsOfTheInputToTheHost) {
  TfliteGraph graph;
  graph.tensors = {tensor(TfliteType::kFloat32, {1, 4}), tensor(TfliteType::kInt8, {1, 4}),
                   tensor(TfliteType::kInt8, {1, 4})};
  graph.inputs = {0};
  graph.operators = {op(114, {0}, {1}), op(25, {1}, {2}), op(56, {2}, {2})};
  std::vector<std::string> notes;
  const OperatorFit fit = edge_tpu_fit(graph, notes);
  EXPECT_THAT(notes.at(0), HasSubstr("leaves 1 operators"));
  EXPECT_EQ(fit.mapped, 1);
  EXPECT_EQ(fit.first_unmapped, "2 ARG_MAX");
}

TEST(EdgeTpu, RunsBranchesThatDontDependOnTheHost) {
  TfliteGraph graph;
  for (int i = 0; i < 4; ++i) graph.tensors.push_back(tensor(TfliteType::kInt8, {1, 4}));
  graph.inputs = {0};
  // ARG_MAX stays on the host and so does what follows it; the other branch doesn't.
  graph.operators = {op(56, {0}, {1}), op(25, {1}, {2}), op(25, {0}, {3})};
  std::vector<std::string> notes;
  const OperatorFit fit = edge_tpu_fit(graph, notes);
  EXPECT_EQ(fit.mapped, 1);
  EXPECT_EQ(fit.fitting, 2);
  EXPECT_EQ(fit.first_unmapped, "0 ARG_MAX");
}

TEST(EdgeTpu, KeepsTheStateOfAnLstmInside) {
  TfliteGraph graph;
  graph.tensors = {tensor(TfliteType::kInt8, {1, 4}), tensor(TfliteType::kInt16, {1, 4})};
  graph.operators = {op(44, {0, 1}, {0})};
  std::vector<std::string> notes;
  EXPECT_EQ(edge_tpu_fit(graph, notes).mapped, 1);
  graph.operators = {op(3, {0, 1}, {0})};
  EXPECT_EQ(edge_tpu_fit(graph, notes).why, "tensor 't' is int16, not int8 or uint8");
}

TEST(EdgeTpu, SaysWhereOnlyTheCompilerKnows) {
  TfliteGraph graph;
  graph.tensors = {tensor(TfliteType::kInt8, {1, 1, 1, 8}), tensor(TfliteType::kInt8, {1, 33, 33, 8})};
  graph.inputs = {0};
  graph.operators = {op(25, {0}, {0}), op(23, {0}, {1}), op(25, {1}, {1})};
  std::vector<std::string> notes;
  EXPECT_EQ(edge_tpu_fit(graph, notes).mapped, 3);
  EXPECT_THAT(notes.at(0), HasSubstr("at least 1 operators; 1 RESIZE_BILINEAR"));
  notes.clear();
  graph.operators[1] = op(23, {1}, {1});  // the same size: nothing to lose
  (void)edge_tpu_fit(graph, notes);
  EXPECT_TRUE(notes.empty());
}

TEST(EdgeTpu, RefusesMoreThanThreeDimensions) {
  TfliteGraph graph;
  graph.tensors = {tensor(TfliteType::kInt8, {2, 8, 8, 8})};
  graph.operators = {op(25, {0}, {0})};
  std::vector<std::string> notes;
  EXPECT_THAT(edge_tpu_fit(graph, notes).why, HasSubstr("more than 3 dimensions"));
}

// Published by Intel's model zoo: 0.468 million parameters, 14 million multiply-accumulates.
TEST(Tflite, AgreesWithPublishedFiguresOfMobilenet) {
  const auto text = testing::shared_file("models/files/tflite/coral_mobilenet_v1_0.25_128_quant.tflite");
  if (!text) GTEST_SKIP() << "set BERTH_SHARED to the folder of shared test data";
  const Result<Model> model = read_tflite(*text, "mobilenet");
  ASSERT_TRUE(model);
  EXPECT_NEAR(static_cast<double>(model->parameters), 0.468e6, 500);
  EXPECT_NEAR(profile(*model)->macs, 14e6, 0.5e6);
  EXPECT_EQ(model->edge_tpu->mapped, 31);
}

std::uint32_t u32(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, 4);
  return value;
}

// The place of a field of the flatbuffer table at `table`.
std::size_t place(const std::string& bytes, std::size_t table, std::size_t field) {
  std::int32_t back = 0;
  std::memcpy(&back, bytes.data() + table, 4);
  std::uint16_t offset = 0;
  std::memcpy(&offset, bytes.data() + static_cast<std::size_t>(static_cast<std::int64_t>(table) - back) + 4 + 2 * field,
              2);
  return table + offset;
}
std::size_t follow(const std::string& bytes, std::size_t at) {
  return at + u32(bytes, at);
}

// The seed with its list of operators replaced by one of `count` empty operators, which all are the same bytes.
std::string with_operators(std::uint32_t count) {
  std::string bytes = seed("int8");
  const std::size_t graphs = follow(bytes, place(bytes, follow(bytes, 0), 2));
  const std::size_t operators = place(bytes, follow(bytes, graphs + 4), 3);
  bytes.resize((bytes.size() + 7) / 8 * 8);
  const std::size_t layout = bytes.size();
  bytes += std::string("\4\0\4\0", 4);
  const std::size_t list = bytes.size();
  const std::size_t table = list + 4 + 4 * std::size_t{count};
  const auto put = [&](std::size_t value) {
    const auto word = static_cast<std::uint32_t>(value);
    bytes.append(reinterpret_cast<const char*>(&word), 4);
  };
  put(count);
  for (std::uint32_t i = 0; i < count; ++i) put(table - bytes.size());
  put(table - layout);
  const auto offset = static_cast<std::uint32_t>(list - operators);
  std::memcpy(bytes.data() + operators, &offset, 4);
  return bytes;
}

TEST(Tflite, TakesAHundredThousandOperators) {
  const Result<Model> model = read_tflite(with_operators(100'000), "m.tflite");
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->edge_tpu->operators, 100'000);
}

TEST(Tflite, BoundsWhatSharedBytesCanMean) {
  // Half a million entries that all lead to one operator: the file has 2 MB, and a budget of four entries a byte.
  std::string bytes = with_operators(500'000);
  EXPECT_TRUE(read_tflite(bytes, "m.tflite"));
  // A list that claims more than the file holds.
  const std::size_t graphs = follow(bytes, place(bytes, follow(bytes, 0), 2));
  const std::size_t list = follow(bytes, place(bytes, follow(bytes, graphs + 4), 3));
  std::memset(bytes.data() + list, 0x7F, 4);
  const Result<Model> model = read_tflite(bytes, "m.tflite");
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("at byte"));
  EXPECT_FALSE(model.error().fix.empty());
}

TEST(Tflite, LocatesEveryTruncation) {
  const std::string whole = seed("int8");
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    const Result<Model> model = read_tflite(std::string_view(whole).substr(0, size), "m.tflite");
    if (model) continue;  // the end of a file may be padding
    EXPECT_THAT(model.error().message, HasSubstr("at byte")) << size;
    EXPECT_FALSE(model.error().fix.empty()) << size;
  }
}

}  // namespace
}  // namespace berth
