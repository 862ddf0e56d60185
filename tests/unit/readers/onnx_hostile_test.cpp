// Files that are damaged or made to do harm: a located error, within bounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "berth/readers.hpp"
#include "unit/readers/onnx_writer.hpp"

namespace berth {
namespace {

using namespace berth::testing;  // NOLINT: the writer's words
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

Error error_of(const std::string& file) {
  const Result<Model> model = read_onnx(file, "bad.onnx");
  EXPECT_FALSE(model);
  return model ? Error() : model.error();
}

std::string plain() {
  return model({{node("MatMul", {"x", "w"}, {"y"})},
                {tensor("w", kFp32, {4, 4})},
                {value("x", kFp32, {2, 4})},
                {value("y", kFp32, {2, 4})}});
}

TEST(OnnxHostile, EveryCutIsAnErrorOrAWholeFile) {
  const std::string whole = plain();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Result<Model> model = read_onnx(whole.substr(0, size), "cut.onnx");
    ASSERT_FALSE(model) << size;
    EXPECT_THAT(model.error().message, HasSubstr("at byte")) << size;
    EXPECT_EQ(model.error().span.file, "cut.onnx");
  }
}

TEST(OnnxHostile, EveryChangedByteIsBounded) {
  const std::string whole = plain();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char change : {'\x00', '\x01', '\x7F', '\x80', '\xFF'}) {
      std::string changed = whole;
      changed[i] = change;
      (void)read_onnx(changed, "changed.onnx");
    }
  }
}

TEST(OnnxHostile, LyingLengths) {
  EXPECT_THAT(error_of(number(1, 8) + varint(7 << 3 | 2) + varint(1u << 30) + "x").message,
              MatchesRegex("at byte 2: field 7 says it has 1073741824 bytes, 1 are left"));
  const std::string short_data = dims({4, 4}) + number(2, kFp32) + bytes(8, "w") + bytes(9, "abcd");
  EXPECT_THAT(error_of(model({{}, {short_data}, {}, {}})).message,
              HasSubstr("tensor 'w' has dims for 64 bytes of data, but 4 bytes are given"));
}

TEST(OnnxHostile, HugeDimensions) {
  const std::int64_t huge = std::int64_t{1} << 60;
  const std::string weight = dims({huge, huge}) + number(2, kFp32) + bytes(8, "w");
  EXPECT_EQ(error_of(model({{}, {weight}, {}, {}})).code, ErrorCode::kLimit);
  // As an input: shapes stay unknown or large, nothing is allocated.
  const auto model_of = [&](const std::string& op, const std::vector<std::string>& attributes) {
    return read_onnx(model({{node(op, {"x"}, {"y"}, attributes)},
                            {},
                            {value("x", kFp32, {huge, huge, huge, huge})},
                            {value("y", kFp32, {})}}),
                     "huge.onnx");
  };
  for (const char* op :
       {"Relu", "Shape", "Size", "Flatten", "MaxPool", "Transpose", "ReduceSum", "DepthToSpace", "NonZero"}) {
    (void)model_of(op, {attribute("kernel_shape", Shape{huge, huge}), attribute("blocksize", huge)});
  }
  EXPECT_TRUE(model_of("Identity", {}));
}

TEST(OnnxHostile, NegativeDimensions) {
  const std::string weight = dims({-4, 4}) + number(2, kFp32) + bytes(8, "w");
  EXPECT_THAT(error_of(model({{}, {weight}, {}, {}})).message, HasSubstr("has the dimension -4"));
}

TEST(OnnxHostile, Cycles) {
  const Error error = error_of(model({{node("Add", {"x", "b"}, {"a"}), node("Relu", {"a"}, {"b"})},
                                      {},
                                      {value("x", kFp32, {2})},
                                      {value("b", kFp32, {2})}}));
  EXPECT_THAT(error.message, HasSubstr("the graph has a cycle: node 'Add_a' (Add) waits for its own result"));
  EXPECT_THAT(error.message, HasSubstr("at byte"));
}

TEST(OnnxHostile, ReadsOfNothingAndDoubleGivers) {
  EXPECT_THAT(error_of(model({{node("Relu", {"nowhere"}, {"y"})}, {}, {}, {}})).message,
              HasSubstr("reads 'nowhere', which nothing gives"));
  EXPECT_THAT(error_of(model({{node("Relu", {"x"}, {"x"})}, {}, {value("x", kFp32, {2})}, {}})).message,
              HasSubstr("given already"));
  EXPECT_THAT(error_of(model({{}, {}, {}, {value("y", kFp32, {2})}})).message,
              HasSubstr("output 'y' is given by no node"));
}

TEST(OnnxHostile, DeepSubgraphs) {
  std::string inner = graph({{}, {}, {}, {}});
  for (int i = 0; i < 200; ++i)
    inner = graph({{node("If", {"c"}, {}, {attribute_graph("then_branch", inner)})}, {}, {}, {}});
  const Error error = error_of(number(1, 8) + bytes(8, number(2, 17)) + bytes(7, inner));
  EXPECT_EQ(error.code, ErrorCode::kLimit);
  EXPECT_THAT(error.message, HasSubstr("nested more than 64 deep"));
}

TEST(OnnxHostile, FunctionsThatCallThemselves) {
  const auto function = [](const std::string& name, const std::string& callee) {
    return bytes(25, bytes(1, name) + bytes(4, "a") + bytes(5, "z") + bytes(7, node(callee, {"a"}, {"h"}, {}, "own")) +
                         bytes(7, node(callee, {"h"}, {"z"}, {}, "own")) + bytes(10, "own"));
  };
  EXPECT_EQ(
      error_of(model({{node("F", {"x"}, {"y"}, {}, "own")}, {}, {value("x", kFp32, {2})}, {}}, 17, function("F", "F")))
          .code,
      ErrorCode::kLimit);
  // 2^40 calls by forty functions that call the next one twice.
  std::string more;
  for (int i = 0; i < 40; ++i) more += function("F" + std::to_string(i), "F" + std::to_string(i + 1));
  EXPECT_EQ(error_of(model({{node("F0", {"x"}, {"y"}, {}, "own")}, {}, {value("x", kFp32, {2})}, {}}, 17, more)).code,
            ErrorCode::kLimit);
}

TEST(OnnxHostile, PathsThatLeaveTheFolder) {
  for (const char* path : {"/etc/passwd", "../secret", "a/../../b", "..", "C:\\x", "a\\..\\..\\b", ""}) {
    const std::string weight =
        dims({4}) + number(2, kFp32) + bytes(8, "w") + bytes(13, bytes(1, "location") + bytes(2, path)) + number(14, 1);
    const Error error = error_of(model({{}, {weight}, {}, {}}));
    EXPECT_THAT(error.message, HasSubstr("outside of the model's folder")) << path;
  }
  const std::string far = dims({4}) + number(2, kFp32) + bytes(8, "w") +
                          bytes(13, bytes(1, "location") + bytes(2, "w.bin")) +
                          bytes(13, bytes(1, "offset") + bytes(2, "99999999999999999999")) + number(14, 1);
  EXPECT_THAT(error_of(model({{}, {far}, {}, {}})).message, HasSubstr("the offset of external data"));
}

TEST(OnnxHostile, AHundredThousandNodes) {
  GraphParts parts;
  parts.initializers = {tensor("w", kFp32, {4, 4})};
  parts.inputs = {value("x", kFp32, {2, 4})};
  std::string last = "x";
  for (int i = 0; i < 100'000; ++i) {
    const std::string next = "v" + std::to_string(i);
    parts.nodes.push_back(i % 2 == 0 ? node("MatMul", {last, "w"}, {next})
                                     : node("Own" + std::to_string(i), {last}, {next}, {}, "own"));
    last = next;
  }
  const std::string file = model(parts);
  const auto start = std::chrono::steady_clock::now();
  const Result<Model> read = read_onnx(file, "many.onnx");
  EXPECT_TRUE(read) << to_string(read.error());
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 10.0);
}

TEST(OnnxHostile, MoreNodesThanTheLimit) {
  std::string nodes;
  nodes.reserve(4 << 20);
  for (int i = 0; i < 1'000'001; ++i) nodes += bytes(1, "");
  EXPECT_EQ(error_of(number(1, 8) + bytes(7, nodes)).code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace berth
