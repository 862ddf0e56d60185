// cel-go's own answers on parsing, checking and partial evaluation (shared corpora, skipped where absent).
#include <gtest/gtest.h>

#include "cel/cases.hpp"
#include "unit/shared.hpp"

namespace berth::cel {
namespace {

// Fails for every case that fails; prints the tiers. Nothing where the corpus is absent.
std::optional<CaseReport> run_corpus(const std::string& name) {
  const auto text = berth::testing::shared_file("cel/" + name);
  if (!text) return std::nullopt;
  Result<CaseReport> report = run_cases(*text, name);
  if (!report) {
    ADD_FAILURE() << berth::to_string(report.error());
    return CaseReport();
  }
  for (const std::string& failure : report->failures) ADD_FAILURE() << failure;
  for (const TierCount& tier : report->tiers) std::cout << to_string(tier) << "\n";
  return std::move(*report);
}

int run_of(const CaseReport& report, std::string_view name) {
  for (const TierCount& tier : report.tiers) {
    if (tier.tier == name) return tier.values + tier.errors + tier.types;
  }
  return 0;
}

TEST(GoCorpus, AgreesOnSyntaxErrorsAndTypes) {
  const auto report = run_corpus("cel_go_parse_check.json");
  if (!report) GTEST_SKIP() << "cel-go's cases are not here (BERTH_SHARED)";
  EXPECT_GE(run_of(*report, "syntax"), 156);
  EXPECT_GE(run_of(*report, "types"), 62);
}

TEST(GoCorpus, AgreesOnWhatStaysUnknown) {
  const auto report = run_corpus("cel_partial.json");
  if (!report) GTEST_SKIP() << "cel-go's pruning cases are not here (BERTH_SHARED)";
  EXPECT_GE(run_of(*report, "partial"), 52);
}

}  // namespace
}  // namespace berth::cel
