// Weights as numbers: the storage types, where ONNX keeps its matrices, and that a model measures alike in
// two formats.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "berth/precision.hpp"
#include "berth/readers.hpp"
#include "core/node.hpp"
#include "readers/weights/dequantize.hpp"
#include "unit/readers/onnx_writer.hpp"
#include "unit/shared.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;
using testing::attribute;
using testing::dims;
using ::testing::HasSubstr;
using testing::node;
using testing::number;
using testing::Shape;

std::vector<float> decoded(std::string_view type, std::string bytes, std::size_t count) {
  bytes.resize(bytes.size() + 256, '\0');  // the rest of the block
  std::vector<float> out;
  EXPECT_TRUE(decode(type, bytes, count, out)) << type;
  return out;
}

TEST(StoredWeights, DecodePlainTypes) {
  using std::string;
  EXPECT_THAT(decoded("F16", string("\x00\x3C\x01\x00\x00\xC0", 6), 3), ::testing::ElementsAre(1, 0x1p-24F, -2));
  EXPECT_THAT(decoded("BF16", string("\x80\x3F\x40\xC0", 4), 2), ::testing::ElementsAre(1, -3));
  // e4m3: exponent bias 7, three bits of mantissa: 0x38 = 1, 0x7E = 1.75 · 2^8, 0x01 = 2^-9.
  EXPECT_THAT(decoded("F8_E4M3", "\x38\x7E\x01", 3), ::testing::ElementsAre(1, 448, 0x1p-9F));
  EXPECT_THAT(decoded("F8_E5M2", "\x3C\x7B", 2), ::testing::ElementsAre(1, 57344));
  EXPECT_THAT(decoded("I4", "\xF7", 2), ::testing::ElementsAre(7, -1));
  EXPECT_THAT(decoded("U4", "\xF7", 2), ::testing::ElementsAre(7, 15));
}

TEST(StoredWeights, DecodeBlocks) {
  using std::string;
  // Q8_0: a half (0.5) and 32 bytes.
  EXPECT_THAT(decoded("Q8_0", string("\x00\x38\x01\xFE", 4), 2), ::testing::ElementsAre(0.5F, -1));
  // Q4_0: a half (1); the low nibbles are the first sixteen, less 8.
  const std::vector<float> q4 = decoded("Q4_0", string("\x00\x3C\x9A", 3), 32);
  EXPECT_EQ(q4[0], 2);
  EXPECT_EQ(q4[16], 1);
  // IQ4_NL: a half (1); level 8 is 1, level 0 is -127. IQ4_XS: a scale of 33 less 32 is 1.
  EXPECT_EQ(decoded("IQ4_NL", string("\x00\x3C\x08", 3), 32)[0], 1);
  EXPECT_EQ(decoded("IQ4_NL", string("\x00\x3C\x08", 3), 32)[16], -127);
  string xs(136, '\0');
  xs.replace(0, 5, string("\x00\x3C\x02\x00\x01", 5));
  xs[8] = 0x0F;
  EXPECT_EQ(decoded("IQ4_XS", xs, 256)[0], 113);
  // Q4_K: d = 1, least = 0; the first scale is 3, the first nibble 5.
  string k4(144, '\0');
  k4.replace(0, 5, string("\x00\x3C\x00\x00\x03", 5));
  k4[16] = 0x05;
  EXPECT_EQ(decoded("Q4_K", k4, 256)[0], 15);
  // Q6_K: d = 1 at the end, the first scale is 2, the first low nibble 15 and no high bits: (15 - 32) · 2.
  string k6(210, '\0');
  k6[0] = 0x0F;
  k6[192] = 2;
  k6.replace(208, 2, string("\x00\x3C", 2));
  EXPECT_EQ(decoded("Q6_K", k6, 256)[0], -34);
}

TEST(StoredWeights, HaveGgmlsBlockSizes) {
  const auto text = testing::shared_file("models/ggml_types.json");
  if (!text) GTEST_SKIP() << "set BERTH_SHARED to the folder of shared test data";
  const auto document = parse_document(*text, "ggml_types.json", Syntax::kJson);
  ASSERT_TRUE(document);
  int types = 0;
  for (const Node& row : document->find("types")->as_array()) {
    const StorageType* type = find_ggml_storage(static_cast<std::uint32_t>(row.find("id")->as_int()));
    const std::string name = row.find("name")->as_string();
    ASSERT_NE(type, nullptr) << name;
    EXPECT_EQ(type->block_elements, row.find("block_elems")->as_int()) << name;
    EXPECT_EQ(type->block_bytes, row.find("block_bytes")->as_int()) << name;
    ++types;
  }
  EXPECT_GT(types, 30);
}

class OnnxWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              (std::string("berth_weights_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  Result<std::vector<WeightSample>> sample(const testing::GraphParts& parts) {
    const auto table = read_weights(write("m.onnx", testing::model(parts)));
    if (!table) return tl::unexpected<Error>(table.error());
    return sample_weights(*table, {}, notes_);
  }
  fs::path folder_;
  std::vector<std::string> notes_;
};

std::string floats(const std::string& name, const Shape& shape, const std::vector<float>& values) {
  std::string raw(values.size() * 4, '\0');
  std::memcpy(raw.data(), values.data(), raw.size());
  return dims(shape) + number(2, testing::kFp32) + testing::bytes(8, name) + testing::bytes(9, raw);
}

TEST_F(OnnxWeights, TurnMatricesToRowsOfOutputs) {
  std::vector<float> values(16 * 32);
  std::iota(values.begin(), values.end(), 0.0F);
  const auto found =
      sample({{node("MatMul", {"x", "w"}, {"y"}), node("Gemm", {"y", "v"}, {"z"}, {attribute("transB", 1)})},
              {floats("w", {16, 32}, values), floats("v", {16, 32}, values)},
              {testing::value("x", testing::kFp32, {1, 16})},
              {}});
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 2U);
  const WeightSample& w = (*found)[0];
  EXPECT_EQ(w.rows, 32);
  EXPECT_EQ(w.columns, 16);
  EXPECT_EQ(w.values[3 * 16 + 5], 5 * 32 + 3);  // output 3 of input 5
  const WeightSample& v = (*found)[1];
  EXPECT_EQ(v.rows, 16);
  EXPECT_EQ(v.values[3 * 32 + 5], 3 * 32 + 5);
}

TEST_F(OnnxWeights, UndoTheQuantisationOfEachChannel) {
  std::vector<float> scales(16);
  std::iota(scales.begin(), scales.end(), 1.0F);
  const std::string ones =
      dims({16, 16}) + number(2, testing::kI8) + testing::bytes(8, "q") + testing::bytes(9, std::string(256, '\1'));
  const auto found =
      sample({{node("DequantizeLinear", {"q", "s"}, {"w"}, {attribute("axis", 1)}), node("MatMul", {"x", "w"}, {"y"})},
              {ones, floats("s", {16}, scales)},
              {testing::value("x", testing::kFp32, {1, 16})},
              {}});
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 1U);
  for (std::size_t row = 0; row < 16; ++row) {
    EXPECT_EQ((*found)[0].values[row * 16 + 7], static_cast<float>(row + 1));
  }
}

TEST_F(OnnxWeights, AreReadFromFilesBesideTheModel) {
  const auto entry = [](const std::string& key, const std::string& value) {
    return testing::bytes(13, testing::bytes(1, key) + testing::bytes(2, value));
  };
  const std::string w = dims({16, 16}) + number(2, testing::kFp32) + testing::bytes(8, "w") +
                        entry("location", "w.bin") + entry("offset", "4") + number(14, 1);
  const testing::GraphParts parts{
      {node("MatMul", {"x", "w"}, {"y"})}, {w}, {testing::value("x", testing::kFp32, {1, 16})}, {}};
  EXPECT_THAT(sample(parts).error().message, HasSubstr("w.bin"));
  write("w.bin", std::string(512, '\0'));
  EXPECT_THAT(sample(parts).error().message, HasSubstr("tensor 'w' leaves its file"));
  std::vector<float> values(257, 2.5F);
  write("w.bin", std::string(reinterpret_cast<const char*>(values.data()), 257 * 4));
  const auto found = sample(parts);
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ((*found)[0].values[255], 2.5F);
}

TEST_F(OnnxWeights, ThatAreNoneAreSaidSo) {
  const auto found = sample({{node("Relu", {"x"}, {"y"})}, {}, {testing::value("x", testing::kFp32, {1, 16})}, {}});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kIncomplete);
  EXPECT_FALSE(found.error().fix.empty());
}

// MLPerf Tiny's person detection in ONNX and TensorFlow Lite: the same weights in another order of axes.
TEST(PrecisionNeed, IsTheSameInTwoFormats) {
  std::vector<std::vector<double>> medians;
  for (const char* name : {"onnx/mlptiny_r11_vww_96_float.onnx", "tflite/mlptiny_vww_96_float.tflite"}) {
    const auto path = testing::shared_path(std::string("models/files/") + name);
    if (!path) GTEST_SKIP() << "set BERTH_SHARED to the folder of shared test data";
    const auto table = read_weights(*path);
    ASSERT_TRUE(table) << to_string(table.error());
    std::vector<std::string> notes;
    const auto found = sample_weights(*table, {}, notes);
    ASSERT_TRUE(found) << to_string(found.error());
    medians.push_back(measure_precision(*found, {})->median_error);
  }
  for (std::size_t i = 0; i < medians[0].size(); ++i) {
    EXPECT_NEAR(medians[0][i], medians[1][i], 0.02 * medians[0][i]) << rounding_format(static_cast<int>(i)).name;
  }
}

}  // namespace
}  // namespace berth
