#include <gtest/gtest.h>

#include "berth/catalog.hpp"
#include "berth/data.hpp"

namespace berth {
namespace {

TEST(Catalog, LoadsWhatIsEmbedded) {
  const Result<Catalog> catalog = Catalog::load(embedded_data());
  ASSERT_TRUE(catalog) << to_string(catalog.error());
  const Device* h100 = catalog->find_device("nvidia-h100-sxm");
  ASSERT_NE(h100, nullptr);
  EXPECT_EQ(h100->memory, Bytes(std::int64_t{80} << 30));
  EXPECT_EQ(h100->scale_up_one_way, BytesPerSecond(450e9));  // 900 GB/s advertised, both directions
  EXPECT_EQ(h100->peak_of(DType::kBf16), FlopsPerSecond(989e12));
  EXPECT_GE(catalog->devices().size(), 95U);
  EXPECT_GE(catalog->machines().size(), 900U);
}

}  // namespace
}  // namespace berth
