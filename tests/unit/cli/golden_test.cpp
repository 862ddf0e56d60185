// tests/golden: whole outputs, compared to the byte. See tests/golden/README.md.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "unit/cli/run.hpp"

namespace berth::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> arguments_of(const std::string& folder) {
  std::istringstream stream(read_file(folder + "/args"));
  std::vector<std::string> out;
  for (std::string word; stream >> word;) {
    out.push_back(fs::exists(source_path(word)) ? source_path(word) : word);  // paths are of the project's root
  }
  return out;
}

// The stamp changes with every edit of a rule or a price; the answer should not.
std::string without_stamp(const std::string& text) {
  nlohmann::ordered_json document = nlohmann::ordered_json::parse(text, nullptr, false);
  EXPECT_FALSE(document.is_discarded()) << text;
  if (document.is_object()) document.erase("berth");
  return document.dump(2) + "\n";
}

TEST(Golden, OutputsAreAsReviewed) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(source_path("tests/golden"))) {
    if (!entry.is_directory()) continue;
    ++cases;
    const std::string folder = entry.path().string();
    const Outcome result = run(arguments_of(folder));
    EXPECT_EQ(result.code, 0) << folder << "\n" << result.err;
    const std::string actual = without_stamp(result.out);
    if (const char* update = std::getenv("BERTH_UPDATE_GOLDEN"); update != nullptr && *update == '1') {
      std::ofstream(folder + "/expected.json") << actual;
    }
    EXPECT_EQ(actual, read_file(folder + "/expected.json")) << folder;
  }
  EXPECT_GE(cases, 3);
}

}  // namespace
}  // namespace berth::test
