#include "berth/units.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(ParseQuantity, ReadsDecimalAndBinaryBytes) {
  EXPECT_EQ(parse_quantity("16GiB", Unit::kBytes).value(), 17179869184.0);
  EXPECT_EQ(parse_quantity(" 16 GB ", Unit::kBytes).value(), 16e9);
  EXPECT_EQ(parse_quantity("1e3", Unit::kBytes).value(), 1000);
}

TEST(ParseQuantity, ReadsTimeMoneyAndRates) {
  EXPECT_DOUBLE_EQ(parse_quantity("20ms", Unit::kSeconds).value(), 0.02);
  EXPECT_EQ(parse_quantity("2h", Unit::kSeconds).value(), 7200);
  EXPECT_EQ(parse_quantity("$5", Unit::kUsd).value(), 5);
  EXPECT_EQ(parse_quantity("100MB/s", Unit::kBytesPerSecond).value(), 1e8);
  EXPECT_EQ(parse_quantity("64kbit/s", Unit::kBitsPerSecond).value(), 64000);
}

TEST(ParseQuantity, ShowsTheAcceptedUnitsForAnUnknownOne) {
  const auto result = parse_quantity("16Gb", Unit::kBytes);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("'Gb'"), std::string::npos);
  EXPECT_NE(result.error().fix.find("GiB"), std::string::npos);
}

TEST(ParseQuantity, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "GiB", "1..2s", "nan", "inf", "--1", "$"}) {
    EXPECT_FALSE(parse_quantity(text, Unit::kSeconds)) << text;
  }
}

TEST(Quantity, CombinesDimensions) {
  EXPECT_DOUBLE_EQ((Flops(2e12) / FlopsPerSecond(1e12)).value(), 2);
  EXPECT_DOUBLE_EQ((UsdPerHour(3) * Seconds(7200)).value(), 6);
}

TEST(Format, IsReadable) {
  EXPECT_EQ(format_bytes(16.0 * 1024 * 1024 * 1024), "16.0 GiB");
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_seconds(0.0032), "3.2 ms");
  EXPECT_EQ(format_seconds(5400), "90 min");
  EXPECT_EQ(format_count(8.03e9), "8.03 B");
  EXPECT_EQ(format_usd(1234567), "$1,234,567");
  EXPECT_EQ(format_usd(0.0123), "$0.0123");
}

}  // namespace
}  // namespace berth
