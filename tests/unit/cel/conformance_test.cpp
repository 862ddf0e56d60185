#include <gtest/gtest.h>

#include "cel/cases.hpp"
#include "unit/shared.hpp"

namespace berth::cel {
namespace {

TEST(Conformance, RunsTheCasesOfCelSpec) {
  const auto text = berth::testing::shared_file("cel/cel_conformance.json");
  if (!text) GTEST_SKIP() << "the corpus of cel-spec is not here (BERTH_SHARED)";
  const Result<CaseReport> report = run_cases(*text, "cel_conformance.json");
  ASSERT_TRUE(report);
  for (const std::string& failure : report->failures) ADD_FAILURE() << failure;
  for (const TierCount& tier : report->tiers) {
    std::cout << to_string(tier) << "\n";
  }
}

}  // namespace
}  // namespace berth::cel
