#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "berth/readers.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ReadModel : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              (std::string("berth_read_model_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  fs::path folder_;
};

TEST_F(ReadModel, TakesAConfigOrItsFolder) {
  const std::string path = write("config.json", "{\"model_type\": \"llama\"}");
  const auto by_file = read_model(path);
  const auto by_folder = read_model(folder_.string());
  ASSERT_TRUE(by_file && by_folder);
  EXPECT_EQ(by_file->parameters, by_folder->parameters);
  EXPECT_EQ(by_file->name, folder_.filename().string());
}

TEST_F(ReadModel, LocatesDamageInEveryBinaryFormat) {
  for (const char* name : {"m.gguf", "m.tflite", "m.safetensors", "m.onnx"}) {
    const auto model = read_model(write(name, "xxxx"));
    ASSERT_FALSE(model) << name;
    EXPECT_EQ(model.error().code, ErrorCode::kInvalid) << name;
    EXPECT_THAT(model.error().message, HasSubstr("at byte")) << name;
    EXPECT_FALSE(model.error().fix.empty()) << name;
  }
  EXPECT_THAT(read_model(write("noname", "GGUF....")).error().message, HasSubstr("GGUF"));
}

TEST_F(ReadModel, SaysHowToExportWhatItDoesNotRead) {
  const auto model = read_model(write("m.h5", "xxxx"));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(model.error().fix, HasSubstr("export"));
}

TEST_F(ReadModel, ReadsOnnxByNameOrContent) {
  const auto damaged = read_model(write("m.onnx", "xxxx"));
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().message, HasSubstr("at byte"));
  // IR version 8, then an empty graph (field 7)
  EXPECT_TRUE(read_model(write("noname.bin", std::string("\x08\x08\x3a\x00", 4))));
}

TEST_F(ReadModel, RefusesTheRest) {
  EXPECT_EQ(read_model((folder_ / "absent").string()).error().code, ErrorCode::kIo);
  EXPECT_EQ(read_model("").error().code, ErrorCode::kIo);
  EXPECT_THAT(read_model(folder_.string()).error().message, HasSubstr("holds no model file"));
  write("model.safetensors", "");
  EXPECT_THAT(read_model(folder_.string()).error().message, HasSubstr("header needs 8 bytes"));
  EXPECT_EQ(read_model(write("x.txt", "hello")).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(read_model(write("empty", "")).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(read_model("/dev/null").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace berth
