// What is taken over from a finished run is exactly what a run from nothing would find.
#include "recommend/what_if.hpp"

#include "recommend/flips.hpp"
#include "recommend/knobs.hpp"
#include "unit/recommend/fixture.hpp"

namespace berth {
namespace {

using testing::context;
using testing::finetune;
using testing::qualitative;
using testing::shipped_rules;

struct Base {
  Workload document;
  EstimateContext knowledge = context();
  RecommendOptions options;
  Session session;
  explicit Base(Workload from) : document(std::move(from)), session(document, shipped_rules(), knowledge, options) {
    session.keep_stages();
    EXPECT_TRUE(session.run(Detail::kAll));
  }
};

Outcome from_nothing(const Base& base, const FactChange& change) {
  Workload changed = base.document;
  if (!change_document(changed, change.fact, change.to)) return {};
  Session session(changed, shipped_rules(), base.knowledge, base.options);
  EXPECT_TRUE(session.run(Detail::kAll));
  return outcome_of(session.recommendation());
}

void hold_against_full_runs(Workload document) {
  Base base(std::move(document));
  WhatIf what_if(base.session);
  Knobs knobs(base.session);
  std::size_t tried = 0;
  for (const Knob& knob : knobs.all()) {
    std::size_t of_this = 0;
    for (const FactValue& value : knob.values) {
      if (++of_this > 4) break;  // the nearest
      const FactChange change{knob.path, knob.now, value};
      const Outcome full = from_nothing(base, change);
      const Result<Outcome> reused = what_if.run({&change, 1});
      ASSERT_TRUE(reused) << knob.path;
      EXPECT_EQ(*reused, full) << knob.path << " " << to_json(knob.now) << " -> " << to_json(value);
      if (!knobs.matters(knob, value)) {
        EXPECT_TRUE(difference(what_if.base(), full).empty()) << knob.path << " -> " << to_json(value);
      }
      ++tried;
    }
  }
  EXPECT_GE(tried, 10U);
}

TEST(WhatIf, AgreesWithFullRunsWhereEstimatesDecide) {
  hold_against_full_runs(finetune());
}

TEST(WhatIf, AgreesWithFullRunsWhereGuidelinesDecide) {
  hold_against_full_runs(qualitative());
}

TEST(WhatIf, RefusesWhatTheDocumentCanNotTake) {
  Base base(qualitative());
  WhatIf what_if(base.session);
  const FactChange no_key{"model.layers", {}, std::int64_t{3}};
  EXPECT_FALSE(what_if.run({&no_key, 1}));
  const FactChange wrong{"job.task", {}, true};
  EXPECT_FALSE(what_if.run({&wrong, 1}));
}

TEST(Flips, EveryOneComesOutOfAFullRun) {
  Base base(finetune());
  WhatIf what_if(base.session);
  const std::vector<WouldChange> flips = find_flips(base.session, what_if, {RecommendOptions::kDeepFlips, 20, nullptr});
  ASSERT_FALSE(flips.empty());
  for (const WouldChange& flip : flips) {
    EXPECT_NE(flip.from, flip.to);
    EXPECT_FALSE(flip.then.empty());
    EXPECT_FALSE(flip.minimal.empty());
  }
}

TEST(Flips, StayWithinTheirBudget) {
  Base base(finetune());
  WhatIf what_if(base.session);
  find_flips(base.session, what_if, {7, 5, nullptr});
  EXPECT_LE(what_if.spent(), 7);
}

TEST(Flips, GuidelinesTurnAtTheNearestValue) {
  // Three weeks on a CPU speak for TPUs (BRT1018: two weeks or more); without TensorFlow's plain operators known
  // the answer stays, other clouds than Google's rule TPUs out (BRT1104).
  Base base(qualitative());
  EXPECT_EQ(base.session.recommendation().accelerator.device_class, "tpu");
  WhatIf what_if(base.session);
  const std::vector<WouldChange> flips = find_flips(base.session, what_if, {RecommendOptions::kDeepFlips, 20, nullptr});
  const bool by_operators = std::any_of(flips.begin(), flips.end(), [](const WouldChange& flip) {
    return flip.fact == "model.custom_ops" && flip.to == "\"heavy_cpp\"";
  });
  EXPECT_TRUE(by_operators);
}

}  // namespace
}  // namespace berth
