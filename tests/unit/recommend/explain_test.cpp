#include "berth/explain.hpp"

#include <gmock/gmock.h>

#include "unit/recommend/fixture.hpp"

namespace berth {
namespace {

using testing::context;
using testing::finetune;
using ::testing::HasSubstr;
using testing::qualitative;
using testing::shipped_rules;

Result<Explanation> ask(const Workload& workload, std::string_view question, std::string_view target) {
  RecommendOptions options;
  return explain(workload, shipped_rules(), context(), options, question, target);
}

TEST(Explain, NamesTheVetoAndTheLineOfItsFact) {
  Workload document = testing::workload(
      "model: {framework: tensorflow, custom_ops: in_training_loop}\n"
      "job: {task: train, time_on_cpu_s: 1814400}\n"
      "environment: {clouds: [gcp]}\n");
  const Result<Explanation> why_not = ask(document, "why_not", "tpu");
  ASSERT_TRUE(why_not);
  EXPECT_EQ(why_not->target, "accelerator.class=tpu");
  EXPECT_FALSE(why_not->chosen);
  EXPECT_THAT(why_not->summary, HasSubstr("BRT1110"));
  const auto veto = std::find_if(why_not->rules.begin(), why_not->rules.end(),
                                 [](const TracedRule& rule) { return rule.rule == "BRT1110"; });
  ASSERT_NE(veto, why_not->rules.end());
  ASSERT_EQ(veto->facts.size(), 1U);
  EXPECT_EQ(veto->facts[0].fact, "model.custom_ops");
  EXPECT_EQ(veto->facts[0].origin, "document");
  EXPECT_EQ(veto->facts[0].span.file, "job.yaml");
  EXPECT_EQ(veto->facts[0].span.line, 2);
  // The smallest change that makes it a TPU: plain operators.
  ASSERT_FALSE(why_not->would_change.empty());
  EXPECT_EQ(why_not->would_change[0].fact, "model.custom_ops");
}

TEST(Explain, SaysWhatThresholdsAreDerivedFrom) {
  const Result<Explanation> why = ask(qualitative(), "why", "accelerator.class");
  ASSERT_TRUE(why);
  EXPECT_TRUE(why->chosen);
  EXPECT_EQ(why->basis, "guideline");
  const auto weeks =
      std::find_if(why->rules.begin(), why->rules.end(), [](const TracedRule& rule) { return rule.rule == "BRT1018"; });
  ASSERT_NE(weeks, why->rules.end());
  EXPECT_EQ(weeks->leaves.size(), 2U);  // training, and the time; not the time on GPUs
  const auto limit = std::find_if(weeks->facts.begin(), weeks->facts.end(),
                                  [](const TracedFact& fact) { return fact.fact == "policy.long_training_s"; });
  ASSERT_NE(limit, weeks->facts.end());
  EXPECT_EQ(limit->origin, "rule");
  EXPECT_EQ(limit->from, "BRT1902");
}

TEST(Explain, ShowsTheBestCandidateThatLost) {
  const Result<Explanation> why_not = ask(finetune(), "why_not", "cpu");
  ASSERT_TRUE(why_not);
  EXPECT_EQ(why_not->basis, "estimate");
  EXPECT_FALSE(why_not->summary.empty());
  ASSERT_FALSE(why_not->candidates.empty());
  for (const TracedCandidate& candidate : why_not->candidates) {
    for (const TracedRule& rule : candidate.rules) EXPECT_FALSE(rule.leaves.empty()) << rule.rule;
  }
}

TEST(Explain, LeavesOpenWhatIsUnknown) {
  const Result<Explanation> why = ask(qualitative(), "why", "tpu");
  ASSERT_TRUE(why);
  const auto open = std::find_if(why->rules.begin(), why->rules.end(),
                                 [](const TracedRule& rule) { return rule.verdict == Verdict::kUndetermined; });
  ASSERT_NE(open, why->rules.end());
  EXPECT_FALSE(open->residual.empty());
}

TEST(Explain, RefusesWhatItDoesNotKnow) {
  const Result<Explanation> unknown = ask(qualitative(), "why", "tpuu");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean 'tpu'"));
}

}  // namespace
}  // namespace berth
