#include "estimate/efficiency.hpp"

#include <cmath>

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

TEST(Peak, FallsBackToTheNextWiderFormat) {
  const Device device = round_device();
  EXPECT_EQ(peak_for(device, DType::kFp8)->dtype, DType::kBf16);
  EXPECT_DOUBLE_EQ(peak_for(device, DType::kTf32)->flops_per_s, 50e12);
  EXPECT_FALSE(peak_for(device, DType::kFp64));
}

TEST(SoftMax, LiesBetweenMaximumAndSum) {
  EXPECT_DOUBLE_EQ(soft_max(3, 4, 2), 5);
  EXPECT_DOUBLE_EQ(soft_max(3, 4, 1), 7);
  EXPECT_EQ(soft_max(0, 0, 3), 0);
  EXPECT_NEAR(soft_max(1e-200, 1, 4), 1, 1e-12);
}

TEST(TrainingEfficiency, FallsWithThePeak) {
  const Calibration c = calibration({{"train.gemm_efficiency", 0.6}, {"train.gemm_efficiency_decline", 0.5}});
  const Device device = round_device();
  EXPECT_DOUBLE_EQ(training_gemm_efficiency(device, 312e12, c), 0.6);
  EXPECT_DOUBLE_EQ(training_gemm_efficiency(device, 4 * 312e12, c), 0.3);  // 4^-0.5
}

TEST(SiliconKind, FollowsFromTheArchitectureOfEdgeChips) {
  Device edge;
  edge.device_class = DeviceClass::kEdge;
  edge.memory = Bytes(8'000'000'000);
  edge.arch = "Hexagon";
  EXPECT_EQ(silicon_of(edge), Silicon::kPhoneNpu);
  edge.arch = "Hailo";
  EXPECT_EQ(silicon_of(edge), Silicon::kDataflow);
  edge.arch = "RKNPU2, 3 cores";
  EXPECT_EQ(silicon_of(edge), Silicon::kEdgeNpu);
}

TEST(UnitCores, AreReadFromTheArchitecture) {
  Device edge;
  EXPECT_EQ(unit_cores(edge), 1);
  edge.arch = "RKNPU2, 3 cores";
  EXPECT_EQ(unit_cores(edge), 3);
  edge.arch = "Xe, with cores";
  EXPECT_EQ(unit_cores(edge), 1);
}

TEST(SiliconKind, FollowsFromTheFigures) {
  Device edge;
  edge.device_class = DeviceClass::kEdge;
  EXPECT_EQ(silicon_of(edge), Silicon::kEdgeNpu);
  edge.memory = Bytes(0);
  EXPECT_EQ(silicon_of(edge), Silicon::kDataflow);
  edge.on_chip_memory = Bytes(8 << 20);
  EXPECT_EQ(silicon_of(edge), Silicon::kEdgeTpu);
  edge.cores = 4;
  EXPECT_EQ(silicon_of(edge), Silicon::kCpu);
}

}  // namespace
}  // namespace berth::estimation
