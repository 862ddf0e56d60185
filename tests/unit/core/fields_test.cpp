#include "core/fields.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace berth {
namespace {

enum class Colour { kRed, kBlue };
constexpr std::array<std::pair<std::string_view, Colour>, 2> kColours{{{"red", Colour::kRed}, {"blue", Colour::kBlue}}};

struct Read {
  std::int64_t n = 0;
  std::optional<Bytes> size;
  std::optional<Colour> colour;
  Status status;
};

Read read(const std::string& text) {
  const auto node = parse_document(text, "t.yaml");
  Read out;
  Fields fields(*node, "t.yaml", "top");
  fields.read("n", out.n, kPositiveCount);
  fields.read("size", out.size);
  fields.read_word<Colour>("colour", out.colour, kColours);
  out.status = fields.finish();
  return out;
}

TEST(Fields, ReadsTypedValues) {
  const Read got = read("n: 3\nsize: 2KiB\ncolour: blue");
  ASSERT_TRUE(got.status);
  EXPECT_EQ(got.n, 3);
  EXPECT_EQ(got.size, Bytes(2048));
  EXPECT_EQ(got.colour, Colour::kBlue);
}

TEST(Fields, LeavesAbsentAndNullUnknown) {
  const Read got = read("n: 1\nsize: null");
  ASSERT_TRUE(got.status);
  EXPECT_FALSE(got.size);
  EXPECT_FALSE(got.colour);
}

TEST(Fields, NamesThePlaceAndTheMend) {
  EXPECT_EQ(to_string(read("n: 1\ncolur: red").status.error()),
            "t.yaml:2:1: error: unknown key 'top.colur'; did you mean 'colour'?");
  EXPECT_EQ(to_string(read("n: 0").status.error()),
            "t.yaml:1:4: error: 'top.n' must be a whole number from 1 to 9e+15, found the number 0");
  EXPECT_EQ(to_string(read("n: 1\ncolour: bleu").status.error()),
            "t.yaml:2:9: error: 'top.colour' must be red or blue, found 'bleu'; did you mean 'blue'?");
  EXPECT_NE(to_string(read("size: 3Gb").status.error()).find("GiB"), std::string::npos);
}

TEST(Fields, RefusesWhatIsNoObject) {
  EXPECT_FALSE(read("[1]").status);
}

}  // namespace
}  // namespace berth
