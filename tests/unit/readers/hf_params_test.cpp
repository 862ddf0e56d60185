// Every published parameter count against what berth counts from the config. The table is printed by
//   test_readers --gtest_filter='HfParams.*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

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

// What one row of the table says.
std::string verdict(const Case& c, const Result<Model>& model) {
  if (!model) return "refused: " + model.error().message;
  if (!c.expected) return "no published count";
  if (model->parameters == *c.expected) return "equal";
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
  fmt::print("logical: {} of {} equal; {} of {} configs read\n", equal, logical,
             static_cast<int>(cases.size()) - refused, cases.size());
}

}  // namespace
}  // namespace berth
