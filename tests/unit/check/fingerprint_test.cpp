// GitHub's line hash on the vectors of its own tests; baselines.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/check/checking.hpp"
#include "unit/shared.hpp"

namespace berth {
namespace {

TEST(LineHash, GivesGitHubsVectors) {
  const auto text = berth::testing::shared_file("bench/linehash_vectors.json");
  if (!text) GTEST_SKIP() << "no shared corpus: set BERTH_SHARED";
  const nlohmann::json vectors = nlohmann::json::parse(*text);
  for (const auto& vector : vectors["cases"]) {
    EXPECT_EQ(line_hashes(vector["input"].get<std::string>()), vector["hashes"].get<std::vector<std::string>>());
  }
  EXPECT_EQ(vectors["cases"].size(), 8U);
}

// From GitHub's test: " a\nb\n  \t\tc\n d" -> four lines.
TEST(LineHash, SkipsBlanksAndCountsOccurrences) {
  const std::vector<std::string> hashes = line_hashes(" a\nb\n  \t\tc\n d");
  ASSERT_EQ(hashes.size(), 4U);
  EXPECT_EQ(hashes[0], "271789c17abda88f:1");
  EXPECT_EQ(hashes[3], "a23a3dc5e078b07b:1");
  EXPECT_EQ(line_hashes(""), std::vector<std::string>{"c129715d7a2bc9a3:1"});
}

Finding finding(int line) {
  Finding out;
  out.rule_id = "BRT7101";
  out.span = {"a.json", line, 1, line, 2};
  out.key_path = "fp16.enabled";
  out.value = "true";
  return out;
}

TEST(Baseline, MatchesWithMultiplicityWhateverTheLine) {
  FileReport before;
  before.file = "a.json";
  before.findings = {finding(3)};
  const std::string text = write_baseline({&before, 1});
  std::vector<FileReport> now(1);
  now[0].file = "a.json";
  now[0].findings = {finding(7), finding(9)};
  const auto stale = apply_baseline(now, text, "baseline.jsonl");
  ASSERT_TRUE(stale);
  EXPECT_TRUE(stale->empty());
  EXPECT_EQ(now[0].findings[0].baseline, BaselineState::kUnchanged);
  EXPECT_EQ(now[0].findings[1].baseline, BaselineState::kNew);  // one known, two found
  std::vector<FileReport> mended(1);
  const auto gone = apply_baseline(mended, text, "baseline.jsonl");
  ASSERT_TRUE(gone);
  ASSERT_EQ(gone->size(), 1U);
  EXPECT_EQ(gone->front().rule, "BRT7101");
}

TEST(Baseline, SaysWhichLineIsWrong) {
  std::vector<FileReport> reports;
  const auto result = apply_baseline(reports, "\n{\"rule\": 3}\n", "b.jsonl");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().span.line, 2);
}

}  // namespace
}  // namespace berth
