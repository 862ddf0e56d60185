// Real files of other projects' repositories: what berth finds in them is a short list, each row confirmed by hand.
// The corpus is read from where it stands (shared.hpp); the test skips without it.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "unit/check/checking.hpp"
#include "unit/shared.hpp"

namespace berth {
namespace {

using berth::testing::real_findings;
using berth::testing::shared_file;
using berth::testing::shipped;
using nlohmann::json;

std::string row(const std::string& file, const std::string& rule, const std::string& key) {
  return file + " " + rule + " " + key;
}

TEST(OfficialExamples, HaveNoFindingsButThoseConfirmedByHand) {
  const auto index = shared_file("configs/corpus.json");
  if (!index) GTEST_SKIP() << "no shared corpus: set BERTH_SHARED";
  std::ifstream list(std::string(BERTH_SOURCE_DIR) + "/tests/unit/check/official_findings.json");
  const json confirmed = json::parse(list);
  std::multiset<std::string> expected;
  for (const json& one : confirmed["findings"]) {
    EXPECT_FALSE(one["confirmed"].get<std::string>().empty());
    expected.insert(row(one["file"], one["rule"], one["key"]));
  }
  std::multiset<std::string> found;
  const json files = json::parse(*index);
  for (const json& one : files) {
    const std::string name = one["file"];
    const auto text = shared_file("configs/corpus/" + name);
    ASSERT_TRUE(text) << name;
    const FileReport report = shipped().check(*text, name, CheckContext());
    EXPECT_FALSE(report.documents.empty()) << name;
    for (const Finding& finding : real_findings(report)) found.insert(row(name, finding.rule_id, finding.key_path));
  }
  EXPECT_EQ(found, expected);
  EXPECT_GE(files.size(), 483U);
}

}  // namespace
}  // namespace berth
