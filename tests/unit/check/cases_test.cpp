// The known failures: the bad file of each kind yields a finding on a line of its key path, the good one
// yields none. The corpus is read from where it stands (shared.hpp); the test skips without it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "unit/check/checking.hpp"
#include "unit/shared.hpp"

namespace berth {
namespace {

using berth::testing::real_findings;
using berth::testing::shared_file;
using berth::testing::shipped;
using nlohmann::json;

std::string text_of(const std::string& path) {
  const auto text = shared_file("configs/" + path);
  EXPECT_TRUE(text) << path;
  return text.value_or("");
}

FileReport check(const std::string& file, const json& context) {
  const Result<CheckContext> parsed = parse_check_context(context.dump(), "context.json");
  EXPECT_TRUE(parsed) << file;
  return shipped().check(text_of(file), file, parsed ? *parsed : CheckContext());
}

// The lines of the keys that the corpus names: of the key, or of the nearest parent when it is missing.
bool on_key(const Finding& finding, const json& keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const json& key) { return finding.key_path == key; });
}

TEST(KnownFailures, BadFilesYieldTheirFindingAndGoodOnesNone) {
  const auto list = shared_file("configs/failures.jsonl");
  if (!list) GTEST_SKIP() << "no shared corpus: set BERTH_SHARED";
  std::istringstream lines(*list);
  int kinds = 0;
  int held = 0;
  std::string missed;
  for (std::string line; std::getline(lines, line);) {
    const json kind = json::parse(line);
    json context = json::parse(text_of(kind["files"]["context"]));
    const FileReport bad = check(kind["files"]["bad"], context);
    if (context.contains("good_hardware")) context["hardware"] = context["good_hardware"];
    const FileReport good = check(kind["files"]["good"], context);
    const std::vector<Finding> found = real_findings(bad);
    const auto hit =
        std::find_if(found.begin(), found.end(), [&](const Finding& f) { return on_key(f, kind["key_path"]); });
    const bool clean = real_findings(good).empty();
    const std::string name = kind["kind"];
    std::printf("%-32s %-9s %-9s %s\n", name.c_str(), hit == found.end() ? "MISSED" : hit->rule_id.c_str(),
                clean ? "clean" : "FALSE", hit == found.end() ? "" : hit->message.c_str());
    ++kinds;
    if (hit != found.end() && clean)
      ++held;
    else
      missed += name + " [" + berth::testing::summary(bad) + "] [" + berth::testing::summary(good) + "]\n";
  }
  std::printf("%d of %d kinds: found in the bad file, none in the good one\n", held, kinds);
  EXPECT_EQ(held, kinds) << missed;
  EXPECT_GE(kinds, 108);
}

}  // namespace
}  // namespace berth
