#include "estimate/communication.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

TEST(Collectives, SendTheRingVolumes) {
  EXPECT_DOUBLE_EQ(all_reduce_bytes(8e9, 8), 14e9);  // 2 * 7/8 * 8
  EXPECT_DOUBLE_EQ(gather_bytes(8e9, 8), 7e9);       // 7/8 * 8
  EXPECT_EQ(all_reduce_bytes(8e9, 1), 0);
}

TEST(Links, UseTheFastLinkInsideAMachineAndTheNetworkBetween) {
  const Device device = round_device();
  Cluster cluster{"round", 8, 4, {}, {}, "", BytesPerSecond(20e9)};
  Notes notes;
  const Links links = links_of(device, cluster, nullptr,
                               calibration({{"link.efficiency", 0.8}, {"link.network_efficiency", 0.5}}), notes);
  EXPECT_DOUBLE_EQ(links.rate(8), 80e9);   // 0.8 * 100
  EXPECT_DOUBLE_EQ(links.rate(16), 10e9);  // 0.5 * 20
  EXPECT_TRUE(notes.empty());
}

TEST(Links, SayWhatNetworkIsAssumed) {
  const Device device = round_device();
  Cluster cluster{"round", 8, 4, {}, {}, "", {}};
  Notes notes;
  const Links links =
      links_of(device, cluster, nullptr,
               calibration({{"link.network_share_of_scale_up", 0.1}, {"link.network_floor_bytes_per_s", 1e9}}), notes);
  EXPECT_DOUBLE_EQ(links.rate(16), 10e9);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("10.0 GB/s"), std::string::npos);
}

TEST(Links, JoinAWholeTpuSlice) {
  Device device = round_device();
  device.device_class = DeviceClass::kTpu;
  Cluster cluster{"round", 4, 16, {}, {}, "", {}};
  Notes notes;
  EXPECT_DOUBLE_EQ(links_of(device, cluster, nullptr, calibration(), notes).rate(64), 100e9);
}

}  // namespace
}  // namespace berth::estimation
