// Files given beside a config fill in what it leaves to its launcher.
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/check/checking.hpp"

namespace berth {
namespace {

using berth::testing::check_text;
using berth::testing::real_findings;
using berth::testing::summary;

constexpr const char* kRecipe =
    "model_name_or_path: a/b\nlearning_rate: 1.0e-5\nnum_train_epochs: 1\nlr_scheduler_type: cosine\n"
    "per_device_train_batch_size: 3\ngradient_accumulation_steps: 1\nnum_generations: 8\nbf16: true\n";

bool fires(const FileReport& report, const std::string& rule) {
  const std::vector<Finding> found = real_findings(report);
  return std::any_of(found.begin(), found.end(), [&](const Finding& f) { return f.rule_id == rule; });
}

// 3 a device x 4 processes = 12 is no multiple of 8 generations; without the launcher's file nobody knows the
// processes.
TEST(Companions, AnAccelerateFileGivesTheProcesses) {
  CheckOptions options;
  EXPECT_FALSE(fires(check_text(kRecipe, "recipe.yaml", "{}", options), "BRT7214"));
  options.companions = {
      {"acc.yaml", "distributed_type: MULTI_GPU\nnum_processes: 4\nnum_machines: 1\nmixed_precision: bf16\n"}};
  const FileReport report = check_text(kRecipe, "recipe.yaml", "{}", options);
  EXPECT_TRUE(fires(report, "BRT7214")) << summary(report);
  for (const Finding& finding : report.findings) EXPECT_EQ(finding.span.file, "recipe.yaml");
}

TEST(Companions, ARuntimeGivesATrainJobsDevices) {
  constexpr const char* kJob =
      "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nmetadata: {name: a}\nspec:\n  runtimeRef: {name: r}\n"
      "  trainer: {numNodes: 2}\n";
  constexpr const char* kRuntime =
      "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: ClusterTrainingRuntime\nmetadata: {name: r}\nspec:\n  "
      "template:\n"
      "    spec:\n      replicatedJobs:\n        - name: node\n          template:\n            spec:\n              "
      "template:\n"
      "                spec:\n                  containers:\n                    - name: node\n"
      "                      resources: {limits: {nvidia.com/gpu: 8}}\n";
  const std::string hardware = R"({"hardware": {"device": "gpu", "sku": "H100-80GB", "per_node": 8, "nodes": 2}})";
  CheckOptions options;
  EXPECT_TRUE(fires(check_text(kJob, "job.yaml", hardware, options), "BRT7813"));
  options.companions = {{"runtime.yaml", kRuntime}};
  const FileReport report = check_text(kJob, "job.yaml", hardware, options);
  EXPECT_FALSE(fires(report, "BRT7813")) << summary(report);
}

}  // namespace
}  // namespace berth
