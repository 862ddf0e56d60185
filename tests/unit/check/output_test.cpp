// Suppressions, selection, and the forms of the output.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "berth/check_report.hpp"
#include "check/suppressions.hpp"
#include "unit/check/checking.hpp"

namespace berth {
namespace {

using berth::testing::check_text;
using berth::testing::shipped;
using berth::testing::summary;

constexpr const char* kTune =
    "output_dir: /tmp/run\nmodel:\n  _component_: torchtune.models.llama3.llama3_8b\noptimizer:\n  _component_: "
    "torch.optim.AdamW\nbatch_size: 2\ndtype: fp16";

const CheckStamp kStamp{"0.1.0", "0123456789abcdef", "2026-11-24"};

TEST(Suppressions, NeedAReason) {
  EXPECT_EQ(summary(check_text(std::string(kTune) + "\n", "c.yaml")), "BRT7116 7 dtype");
  const FileReport silent =
      check_text(std::string(kTune) + "  # berth: ignore[BRT7116] a fork with loss scaling\n", "c.yaml");
  ASSERT_EQ(berth::testing::real_findings(silent).size(), 1U);
  EXPECT_TRUE(berth::testing::real_findings(silent)[0].suppressed);
  EXPECT_EQ(berth::testing::real_findings(silent)[0].suppression_reason, "a fork with loss scaling");
  const FileReport bare = check_text(std::string(kTune) + "  # berth: ignore[BRT7116]\n", "c.yaml");
  EXPECT_EQ(summary(bare).substr(0, 7), "BRT7116");
  EXPECT_NE(summary(bare).find("BRT9001 7"), std::string::npos);
}

TEST(Suppressions, ExpireAndAreReportedWhenUnused) {
  CheckOptions options;
  options.today = "2026-11-24";
  const std::string text = std::string(kTune) + "  # berth: ignore[BRT7116] soon gone until=2026-01-01\n";
  EXPECT_NE(summary(check_text(text, "c.yaml", "{}", options)).find("BRT9003"), std::string::npos);
  const std::string unused = "# berth: ignore-file[BRT7101] was a DeepSpeed file once\n" + std::string(kTune) + "\n";
  EXPECT_NE(summary(check_text(unused, "c.yaml")).find("BRT9002 1"), std::string::npos);
}

TEST(Suppressions, OfJsonStandInAFile) {
  CheckOptions options;
  options.suppression_file =
      "[[ignore]]\nfile = \"*.json\"\nrules = [\"BRT7101\"]\nkey = \"fp16.enabled\"\nreason = \"a test file\"\n";
  options.suppression_file_name = ".berth.toml";
  const FileReport report = check_text(
      "{\"train_batch_size\": 8, \"fp16\": {\"enabled\": true}, \"bf16\": {\"enabled\": true}, \"zero_optimization\": "
      "{}}",
      "ds/a.json", "{}", options);
  ASSERT_FALSE(berth::testing::real_findings(report).empty());
  EXPECT_TRUE(berth::testing::real_findings(report)[0].suppressed);
}

TEST(Globs, StayWithinAFolderUnlessTold) {
  using checking::matches;
  EXPECT_TRUE(matches("configs/*.json", "configs/a.json"));
  EXPECT_FALSE(matches("configs/*.json", "configs/b/a.json"));
  EXPECT_TRUE(matches("configs/**", "configs/b/a.json"));
  EXPECT_TRUE(matches("*.json", "configs/b/a.json"));
  EXPECT_FALSE(matches("*.yaml", "configs/b/a.json"));
}

TEST(Output, TextHasTheLineAndACaret) {
  const std::vector<FileReport> reports = {check_text(std::string(kTune) + "\n", "c.yaml")};
  const std::string text = check_report("text", reports, shipped(), kStamp);
  EXPECT_NE(
      text.find("c.yaml:7:8: error: torchtune trains in bf16 or fp32; dtype is fp16 [BRT7116]\n  7 | dtype: fp16\n"
                "    |        ^^^^\n"),
      std::string::npos)
      << text;
}

TEST(Output, SarifPlacesEveryResult) {
  const std::vector<FileReport> reports = {check_text(std::string(kTune) + "\n", "./dir/c d.yaml")};
  const auto sarif = nlohmann::json::parse(check_report("sarif", reports, shipped(), kStamp));
  const auto& run = sarif["runs"][0];
  ASSERT_EQ(run["results"].size(), 1U);
  const auto& result = run["results"][0];
  EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"], "BRT7116");
  const auto& place = result["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "dir/c%20d.yaml");
  EXPECT_EQ(place["region"]["startLine"], 7);
  EXPECT_EQ(place["region"]["startColumn"], 8);
  EXPECT_EQ(place["region"]["endColumn"], 12);
  EXPECT_TRUE(result["partialFingerprints"].contains("primaryLocationLineHash"));
  const auto open = nlohmann::json::parse(check_report("sarif", reports, shipped(), kStamp, OpenFindings::kShown));
  for (const auto& one : open["runs"][0]["results"]) {
    if (one.value("kind", "") == "open") {
      EXPECT_EQ(one["level"], "none");
    }
    EXPECT_GE(one["locations"][0]["physicalLocation"]["region"]["startLine"].get<int>(), 1);
  }
}

TEST(Output, GitHubEscapesPropertiesAndMessages) {
  FileReport report;
  report.file = "a,b:c.yaml";
  report.text = "x: 1\n";
  Finding finding;
  finding.rule_id = "BRT7101";
  finding.rule_name = "n";
  finding.level = Severity::kError;
  finding.message = "50% of\nit";
  finding.span = {"a,b:c.yaml", 1, 1, 1, 2};
  report.findings.push_back(finding);
  EXPECT_EQ(check_report("github", {&report, 1}, shipped(), kStamp),
            "::error file=a%2Cb%3Ac.yaml,line=1,col=1,endLine=1,endColumn=2,title=BRT7101 n::50%25 of%0Ait\n");
}

TEST(Output, GitLabFingerprintsAreUnique) {
  FileReport report;
  report.file = "a.yaml";
  Finding finding;
  finding.rule_id = "BRT7101";
  finding.span = {"a.yaml", 1, 1, 1, 1};
  report.findings = {finding, finding};
  const auto list = nlohmann::json::parse(check_report("gitlab", {&report, 1}, shipped(), kStamp));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_NE(list[0]["fingerprint"], list[1]["fingerprint"]);
}

TEST(Output, JunitIsOneSuiteAFile) {
  const std::vector<FileReport> reports = {check_text(std::string(kTune) + "\n", "c.yaml")};
  const std::string xml = check_report("junit", reports, shipped(), kStamp);
  EXPECT_NE(xml.find("<testsuite name=\"c.yaml\""), std::string::npos);
  EXPECT_NE(xml.find("<failure message=\"torchtune trains"), std::string::npos);
}

TEST(Output, DiffIsUnified) {
  EXPECT_EQ(text_diff("a\nb\nc\n", "a\nx\nc\n", "f"), "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
  EXPECT_EQ(text_diff("a\n", "a\n", "f"), "");
}

TEST(Selection, TakesPrefixesAndNames) {
  CheckOptions options;
  options.select = {"BRT72"};
  EXPECT_EQ(summary(check_text(std::string(kTune) + "\n", "c.yaml", "{}", options)), "");
  options.select = {"torchtune-fp16"};
  EXPECT_EQ(summary(check_text(std::string(kTune) + "\n", "c.yaml", "{}", options)), "BRT7116 7 dtype");
  options.ignore = {"BRT7"};
  EXPECT_EQ(summary(check_text(std::string(kTune) + "\n", "c.yaml", "{}", options)), "");
}

TEST(OpenFindings, SayWhichFactsAreMissing) {
  const FileReport report = check_text(
      "{\"train_batch_size\": 8, \"bf16\": {\"enabled\": true}, \"zero_optimization\": {\"stage\": 1}}", "ds.json");
  bool found = false;
  for (const Finding& finding : report.findings) {
    if (finding.rule_id != "BRT7106") continue;
    found = true;
    EXPECT_EQ(finding.level, Severity::kOpen);
    EXPECT_FALSE(finding.missing.empty());
    EXPECT_EQ(finding.message.substr(0, 18), "not checked: needs");
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace berth
