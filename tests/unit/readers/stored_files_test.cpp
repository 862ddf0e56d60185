// safetensors, shards and GGUF: what is read, what is refused and where. Files are made here or by
// scripts/make_model_seeds.py; hf_params_test.cpp holds published counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "readers/gguf/gguf.hpp"
#include "readers/safetensors.hpp"
#include "unit/shared.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string seed(const std::string& name) {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/tests/fuzz/corpus/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string safetensors(const std::string& header, std::size_t data) {
  std::string out(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(out.data(), &length, 8);
  return out + header + std::string(data, '\0');
}

std::string refusal(const std::string& bytes) {
  const auto tensors = read_safetensors(bytes, "m.safetensors");
  return tensors ? "no error" : to_string(tensors.error());
}

class ModelFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              (std::string("berth_folder_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
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

TEST(Safetensors, ListsTensors) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}})";
  const auto tensors = read_safetensors(safetensors(header, 26), "m.safetensors");
  ASSERT_TRUE(tensors) << to_string(tensors.error());
  ASSERT_EQ(tensors->size(), 2U);
  EXPECT_EQ((*tensors)[0].name, "a");
  EXPECT_EQ((*tensors)[0].type, "F32");
  EXPECT_EQ((*tensors)[0].offset, 8 + header.size());
  EXPECT_EQ((*tensors)[1].bytes, 2U);
}

// Escapes and other JSON that isn't plain is read by the other way and must give the same.
TEST(Safetensors, ReadsAnyJson) {
  const std::string header = R"({ "\u0061":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}})";
  const auto tensors = read_safetensors(safetensors(header, 4), "m");
  ASSERT_TRUE(tensors) << to_string(tensors.error());
  EXPECT_EQ((*tensors)[0].name, "a");
}

TEST(Safetensors, SaysWhereItIsWrong) {
  EXPECT_THAT(refusal("1234"), HasSubstr("at byte 0: a safetensors header needs 8 bytes"));
  EXPECT_THAT(refusal(std::string(8, '\xFF')), HasSubstr("more than 100 MB"));
  EXPECT_THAT(refusal(std::string("\x20\0\0\0\0\0\0\0{}", 10)), HasSubstr("claims 32 bytes, 2 are left"));
  EXPECT_THAT(refusal(safetensors("{\"a\":", 0)), HasSubstr("the header: not valid JSON"));
  EXPECT_THAT(refusal(safetensors("[]", 0)), HasSubstr("the header is no object"));
  const auto entry = [](const std::string& shape, const std::string& offsets, const std::string& dtype = "F32") {
    return "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
  };
  EXPECT_THAT(refusal(safetensors(entry("[2]", "[0,8]", "F99"), 8)),
              HasSubstr("at byte 22: tensor 'a' has the unknown dtype"));
  EXPECT_THAT(refusal(safetensors(entry("[2]", "[0,9]"), 9)), HasSubstr("needs 8 bytes by its shape and has 9"));
  EXPECT_THAT(refusal(safetensors(entry("[2]", "[0,8]"), 4)), HasSubstr("lies at bytes 0 to 8 of 4"));
  EXPECT_THAT(refusal(safetensors(entry("[2]", "[8,0]"), 8)), HasSubstr("lies at bytes 8 to 0"));
  EXPECT_THAT(refusal(safetensors(entry("[-1]", "[0,8]"), 8)), HasSubstr("must hold whole numbers from 0"));
  EXPECT_THAT(refusal(safetensors(entry("[1152921504606846976,1152921504606846976]", "[0,8]"), 8)),
              HasSubstr("larger than 2^62 bytes"));
  EXPECT_THAT(refusal(safetensors(entry("[2]", "[0,8]"), 12)), HasSubstr("4 bytes belong to no tensor"));
  const std::string two = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],)"
                          R"("data_offsets":)";
  EXPECT_THAT(refusal(safetensors(two + "[2,6]}}", 6)), HasSubstr("tensor 'b' overlaps"));
  EXPECT_THAT(refusal(safetensors(two + "[5,9]}}", 9)), HasSubstr("tensor 'b' leaves a hole"));
  EXPECT_THAT(refusal(safetensors(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{}})", 0)),
              HasSubstr("duplicate key"));
}

TEST(ShardIndex, KeepsToItsFolder) {
  for (const char* name : {"../x", "/etc/passwd", "a/b", "..", "", "a\\\\b"}) {
    const auto index = read_shard_index(std::string("{\"weight_map\": {\"a\": \"") + name + "\"}}", "i.json");
    ASSERT_FALSE(index) << name;
    EXPECT_THAT(to_string(index.error()), HasSubstr("i.json:1:22: error: 'weight_map.a' must name a file in the same"));
  }
  EXPECT_THAT(to_string(read_shard_index("{}", "i.json").error()), HasSubstr("no 'weight_map'"));
}

// A llama of hidden width 32 with a tied head, which the files store all the same, a rotary buffer and one
// layer too many.
TEST_F(ModelFolder, ExplainsWhatFilesHoldBeyondTheModel) {
  write("config.json", R"({"model_type": "llama", "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2,
    "num_hidden_layers": 1, "num_key_value_heads": 1, "vocab_size": 8, "max_position_embeddings": 64,
    "tie_word_embeddings": true, "torch_dtype": "float32"})");
  // Embedding 256; layer q 1024, k 512, v 512, o 1024, ffn 3·2048, norms 64; final norm 32.
  const std::int64_t logical = 256 + 3072 + 6144 + 64 + 32;
  std::string header = "{";
  std::size_t at = 0;
  const auto add = [&](const std::string& name, const std::string& shape, std::size_t elements) {
    header += (at == 0 ? "" : ",") +
              ("\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[" + shape + "],\"data_offsets\":[") +
              std::to_string(at) + "," + std::to_string(at + 4 * elements) + "]}";
    at += 4 * elements;
  };
  add("model.embed_tokens.weight", "8,32", 256);
  add("model.layers.0.everything", "9280", 9280);
  add("model.norm.weight", "32", 32);
  add("lm_head.weight", "8,32", 256);
  add("model.layers.0.self_attn.rotary_emb.inv_freq", "8", 8);
  add("model.layers.1.mlp.up_proj.weight", "64,32", 2048);
  write("model.safetensors", safetensors(header + "}", at));
  const auto model = read_model(folder_.string());
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->parameters, logical);
  EXPECT_EQ(model->parameters_in_file, logical + 256 + 8 + 2048);
  EXPECT_EQ(
      model->why_different,
      "the files store the head although it shares the embedding's weights (256); extra prediction layers (2,048); "
      "buffers that are computed, not trained (8)");
}

TEST_F(ModelFolder, NamesShardsThatAreMissing) {
  write("model.safetensors.index.json", seed("shard_index/two"));
  const auto model = read_model(folder_.string());
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("model-00001-of-00002.safetensors"));
}

TEST_F(ModelFolder, TakesOneFileOfAnyFormat) {
  write("m.tflite", seed("tflite/int8"));
  EXPECT_EQ(read_model(folder_.string())->format, "tflite");
  write("n.tflite", seed("tflite/int8"));
  EXPECT_THAT(read_model(folder_.string()).error().message, HasSubstr("holds 2 models"));
}

TEST_F(ModelFolder, ReadsASavedModel) {
  // dense/kernel is 3 x 4; Adam's moment of it is no parameter.
  write("saved_model.pb", seed("tensorflow/saved_model"));
  const auto model = read_model(folder_.string());
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->parameters, 12);
  EXPECT_THAT(model->notes.back(), HasSubstr("tf2onnx"));
}

TEST_F(ModelFolder, PutsSplitGgufFilesTogether) {
  const std::string first = write("m-00001-of-00002.gguf", seed("gguf/split_1"));
  EXPECT_THAT(to_string(read_model(first).error()), HasSubstr("m-00002-of-00002.gguf"));
  const std::string second = write("m-00002-of-00002.gguf", seed("gguf/split_2"));
  for (const std::string& path : {first, second, folder_.string()}) {
    const auto model = read_model(path);
    ASSERT_TRUE(model) << to_string(model.error());
    EXPECT_EQ(model->parameters_in_file, 8 * 32 + 32) << path;
  }
  const auto renamed = read_model(write("other.gguf", seed("gguf/split_2")));
  ASSERT_FALSE(renamed);
  EXPECT_THAT(renamed.error().message, HasSubstr("should then end in '-00002-of-00002.gguf'"));
}

// Counts as in ExplainsWhatFilesHoldBeyondTheModel; the head is tied, since there is no output.weight.
TEST(Gguf, ReadsALlama) {
  for (const char* name : {"gguf/llama", "gguf/llama_v1"}) {
    const std::string bytes = seed(name);
    const auto file = read_gguf(bytes, "m.gguf");
    ASSERT_TRUE(file) << to_string(file.error());
    EXPECT_EQ(file->tensors.size(), 11U);
    EXPECT_EQ(file->length("tokenizer.ggml.tokens"), 8U);
    EXPECT_EQ(file->integer("llama.block_count"), 1);
  }
}

TEST_F(ModelFolder, GgufGivesTheSameLayersAsAConfig) {
  const auto model = read_model(write("m.gguf", seed("gguf/llama")));
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->parameters, 256 + 3072 + 6144 + 64 + 32);
  EXPECT_EQ(model->declared_quantization, "q8_0");
  ASSERT_TRUE(model->transformer);
  EXPECT_EQ(model->transformer->layers, 1);
  EXPECT_EQ(model->transformer->kv_heads, 1);
  EXPECT_EQ(model->transformer->ffn, 64);
  EXPECT_TRUE(model->transformer->gated_ffn);
  EXPECT_TRUE(model->layout->tied_head);
  const auto config = read_hf_config(R"({"model_type": "llama", "hidden_size": 32, "intermediate_size": 64,
    "num_attention_heads": 2, "num_hidden_layers": 1, "num_key_value_heads": 1, "vocab_size": 8,
    "max_position_embeddings": 64, "tie_word_embeddings": true})",
                                     "c");
  ProfileOptions options;
  options.sequence_length = 16;
  for (const auto pass :
       {ProfileOptions::Pass::kForward, ProfileOptions::Pass::kDecode, ProfileOptions::Pass::kTraining}) {
    options.pass = pass;
    EXPECT_DOUBLE_EQ(profile(*model, options)->flops, profile(*config, options)->flops);
  }
}

TEST(Gguf, SaysWhereItIsWrong) {
  const std::string good = seed("gguf/llama");
  const auto error = [](const std::string& bytes) {
    const auto file = read_gguf(bytes, "m.gguf");
    return file ? std::string("no error") : to_string(file.error());
  };
  const auto with = [&](std::size_t at, std::string_view bytes) {
    std::string out = good;
    out.replace(at, bytes.size(), bytes);
    return out;
  };
  using namespace std::string_view_literals;
  EXPECT_THAT(error(with(4, "\0\0\0\3"sv)), HasSubstr("big-endian"));
  EXPECT_THAT(error(with(4, "\7\0\0\0"sv)), HasSubstr("at byte 4: GGUF version 7"));
  EXPECT_THAT(error(with(8, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"sv)), HasSubstr("can't fit in"));
  EXPECT_THAT(error(with(16, "\0\0\0\1"sv)), HasSubstr("can't fit in"));
  for (std::size_t cut = 0; cut < good.size(); cut += 7) {
    EXPECT_THAT(error(good.substr(0, cut)), HasSubstr("at byte")) << cut;
  }
  const std::size_t dims = good.find("blk.0.attn_q.weight") + 19;  // its number of dimensions
  EXPECT_THAT(error(with(dims, "\5\0\0\0"sv)), HasSubstr("5 dimensions"));
  EXPECT_THAT(error(with(dims + 4, "\0\0\0\0\0\0\0\x10"sv)), HasSubstr("larger than 2^62"));
  EXPECT_THAT(error(with(dims + 4, "\x21"sv)), HasSubstr("don't divide into Q8_0 blocks of 32"));
  EXPECT_THAT(error(with(dims + 20, "\x1F"sv)), HasSubstr("unknown type 31"));
  EXPECT_THAT(error(with(dims + 24, "\0\0"sv)), HasSubstr("overlaps"));
  EXPECT_THAT(error(with(dims + 24, "\1"sv)), HasSubstr("no multiple of 32"));
  EXPECT_THAT(error(with(dims + 30, "\1"sv)), HasSubstr("past the end"));
}

TEST(Gguf, ReadsARealVocabulary) {
  const auto text = testing::shared_file("models/files/gguf/ggml-vocab-phi-3.gguf");
  if (!text) GTEST_SKIP() << "set BERTH_SHARED to the folder of shared test data";
  const auto file = read_gguf(*text, "v.gguf");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->length("tokenizer.ggml.tokens"), 32064U);
}

}  // namespace
}  // namespace berth
