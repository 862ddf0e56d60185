#include "core/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth {
namespace {

TEST(Suggest, FindsTheNearestName) {
  const std::vector<std::string> names{"tensorflow", "pytorch", "jax"};
  EXPECT_EQ(suggest("tensorflwo", names), "tensorflow");
  EXPECT_EQ(suggest("torch", names), "");
  EXPECT_EQ(suggest(std::string(5000, 'x'), names), "");
}

TEST(Utf8, RefusesOverlongSurrogateAndTruncatedForms) {
  EXPECT_TRUE(is_valid_utf8("caf\xC3\xA9 \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_valid_utf8("\xC0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(is_valid_utf8("\xE2\x82"));
}

TEST(Shorten, CutsAtACharacterBoundary) {
  EXPECT_EQ(shorten("ab\xC3\xA9", 3), "ab…");
}

TEST(NumberText, IsTheShortestThatReadsBack) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1e300), "1e+300");
}

}  // namespace
}  // namespace berth
