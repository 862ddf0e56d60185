#include "estimate/work_amount.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

TEST(TrainingSteps, ComeFromStepsItemsOrTokens) {
  Notes notes;
  Job job;
  EXPECT_FALSE(training_steps(job, 32, 1024, notes));
  job.dataset.tokens = 32.0 * 1024 * 100;
  EXPECT_EQ(training_steps(job, 32, 1024, notes), 100);
  job.epochs = 2;
  EXPECT_EQ(training_steps(job, 32, 1024, notes), 200);
  job.dataset.items = 33;
  EXPECT_EQ(training_steps(job, 32, 1024, notes), 3);  // 66 / 32, rounded up
  job.steps = 7;
  EXPECT_EQ(training_steps(job, 32, 1024, notes), 7);
}

TEST(ServingItems, AreThoseOfBatchJobs) {
  Notes notes;
  Job job;
  job.dataset.items = 1000;
  EXPECT_FALSE(serving_items(job, 0, notes));
  job.serving.emplace();
  job.serving->mode = "batch";
  EXPECT_EQ(serving_items(job, 0, notes), 1000);
}

TEST(Trials, MultiplyASearch) {
  Notes notes;
  Job job;
  EXPECT_EQ(trials(job, notes), 1);
  job.trials = 20;
  EXPECT_EQ(trials(job, notes), 20);
  EXPECT_EQ(notes.size(), 1U);
}

}  // namespace
}  // namespace berth::estimation
