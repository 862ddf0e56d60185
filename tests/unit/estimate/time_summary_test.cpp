#include "estimate/time_summary.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

ItemWork dense() {
  ItemWork work;
  work.macs = 4e9;
  work.parameters = 25e6;
  work.activations = 10e6;
  work.layers = 60;
  return work;
}

TEST(BatchTime, AddsComputeAndTrafficOnAGpu) {
  const Device device = round_device();
  const Calibration c = calibration({{"vision.saturation_flops", 0},
                                     {"vision.launch_eager_s", 0},
                                     {"vision.traffic", 8},
                                     {"vision.efficiency_decline", 0}});
  const auto t = batch_time(dense(), device, DType::kFp16, Runtime::kEager, 10, {}, Direction::kInference, c);
  ASSERT_TRUE(t);
  EXPECT_NEAR(t->compute_s, 10 * 8e9 / 100e12, 1e-12);
  EXPECT_NEAR(t->memory_s, (10 * 10e6 * 8 + 25e6) * 2 / 1e12, 1e-12);
  EXPECT_NEAR(t->seconds, t->compute_s + t->memory_s, 1e-12);
}

TEST(BatchTime, HasALaunchFloor) {
  const Device device = round_device();
  const Calibration c =
      calibration({{"vision.saturation_flops", 0}, {"vision.launch_eager_s", 1e-3}, {"vision.norm", 3}});
  const auto t = batch_time(dense(), device, DType::kFp16, Runtime::kEager, 1, {}, Direction::kInference, c);
  EXPECT_NEAR(t->seconds, 0.06, 1e-4);  // 60 layers
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
  const auto t = batch_time(dense(), device, DType::kInt8, Runtime::kEager, 1, {}, Direction::kInference, c);
  ASSERT_TRUE(t);
  EXPECT_NEAR(t->memory_s, (25e6 - 9e6) / 500e6, 1e-12);  // nine tenths of the chip hold weights
  EXPECT_FALSE(batch_time(dense(), device, DType::kInt8, Runtime::kEager, 1, {}, Direction::kTraining, c));
}

TEST(BatchTime, ScalesWithThreadsBelowProportion) {
  Device device = round_device();
  device.device_class = DeviceClass::kCpu;
  device.cores = 4;
  const Calibration c = calibration({{"vision.thread_knee", 3}, {"vision.launch_cpu_s", 0}, {"vision.traffic", 0}});
  const auto four = batch_time(dense(), device, DType::kFp32, Runtime::kEager, 1, 4, Direction::kInference, c);
  const auto one = batch_time(dense(), device, DType::kFp32, Runtime::kEager, 1, 1, Direction::kInference, c);
  EXPECT_NEAR(one->compute_s / four->compute_s, 2, 1e-9);  // 4 / (1 + 3/3)
}

TEST(BatchTime, LetsItemsOfABatchGoTheirOwnWays) {
  Device device = round_device();
  device.device_class = DeviceClass::kCpu;
  device.cores = 4;
  const Calibration c = calibration({{"vision.thread_knee", 3}});
  const auto seconds = [&](double batch) {
    return batch_time(dense(), device, DType::kFp32, Runtime::kEager, batch, 4, Direction::kInference, c)->compute_s;
  };
  EXPECT_NEAR(8 * seconds(1) / seconds(8), 2 / (1 + 3.0 / 24), 1e-9);  // one item: twice the knee's loss
}

TEST(BatchTime, RunsOneModelOnOneCoreOfANeuralUnit) {
  Device device;
  device.device_class = DeviceClass::kEdge;
  device.memory = Bytes(1'000'000'000);
  device.peak[static_cast<std::size_t>(DType::kInt8)] = FlopsPerSecond(6e12);
  const auto seconds = [&] {
    return batch_time(dense(), device, DType::kInt8, Runtime::kEager, 1, {}, Direction::kInference, calibration())
        ->compute_s;
  };
  const double all = seconds();
  device.arch = "RKNPU2, 3 cores";
  EXPECT_NEAR(seconds() / all, 3, 1e-9);
}

TEST(ItemWorkOfModels, NamesWhatASummaryLacks) {
  Model model;
  model.summary = Summary{};
  Notes notes;
  const auto work = item_work(model, 0, knowledge().catalog, knowledge().calibration, notes);
  ASSERT_FALSE(work);
  EXPECT_NE(work.error().message.find("macs_per_item"), std::string::npos);
}

TEST(ItemWorkOfModels, DeepensWithSize) {
  Model model;
  model.summary = Summary{};
  model.summary->family = "dense-cnn";
  model.summary->macs_per_item = 4e9;
  const Catalog& catalog = knowledge().catalog;
  const SummaryFamily* family = family_of(catalog, "dense-cnn");
  ASSERT_NE(family, nullptr);
  model.summary->parameters = 16 * family->parameters;
  Notes notes;
  const auto work = item_work(model, 0, catalog, calibration({{"vision.depth_power", 0.25}}), notes);
  ASSERT_TRUE(work);
  EXPECT_NEAR(work->layers, 2 * family->layers, 1e-9);  // 16^0.25
}

TEST(BatchTime, HasNoEightBitPathInComputeShaders) {
  const auto t =
      batch_time(dense(), round_device(), DType::kInt8, Runtime::kVulkan, 1, {}, Direction::kInference, calibration());
  ASSERT_FALSE(t);
  EXPECT_EQ(t.error().code, ErrorCode::kUnsupported);
}

TEST(BatchTime, SlowsCardsThatTheSlotFeeds) {
  Device device = round_device();
  const Calibration c = calibration({{"vision.low_power_share", 0.5}, {"vision.saturation_flops", 0}});
  const auto seconds = [&] {
    return batch_time(dense(), device, DType::kFp16, Runtime::kEager, 1, {}, Direction::kInference, c)->compute_s;
  };
  device.power = Watts(300);
  const double fed = seconds();
  device.power = Watts(70);
  EXPECT_NEAR(seconds() / fed, 2, 1e-9);
}

TEST(Families, AreReadFromNames) {
  const auto id = [](std::string_view name) {
    const SummaryFamily* family = family_of(knowledge().catalog, name);
    return family == nullptr ? std::string() : family->id;
  };
  EXPECT_EQ(id("dense-cnn"), "dense-cnn");
  EXPECT_EQ(id("depthwise-cnn-large-kernel"), "large-kernel-cnn");
  EXPECT_EQ(id("transformer-vit"), "transformer-vit");
  EXPECT_EQ(id("transformer-encoder"), "transformer-encoder");
  EXPECT_EQ(id("anything"), "");
}

}  // namespace
}  // namespace berth::estimation
