#include "estimate/time_summary.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

ItemWork work_of(Family family) {
  return {family, 4e9, 25e6, 10e6, 60};
}

TEST(BatchTime, AddsComputeAndTrafficOnAGpu) {
  const Device device = round_device();
  const Calibration c =
      calibration({{"vision.saturation_flops", 0}, {"vision.launch_eager_s", 0}, {"vision.traffic", 8}});
  const auto t =
      batch_time(work_of(Family::kDense), device, DType::kFp16, Runtime::kEager, 10, {}, Direction::kInference, c);
  ASSERT_TRUE(t);
  EXPECT_NEAR(t->compute_s, 10 * 8e9 / 100e12, 1e-12);
  EXPECT_NEAR(t->memory_s, (10 * 10e6 * 8 + 25e6) * 2 / 1e12, 1e-12);
  EXPECT_NEAR(t->seconds, t->compute_s + t->memory_s, 1e-12);
}

TEST(BatchTime, HasALaunchFloor) {
  const Device device = round_device();
  const Calibration c =
      calibration({{"vision.saturation_flops", 0}, {"vision.launch_eager_s", 1e-3}, {"vision.norm", 3}});
  const auto t =
      batch_time(work_of(Family::kDense), device, DType::kFp16, Runtime::kEager, 1, {}, Direction::kInference, c);
  EXPECT_NEAR(t->seconds, 0.06, 1e-4);  // 60 operators
}

TEST(BatchTime, StreamsWhatAnEdgeTpuCannotHold) {
  Device device;
  device.id = "edge-tpu";
  device.device_class = DeviceClass::kEdge;
  device.inference_only = true;
  device.on_chip_memory = Bytes(10'000'000);
  device.host_link_one_way = BytesPerSecond(500e6);
  device.peak[static_cast<std::size_t>(DType::kInt8)] = FlopsPerSecond(4e12);
  const Calibration c = calibration({{"vision.host_s", 0}});
  const auto t =
      batch_time(work_of(Family::kDense), device, DType::kInt8, Runtime::kEager, 1, {}, Direction::kInference, c);
  ASSERT_TRUE(t);
  EXPECT_NEAR(t->memory_s, (25e6 - 9e6) / 500e6, 1e-12);  // nine tenths of the chip hold weights
  EXPECT_FALSE(
      batch_time(work_of(Family::kDense), device, DType::kInt8, Runtime::kEager, 1, {}, Direction::kTraining, c));
}

TEST(BatchTime, ScalesWithThreadsBelowProportion) {
  Device device = round_device();
  device.device_class = DeviceClass::kCpu;
  device.cores = 4;
  const Calibration c = calibration({{"vision.thread_knee", 3}, {"vision.launch_cpu_s", 0}, {"vision.traffic", 0}});
  const auto four =
      batch_time(work_of(Family::kDense), device, DType::kFp32, Runtime::kEager, 1, 4, Direction::kInference, c);
  const auto one =
      batch_time(work_of(Family::kDense), device, DType::kFp32, Runtime::kEager, 1, 1, Direction::kInference, c);
  EXPECT_NEAR(one->compute_s / four->compute_s, 2, 1e-9);  // 4 / (1 + 3/3)
}

TEST(ItemWorkOfModels, NamesWhatASummaryLacks) {
  Model model;
  model.summary = Summary{};
  Notes notes;
  const auto work = item_work(model, 0, notes);
  ASSERT_FALSE(work);
  EXPECT_NE(work.error().message.find("macs_per_item"), std::string::npos);
}

TEST(Families, AreReadFromNames) {
  EXPECT_EQ(family_of("dense-cnn"), Family::kDense);
  EXPECT_EQ(family_of("depthwise-cnn-large-kernel"), Family::kLargeKernel);
  EXPECT_EQ(family_of("transformer-vit"), Family::kVit);
  EXPECT_EQ(family_of("transformer-encoder"), Family::kEncoder);
  EXPECT_EQ(family_of("anything"), Family::kOther);
}

}  // namespace
}  // namespace berth::estimation
