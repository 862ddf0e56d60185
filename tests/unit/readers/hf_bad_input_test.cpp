#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "berth/readers.hpp"

namespace berth {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto model = read_hf_config(text, "c.json");
  return model ? "no error" : to_string(model.error());
}

std::string llama_with(const std::string& more) {
  return "{\"model_type\": \"llama\", " + more + "}";
}

TEST(HfBadInput, IsLocatedAndSaysWhatIsWrong) {
  EXPECT_THAT(error_of(llama_with("\"hidden_size\": \"big\"")), HasSubstr("c.json:1:40: error: 'hidden_size'"));
  EXPECT_THAT(error_of(llama_with("\"hidden_size\": -4")), HasSubstr("found the number -4"));
  EXPECT_THAT(error_of(llama_with("\"hidden_size\": 1e300")), HasSubstr("'hidden_size' must be"));
  EXPECT_THAT(error_of(llama_with("\"hidden_size\": 4096.5")), HasSubstr("a whole number"));
  EXPECT_THAT(error_of(llama_with("\"hidden_size\": [4096]")), HasSubstr("'hidden_size' must be"));
  EXPECT_THAT(error_of(llama_with("\"num_attention_heads\": 0")), HasSubstr("'num_attention_heads' must be"));
  EXPECT_THAT(error_of(llama_with("\"num_attention_heads\": 3")), HasSubstr("no multiple of 3 heads"));
  EXPECT_THAT(error_of(llama_with("\"num_key_value_heads\": 5")), HasSubstr("can't share 5 key heads"));
  EXPECT_THAT(error_of(llama_with("\"tie_word_embeddings\": 1")), HasSubstr("must be true or false"));
  EXPECT_THAT(error_of(llama_with("\"layer_types\": [\"full_attention\"]")), HasSubstr("1 entries for 32 layers"));
  EXPECT_THAT(error_of(llama_with("\"quantization_config\": 4")), HasSubstr("must be an object"));
  EXPECT_THAT(error_of(llama_with("\"num_experts\": 4, \"num_experts_per_tok\": 2, \"intermediate_size\": 0")),
              HasSubstr("'moe_intermediate_size' is missing"));
  EXPECT_THAT(error_of("{\"model_type\": \"gemma2\"}"), HasSubstr("'hidden_size' is missing"));
  EXPECT_THAT(error_of("{\"model_type\": \"llava\"}"), HasSubstr("'vision_config' is missing"));
  EXPECT_THAT(error_of("{\"model_type\": 3}"), HasSubstr("'model_type' must be a text"));
  EXPECT_THAT(error_of("{\"model_type\": \"nemotron_h\", \"hidden_size\": 8, \"num_attention_heads\": 2, "
                       "\"intermediate_size\": 8, \"hybrid_override_pattern\": \"M?\"}"),
              HasSubstr("unknown block '?'"));
}

TEST(HfBadInput, NeverCrashes) {
  for (const char* text :
       {"", "{", "[]", "3", "null", "{}", "{\"architectures\": []}", "{\"architectures\": 1}", "{\"a\": \xff}",
        "{\"model_type\": \"vit\", \"image_size\": []}", "{\"model_type\": \"vit\", \"image_size\": [1e9, 1]}",
        "{\"model_type\": \"vit\", \"patch_size\": 10000}", "{\"model_type\": \"\"}"}) {
    EXPECT_NE(error_of(text), "no error") << text;
  }
}

TEST(HfBadInput, EnormousCountsStopAtTheLimit) {
  EXPECT_THAT(error_of(llama_with("\"hidden_size\": 100000000, \"num_attention_heads\": 1, \"vocab_size\": 100000000, "
                                  "\"num_hidden_layers\": 100000, \"intermediate_size\": 100000000")),
              HasSubstr("passes 2^62"));
}

TEST(HfBadInput, EveryTruncationIsAnError) {
  const std::string whole = R"({"model_type": "llama", "hidden_size": 64, "num_attention_heads": 4})";
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_NE(error_of(whole.substr(0, i)), "no error") << i;
}

}  // namespace
}  // namespace berth
