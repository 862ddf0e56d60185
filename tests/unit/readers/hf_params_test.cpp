// Every published parameter count against what berth counts from the config; where a count is that of a file, what
// the file holds beyond the model. The table is printed by
//   test_readers --gtest_filter='HfParams.*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "core/node.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

fs::path shared_models() {
  const char* given = std::getenv("BERTH_SHARED");
  return (given != nullptr ? fs::path(given) : fs::path(BERTH_SOURCE_DIR) / "../shared") / "models";
}

struct Case {
  std::string name;
  std::optional<std::int64_t> expected;
  std::optional<std::int64_t> active;
  std::string counts;
  std::string confidence;
};

std::string text_of(const Node& row, const char* key) {
  const Node* node = row.find(key);
  return node != nullptr && node->is(Node::Kind::kString) ? node->as_string() : "";
}

std::optional<std::int64_t> number_of(const Node& row, const char* key) {
  const Node* node = row.find(key);
  if (node == nullptr || !node->is_number()) return std::nullopt;
  return static_cast<std::int64_t>(node->number());
}

std::vector<Case> read_cases(const fs::path& file) {
  std::vector<Case> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto row = parse_document(line, file.string(), Syntax::kJson);
    if (!row) continue;
    out.push_back({text_of(*row, "name"), number_of(*row, "params_total"), number_of(*row, "params_active"),
                   text_of(*row, "counts"), text_of(*row, "confidence")});
  }
  return out;
}

// What a file of this type may hold or lack, worked out from the config, that makes up the whole difference: the
// smallest choice of such things; empty when none does.
std::string explanation(const Model& model, std::int64_t difference) {
  const std::vector<FileExtra>& extras = model.file_extras;
  std::string best;
  int fewest = 99;
  for (unsigned chosen = 1; chosen < 1U << extras.size(); ++chosen) {
    std::int64_t sum = 0;
    int count = 0;
    std::string text;
    for (std::size_t i = 0; i < extras.size(); ++i) {
      if ((chosen >> i & 1U) == 0) continue;
      sum += extras[i].elements;
      ++count;
      text += (text.empty() ? "" : " and ") + fmt::format("{} ({:+})", extras[i].what, extras[i].elements);
    }
    if (sum != difference || count >= fewest) continue;
    fewest = count;
    best = text;
  }
  return best;
}

// What one row of the table says.
std::string verdict(const Case& c, const Result<Model>& model) {
  if (!model) return "refused: " + model.error().message;
  if (!c.expected) return "no published count";
  if (model->parameters == *c.expected) return "equal";
  if (const std::string why = explanation(*model, *c.expected - model->parameters); !why.empty()) {
    return "the file holds: " + why;
  }
  const double off = 100.0 * (static_cast<double>(model->parameters) / static_cast<double>(*c.expected) - 1);
  return fmt::format("{:+} ({:+.2f} %)", model->parameters - *c.expected, off);
}

TEST(HfParams, EqualPublishedCounts) {
  const fs::path folder = shared_models();
  if (!fs::exists(folder / "hf_params.jsonl")) {
    GTEST_SKIP() << "no " << folder / "hf_params.jsonl"
                 << ": set BERTH_SHARED to the folder of shared test data";
  }
  int logical = 0;
  int equal = 0;
  int files = 0;
  int explained = 0;
  int refused = 0;
  const std::vector<Case> cases = read_cases(folder / "hf_params.jsonl");
  ASSERT_FALSE(cases.empty());
  fmt::print("{:<46} {:<8} {:>16} {:>16}  {}\n", "model", "counts", "published", "berth", "verdict");
  for (const Case& c : cases) {
    const Result<Model> model = read_model((folder / "hf_configs" / c.name).string());
    const bool must = c.counts == "logical" && c.confidence != "rounded" && c.expected;
    const std::string said = verdict(c, model);
    logical += must ? 1 : 0;
    equal += must && said == "equal" ? 1 : 0;
    refused += model ? 0 : 1;
    if (c.counts == "file" || c.counts == "unclear") {
      ++files;
      explained += said == "equal" || said.starts_with("the file holds") ? 1 : 0;
    }
    const std::string counts = c.confidence == "rounded" ? "rounded" : c.counts.empty() ? "-" : c.counts;
    fmt::print("{:<46} {:<8} {:>16} {:>16}  {}\n", c.name, counts, c.expected ? fmt::format("{}", *c.expected) : "-",
               model ? fmt::format("{}", model->parameters) : "-", said);
    if (must) {
      EXPECT_EQ(said, "equal") << c.name;
    }
    if (counts == "rounded" && model) {
      EXPECT_NEAR(static_cast<double>(model->parameters) / static_cast<double>(*c.expected), 1, 0.07) << c.name;
    }
  }
  fmt::print("logical: {} of {} equal; files: {} of {} explained to the last element; {} of {} configs read\n", equal,
             logical, explained, files, static_cast<int>(cases.size()) - refused, cases.size());
  EXPECT_EQ(refused, 0);
}

// One description, three passes. For 512 tokens: training does three products for each of a forward pass, and 3.5
// where attention is fused; decoding does for one token at most what the forward pass does for all.
TEST(HfParams, GiveOperatorsForEveryPass) {
  const fs::path folder = shared_models() / "hf_configs";
  if (!fs::exists(folder)) GTEST_SKIP() << "set BERTH_SHARED to the folder of shared test data";
  std::map<std::string, std::string> types;
  int configs = 0;
  fmt::print("{:<28} {:>10} {:>10} {:>12} {:>12} {:>12}  (512 tokens; of each type the first config)\n", "model type",
             "parameters", "active", "forward", "decode", "training");
  for (const auto& entry : fs::directory_iterator(folder)) {
    const Result<Model> model = read_model(entry.path().string());
    ASSERT_TRUE(model) << to_string(model.error());
    ++configs;
    ProfileOptions options;
    options.sequence_length = 512;
    std::map<ProfileOptions::Pass, double> macs;
    for (const auto pass :
         {ProfileOptions::Pass::kForward, ProfileOptions::Pass::kDecode, ProfileOptions::Pass::kTraining}) {
      options.pass = pass;
      const Result<Profile> found = profile(*model, options);
      ASSERT_TRUE(found) << entry.path() << to_string(found.error());
      macs[pass] = found->macs;
      const bool generates = model->layout->stacks.back().causal;
      EXPECT_EQ(found->operators.empty(), pass == ProfileOptions::Pass::kDecode && !generates) << entry.path();
    }
    const double forward = macs[ProfileOptions::Pass::kForward];
    EXPECT_GT(forward, 0) << entry.path();
    EXPECT_GE(macs[ProfileOptions::Pass::kTraining], 2.9 * forward) << entry.path();
    EXPECT_LE(macs[ProfileOptions::Pass::kTraining], 3.5 * forward) << entry.path();
    EXPECT_LE(macs[ProfileOptions::Pass::kDecode], forward) << entry.path();
    EXPECT_LE(model->active_parameters, model->parameters) << entry.path();
    types.emplace(model->architecture,
                  fmt::format("{:>8.2f} G {:>8.2f} G {:>10.2f} G {:>10.3f} G {:>10.2f} G",
                              static_cast<double>(model->parameters) / 1e9,
                              static_cast<double>(model->active_parameters) / 1e9, forward / 1e9,
                              macs[ProfileOptions::Pass::kDecode] / 1e9, macs[ProfileOptions::Pass::kTraining] / 1e9));
  }
  for (const auto& [type, line] : types) fmt::print("{:<28} {}\n", type, line);
  fmt::print("{} configs of {} types, three passes each\n", configs, types.size());
}

}  // namespace
}  // namespace berth
