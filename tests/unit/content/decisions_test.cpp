// What the shipped rules decide for documents without a model: guidelines alone, no estimate.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "berth/rules.hpp"
#include "facts/facts.hpp"
#include "unit/facts/fixture.hpp"

namespace berth {
namespace {

using testing::document_sheet;
using testing::read_workload;
using testing::shipped_rules;

// A document judged as recommend() judges one without candidates: once for the class and the placement,
// once more for what follows from them.
struct Case {
  FactSheet sheet;
  Evaluation evaluation;

  explicit Case(const std::string& document)
      : sheet(document_sheet(read_workload("schema: berth/workload/v1\n" + document))) {
    evaluation = shipped_rules().evaluate(sheet, Scope::kWorkload);
    ChosenFacts chosen;
    chosen.device_class = decision("accelerator.class").chosen;
    chosen.placement_mode = decision("placement.mode").chosen;
    EXPECT_TRUE(add_chosen_facts(sheet, chosen));
    evaluation = shipped_rules().evaluate(sheet, Scope::kWorkload);
  }
  [[nodiscard]] const Decision& decision(std::string_view dimension) const {
    for (const Decision& decision : evaluation.decisions) {
      if (decision.dimension == dimension) return decision;
    }
    std::abort();
  }
  [[nodiscard]] std::string chosen(std::string_view dimension) const { return decision(dimension).chosen; }
  [[nodiscard]] bool collects(std::string_view dimension, const std::string& option) const {
    const auto& all = decision(dimension).collected;
    return std::find(all.begin(), all.end(), option) != all.end();
  }
  [[nodiscard]] bool fired(std::string_view rule) const {
    for (const RuleOutcome& outcome : evaluation.outcomes) {
      if (outcome.rule->name == rule) return outcome.verdict == Verdict::kFired;
    }
    return false;
  }
};

const char* const kNotebook =
    "model: {framework: other, needs_high_precision: true, massively_parallel: true}\n"
    "job: {task: prototype, interactive: true}\n"
    "environment: {clouds: [gcp]}\n";
const char* const kTpuGiven =
    "model: {framework: tensorflow}\n"
    "job: {task: train, synchronous: true}\n"
    "environment: {clouds: [gcp], accelerator: tpu}\n";
const char* const kFarUsers =
    "model: {framework: tensorflow}\n"
    "job: {task: serve, serving: {mode: online, latency_p99_s: 0.05}}\n"
    "environment: {clouds: [gcp], users: [{distance_km: 4800}, {distance_km: 8000}]}\n";
const char* const kSensors =
    "job: {task: serve}\n"
    "environment: {clouds: [gcp], edge: {sensors: 12, sample_rate_per_s: 1, measurements: 3, aggregate: mean, "
    "window_s: 60, "
    "uplink_reliable: false, raw_data_needed_centrally: false}}\n";
const char* const kBuilding =
    "job: {task: serve}\n"
    "environment: {clouds: [gcp], edge: {sensors: 200, sample_rate_per_s: 0.2, closed_loop_control: true}}\n";
const char* const kVehicle =
    "model: {framework: tensorflow}\n"
    "job: {task: serve, precision: int8, serving: {mode: online, latency_p99_s: 0.03}}\n"
    "environment: {clouds: [gcp], edge: {closed_loop_control: true, uplink_reliable: false, power_w: 10}}\n";
const char* const kWeeksOnCpu =
    "model: {framework: tensorflow, custom_ops: none}\n"
    "job: {task: train, time_on_cpu_s: 1814400}\n"
    "environment: {clouds: [gcp]}\n";
const char* const kFortran =
    "model: {framework: fortran, source_access: binary_only, needs_high_precision: true, massively_parallel: true}\n"
    "job: {task: train}\n"
    "environment: {clouds: [gcp]}\n";

TEST(Decisions, ParallelHighPrecisionPrototypeGoesToOneMachineWithGpu) {
  const Case c(kNotebook);
  EXPECT_EQ(c.chosen("accelerator.class"), "gpu");
  EXPECT_TRUE(c.decision("accelerator.class").decided);
  EXPECT_EQ(c.chosen("distribution.mode"), "single_machine");
  EXPECT_EQ(c.chosen("accelerator.precision"), "fp64");
  EXPECT_TRUE(c.collects("placement.component", "notebook"));
}

TEST(Decisions, TensorflowOnGivenTpusUsesTpuStrategy) {
  const Case c(kTpuGiven);
  EXPECT_EQ(c.chosen("accelerator.class"), "tpu");
  EXPECT_EQ(c.chosen("distribution.strategy"), "TPUStrategy");
  EXPECT_EQ(c.chosen("placement.where"), "Cloud TPU VM");
  EXPECT_EQ(c.chosen("distribution.resource"), "TrainJob");
}

TEST(Decisions, FarUsersAreALatencyProblemAndNoOther) {
  const Case c(kFarUsers);
  EXPECT_EQ(c.decision("problem").collected, std::vector<std::string>{"latency"});
  EXPECT_EQ(c.chosen("serving.mode"), "online");
  EXPECT_EQ(c.chosen("serving.rollout"), "canary");
}

TEST(Decisions, SensorsBehindAWeakLinkAreAveragedAtTheGateway) {
  const Case c(kSensors);
  EXPECT_EQ(c.chosen("placement.mode"), "hybrid");
  for (const char* role : {"aggregation", "ingestion", "stream_processing", "warehouse", "gateway", "edge_device"}) {
    EXPECT_TRUE(c.collects("placement.component", role)) << role;
  }
  EXPECT_TRUE(c.collects("placement.checklist", "buffer_offline"));
}

TEST(Decisions, BuildingControlHasThreeParts) {
  const Case c(kBuilding);
  EXPECT_EQ(c.chosen("placement.mode"), "edge");
  for (const char* role : {"edge_device", "gateway", "ingestion", "device_management"}) {
    EXPECT_TRUE(c.collects("placement.component", role)) << role;
  }
  EXPECT_TRUE(c.collects("placement.checklist", "authenticate"));
}

TEST(Decisions, VehiclesAnswerAtTheEdge) {
  const Case c(kVehicle);
  EXPECT_EQ(c.chosen("placement.mode"), "edge");
  EXPECT_TRUE(c.decision("placement.mode").decided);
  EXPECT_EQ(c.chosen("accelerator.class"), "edge");
  EXPECT_EQ(c.chosen("serving.engine"), "litert");
  EXPECT_EQ(c.chosen("placement.where"), "edge devices");
  EXPECT_TRUE(c.fired("control-over-unreliable-link"));
}

TEST(Decisions, PlainTensorflowThatTakesWeeksGoesToTpus) {
  const Case c(kWeeksOnCpu);
  EXPECT_EQ(c.chosen("accelerator.class"), "tpu");
  EXPECT_EQ(c.chosen("distribution.strategy"), "TPUStrategy");
  EXPECT_EQ(c.chosen("distribution.mode"), "distributed");
  // Operators that TPUs lack would rule it out; the document doesn't say.
  const auto& missing = c.decision("accelerator.class").missing;
  EXPECT_NE(std::find(missing.begin(), missing.end(), "model.unsupported_tpu_ops"), missing.end());
}

TEST(Decisions, CompiledFortranGoesToGpusOnVirtualMachines) {
  const Case c(kFortran);
  EXPECT_EQ(c.chosen("accelerator.class"), "gpu");
  EXPECT_TRUE(c.decision("accelerator.class").decided);
  EXPECT_EQ(c.chosen("placement.where"), "Compute Engine");
  EXPECT_TRUE(c.fired("tpu-not-for-binaries"));
}

// Removing a fact may leave a decision open, and may then change the best option so far; it never turns one
// settled answer into another.
TEST(Decisions, RemovingAFactNeverFlipsADecisionSilently) {
  for (const char* document : {kNotebook, kTpuGiven, kFarUsers, kSensors, kBuilding, kVehicle, kWeeksOnCpu, kFortran}) {
    const Case full(document);
    for (const FactInfo& fact : shipped_rules().facts()) {
      if (full.sheet.get(fact.path) == nullptr || fact.path.starts_with("policy.")) continue;
      FactSheet less(full.sheet);
      ASSERT_TRUE(less.clear(fact.path));
      const Evaluation evaluation = shipped_rules().evaluate(less, Scope::kWorkload);
      for (std::size_t i = 0; i < evaluation.decisions.size(); ++i) {
        const Decision& before = full.evaluation.decisions[i];
        const Decision& after = evaluation.decisions[i];
        if (!after.decided || !before.decided) continue;
        EXPECT_EQ(after.chosen, before.chosen) << after.dimension << " without " << fact.path << "\n" << document;
        EXPECT_EQ(after.collected, before.collected) << after.dimension << " without " << fact.path << "\n" << document;
      }
    }
  }
}

// The size of the machine for one trial speaks for modes of its own: one device 5, no less than trials in parallel.
TEST(Decisions, SearchStaysParallelWhenAMachineIsChosen) {
  Case search("model: {framework: pytorch}\njob: {task: search, trials: 20}\nenvironment: {clouds: [gcp]}\n");
  EXPECT_EQ(search.chosen("distribution.mode"), "parallel_trials");
  for (const std::int64_t devices : {1, 4}) {
    ASSERT_TRUE(search.sheet.set("chosen.devices", devices));
    ASSERT_TRUE(search.sheet.set("chosen.machines", std::int64_t{1}));
    search.evaluation = shipped_rules().evaluate(search.sheet, Scope::kWorkload);
    EXPECT_EQ(search.chosen("distribution.mode"), "parallel_trials") << devices;
  }
}

}  // namespace
}  // namespace berth
