// Damaged and malicious files of every format but ONNX (onnx_hostile_test.cpp): each is either read or refused
// with the byte and how to mend it, in bounded time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "berth/readers.hpp"
#include "readers/gguf/gguf.hpp"
#include "readers/safetensors.hpp"
#include "readers/tensorflow.hpp"
#include "unit/readers/onnx_writer.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::optional<Error> refused_tflite(const std::string& bytes) {
  const auto model = read_tflite(bytes, "m");
  return model ? std::nullopt : std::optional(model.error());
}
std::optional<Error> refused_gguf(const std::string& bytes) {
  const auto file = read_gguf(bytes, "m");
  return file ? std::nullopt : std::optional(file.error());
}
std::optional<Error> refused_safetensors(const std::string& bytes) {
  const auto tensors = read_safetensors(bytes, "m");
  return tensors ? std::nullopt : std::optional(tensors.error());
}
std::optional<Error> refused_tensorflow(const std::string& bytes) {
  const auto model = read_tensorflow(bytes, "m");
  return model ? std::nullopt : std::optional(model.error());
}

struct Format {
  const char* corpus;
  std::function<std::optional<Error>(const std::string&)> refused;
};
const std::vector<Format>& formats() {
  static const std::vector<Format> all{{"tflite", refused_tflite},
                                       {"gguf", refused_gguf},
                                       {"safetensors", refused_safetensors},
                                       {"tensorflow", refused_tensorflow}};
  return all;
}

void expect_helpful(const std::optional<Error>& error, const std::string& what) {
  if (!error) return;
  EXPECT_THAT(error->message, AnyOf(HasSubstr("at byte"), HasSubstr("parameters"))) << what;
  EXPECT_FALSE(error->fix.empty()) << what << ": " << error->message;
}

void for_each_seed(const std::function<void(const Format&, const std::string&, const std::string&)>& visit) {
  for (const Format& format : formats()) {
    for (const auto& entry :
         fs::directory_iterator(std::string(BERTH_SOURCE_DIR) + "/tests/fuzz/corpus/" + format.corpus)) {
      std::ifstream file(entry.path(), std::ios::binary);
      std::string bytes{std::istreambuf_iterator<char>(file), {}};
      if (bytes.size() < 4096) visit(format, entry.path().filename().string(), bytes);
    }
  }
}

TEST(HostileFiles, AreLocatedWhereverTheyAreCut) {
  for_each_seed([](const Format& format, const std::string& name, const std::string& bytes) {
    for (std::size_t size = 0; size < bytes.size(); size += 5) {
      expect_helpful(format.refused(bytes.substr(0, size)), std::string(format.corpus) + "/" + name);
    }
  });
}

TEST(HostileFiles, AreLocatedWhateverWordIsWrong) {
  for_each_seed([](const Format& format, const std::string& name, const std::string& bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 4) {
      for (const char* word : {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", "\0\0\0\0\0\0\0\x10"}) {
        std::string changed = bytes;
        std::memcpy(changed.data() + at, word, 8);
        expect_helpful(format.refused(changed), std::string(format.corpus) + "/" + name);
      }
    }
  });
}

TEST(HostileFiles, OfAHundredThousandThingsAreRead) {
  std::string header = "{";
  std::string index = "{\"weight_map\":{";
  std::string graph;
  for (int i = 0; i < 100'000; ++i) {
    const std::string n = std::to_string(i);
    header += (i == 0 ? "" : ",") + ("\"t" + n + R"(":{"dtype":"U8","shape":[1],"data_offsets":[)") + n + "," +
              std::to_string(i + 1) + "]}";
    index += (i == 0 ? "" : ",") + ("\"t" + n + "\":\"model-" + std::to_string(i / 250) + ".safetensors\"");
    graph += testing::bytes(1, testing::bytes(1, "n" + n) + testing::bytes(2, "MatMul"));
  }
  header += "}";
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  EXPECT_EQ(read_safetensors(file + header + std::string(100'000, '\0'), "m")->size(), 100'000U);
  EXPECT_EQ(read_shard_index(index + "}}", "i.json")->files.size(), 400U);
  EXPECT_THAT(read_tensorflow(graph, "g.pb")->notes.at(0), HasSubstr("100000 nodes"));
}

TEST(HostileFiles, NestedTooDeepAreRefused) {
  // safetensors: JSON a hundred thousand lists deep.
  const std::string deep(100'000, '[');
  std::string file(8, '\0');
  const std::uint64_t length = deep.size();
  std::memcpy(file.data(), &length, 8);
  expect_helpful(refused_safetensors(file + deep), "deep");
  EXPECT_FALSE(read_shard_index("{\"weight_map\":" + deep, "i.json"));
  EXPECT_FALSE(read_hf_config("{\"model_type\":" + deep, "config.json"));
}

}  // namespace
}  // namespace berth
