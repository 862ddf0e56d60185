#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

TEST(Calibration, ReadsEveryParameter) {
  const Calibration c = calibration({{"train.norm", 4}});
  EXPECT_EQ(c("train.norm"), 4);
  EXPECT_EQ(c("link.efficiency"), 1);
  EXPECT_EQ(c.id(), "test");
  EXPECT_EQ(c.parameters().size(), kParameterNames.size());
}

TEST(Calibration, NamesAMissingParameter) {
  const auto loaded =
      Calibration::load({"c.json", R"({"schema": "berth/calibration/v1", "id": "x", "parameters": {}})"});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("decode.bandwidth_share"), std::string::npos);
}

TEST(Calibration, RefusesAParameterWithoutOrigin) {
  const auto loaded = Calibration::load(
      {"c.json", R"({"schema": "berth/calibration/v1", "id": "x", "parameters": {"train.norm": {"value": 4}}})"});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("'from' is missing"), std::string::npos);
}

TEST(Calibration, RefusesAnotherSchemaAndNegativeValues) {
  EXPECT_FALSE(Calibration::load({"c.json", R"({"schema": "berth/devices/v1"})"}));
  EXPECT_FALSE(Calibration::load({"c.json", calibration_text({{"train.norm", -1}})}));
  EXPECT_FALSE(Calibration::load({"c.json", "[]"}));
  EXPECT_FALSE(Calibration::load({"c.json", R"({"schema": "berth/calibration/v1", "id": "x", "parameters": []})"}));
}

TEST(Calibration, IsEmbedded) {
  EXPECT_GT(knowledge().calibration("train.gemm_efficiency"), 0.3);
}

}  // namespace
}  // namespace berth::estimation
