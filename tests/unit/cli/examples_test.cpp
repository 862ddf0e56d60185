// The documents in examples/ are answered, alike every time, and as the schemas say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/cli/run.hpp"
#include "unit/cli/validate.hpp"

namespace berth::test {
namespace {

using ::testing::IsEmpty;

TEST(Examples, AreAnsweredInBothFormats) {
  ASSERT_GE(example_documents().size(), 5U);
  for (const std::string& path : example_documents()) {
    const Outcome json = run({"recommend", path});
    EXPECT_EQ(json.code, 0) << path << "\n" << json.err;
    EXPECT_EQ(schema_errors(parsed(json.out), "recommendation"), "") << path;
    const Outcome text = run({"recommend", path, "--format", "text"});
    EXPECT_EQ(text.code, 0) << path;
    EXPECT_FALSE(text.out.empty()) << path;
  }
}

TEST(Examples, GiveTheSameBytesEveryTime) {
  for (const std::string& path : example_documents()) {
    EXPECT_EQ(run({"recommend", path}).out, run({"recommend", path}).out) << path;
  }
}

TEST(Examples, CandidatesCarryEstimatesOfTheSameForm) {
  const Outcome result = run({"recommend", source_path("examples/llama-3-8b/finetune.yaml")});
  const auto document = parsed(result.out);
  ASSERT_FALSE(document.at("candidates").empty());
  for (const auto& candidate : document.at("candidates")) {
    ASSERT_TRUE(candidate.contains("estimate"));
    EXPECT_EQ(schema_errors(candidate.at("estimate"), "estimate"), "");
  }
}

TEST(Examples, FixedHardwareIsEstimated) {
  const Outcome result = run({"estimate", source_path("examples/llama-3-8b/estimate.yaml")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(schema_errors(parsed(result.out), "estimate"), "");
}

TEST(Examples, ModelsAreProfiled) {
  for (const char* folder : {"examples/llama-3-8b", "examples/vit-serving"}) {
    const Outcome result = run({"profile", source_path(folder), "--operators"});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(schema_errors(parsed(result.out), "profile"), "") << folder;
    EXPECT_FALSE(parsed(result.out).at("operators").empty()) << folder;
  }
}

}  // namespace
}  // namespace berth::test
