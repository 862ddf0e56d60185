#include "unit/facts/fixture.hpp"

namespace berth {
namespace {

using testing::read_workload;
using testing::shipped_rules;
using testing::value;

Device edge_tpu() {
  Device device;
  device.id = "coral-edgetpu-usb";
  device.device_class = DeviceClass::kEdge;
  device.on_chip_memory = Bytes(8'000'000);
  device.power = Watts(2);
  device.dtypes = {DType::kInt8};
  device.peak[static_cast<std::size_t>(DType::kInt8)] = FlopsPerSecond(4e12);
  device.frameworks = {"LiteRT/TFLite + edgetpu_compiler"};
  device.inference_only = true;
  device.status = "legacy";
  return device;
}

Estimate five_milliseconds() {
  Estimate estimate;
  estimate.memory.emplace();
  estimate.memory->breakdown_bytes = {{"weights", 6e6}};
  estimate.memory->fits = Fits::kYes;
  estimate.time.emplace();
  estimate.time->latency_s = Interval{0.004, 0.005, 0.006};
  return estimate;
}

const char* const kFarUsers =
    "schema: berth/workload/v1\n"
    "model: {framework: tensorflow}\n"
    "job: {task: serve, precision: int8, serving: {mode: online, latency_p99_s: 0.03, preprocessing_s: 0.002}}\n"
    "environment: {users: [{name: far, distance_km: 1000}]}\n";

TEST(CandidateFacts, DescribeDeviceAndFit) {
  const Workload workload = read_workload(kFarUsers);
  FactSheet sheet(shipped_rules());
  ASSERT_TRUE(add_document_facts(sheet, workload));
  const Device device = edge_tpu();
  const Estimate estimate = five_milliseconds();
  Cluster cluster;
  cluster.device = device.id;
  ASSERT_TRUE(add_candidate_facts(sheet, {&device, nullptr, &cluster, &workload.job, &estimate}, workload, ""));
  EXPECT_EQ(value(sheet, "device.class"), "\"edge\"");
  EXPECT_EQ(value(sheet, "candidate.supports_precision"), "true");
  EXPECT_EQ(value(sheet, "candidate.supports_framework"), "true");
  EXPECT_EQ(value(sheet, "estimate.weights_fit_on_chip"), "true");  // 6 MB of weights, 8 MB on the chip
  EXPECT_EQ(value(sheet, "estimate.end_to_end_s"), "0.007");        // at the edge: 5 ms + 2 ms, no way
  EXPECT_EQ(value(sheet, "candidate.denied"), "false");
  EXPECT_EQ(value(sheet, "machine.cloud"), "unknown");
}

TEST(CandidateFacts, AddTheWayToCentralMachines) {
  const Workload workload = read_workload(kFarUsers);
  FactSheet sheet(shipped_rules());
  ASSERT_TRUE(add_document_facts(sheet, workload));
  Device device = edge_tpu();
  device.device_class = DeviceClass::kGpu;
  const Estimate estimate = five_milliseconds();
  ASSERT_TRUE(add_candidate_facts(sheet, {&device, nullptr, nullptr, &workload.job, &estimate}, workload, ""));
  const FactValue* total = sheet.get("estimate.end_to_end_s");
  ASSERT_NE(total, nullptr);
  EXPECT_NEAR(std::get<double>(*total), 0.017, 1e-12);  // 5 ms + 2 ms + 10 ms for 1,000 km and back
}

TEST(CandidateFacts, AgePricesByTheCalendar) {
  EXPECT_EQ(days_between("2026-08-03", "2026-11-24"), 113);  // 28 + 30 + 31 + 24
  EXPECT_EQ(days_between("2024-02-28", "2024-03-01"), 2);    // a leap year
  EXPECT_EQ(days_between("2026-11-24", "2026-11-24"), 0);
  EXPECT_FALSE(days_between("", "2026-11-24"));
  EXPECT_FALSE(days_between("2026-13-01", "2026-11-24"));
}

TEST(CandidateFacts, MatchTheCatalogsWordsForSoftware) {
  Device device = edge_tpu();
  EXPECT_EQ(runs_framework(device, "tensorflow"), true);
  EXPECT_EQ(runs_framework(device, "llama.cpp"), false);
  EXPECT_FALSE(runs_framework(device, "other"));  // nothing is known of other frameworks
  device.frameworks = {"pytorch-neuron", "jax-neuron(beta)"};
  EXPECT_EQ(runs_framework(device, "pytorch"), true);
  EXPECT_EQ(runs_framework(device, "tensorflow"), false);
  device.frameworks.clear();
  EXPECT_FALSE(runs_framework(device, "pytorch"));
}

TEST(CandidateFacts, KeepAGivenTimeOnCpu) {
  const Workload workload = read_workload("schema: berth/workload/v1\njob: {task: train, time_on_cpu_s: 1814400}\n");
  FactSheet sheet(shipped_rules());
  ASSERT_TRUE(add_document_facts(sheet, workload));
  Estimate estimate;
  estimate.time.emplace();
  estimate.time->job_s = Interval{50, 100, 200};
  Cluster cluster;
  cluster.device = "x";
  ASSERT_TRUE(add_reference_facts(sheet, DeviceClass::kCpu, cluster, estimate));
  ASSERT_TRUE(add_reference_facts(sheet, DeviceClass::kGpu, cluster, estimate));
  EXPECT_EQ(value(sheet, "estimate.cpu.job_s"), "1814400");
  EXPECT_EQ(value(sheet, "estimate.gpu.job_s"), "100");
}

TEST(ChosenFacts, TakeTheOnlyAllowedCloudWithoutAMachine) {
  FactSheet sheet(shipped_rules());
  ASSERT_TRUE(sheet.set("environment.clouds", std::vector<std::string>{"gcp"}));
  ChosenFacts chosen;
  chosen.device_class = "tpu";
  ASSERT_TRUE(add_chosen_facts(sheet, chosen));
  EXPECT_EQ(value(sheet, "chosen.cloud"), "\"gcp\"");
  EXPECT_EQ(value(sheet, "chosen.accelerator"), "\"tpu\"");
  EXPECT_EQ(value(sheet, "chosen.devices"), "unknown");
}

TEST(ModelFacts, SayThatNarrowWeightsNeedNoHighPrecision) {
  Workload workload;
  workload.model.emplace();
  workload.model->declared_dtype = DType::kBf16;
  workload.model->parameters = 8'000'000'000;
  workload.model->transformer.emplace();
  workload.model->transformer->vocab = 100'000;
  workload.model->transformer->hidden = 4000;
  FactSheet sheet(shipped_rules());
  ASSERT_TRUE(add_model_facts(sheet, workload, nullptr));
  EXPECT_EQ(value(sheet, "model.needs_high_precision"), "false");
  EXPECT_EQ(value(sheet, "model.embedding_share"), "0.1");  // 2 x 100,000 x 4,000 of 8e9
  EXPECT_EQ(value(sheet, "model.kind"), "\"decoder\"");
  EXPECT_EQ(value(sheet, "model.trees.count"), "0");
}

}  // namespace
}  // namespace berth
