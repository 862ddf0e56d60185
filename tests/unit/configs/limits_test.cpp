// Bounded memory and time on what nobody would write by hand.
#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

std::string repeated(const std::string& piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(Limits, AYamlBombIsRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + repeated(", " + before, 9) + "]\n";
  }
  const Config config = read_one(bomb);
  EXPECT_EQ(config.detection.answer(), "unparsable");
  EXPECT_NE(config.detection.why.find("values"), std::string::npos) << config.detection.why;
}

TEST(Limits, AMergeBombIsRefused) {
  std::string bomb = "a0: &a0 {k0: 1, k1: 2}\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + "\n  <<: " + before + "\n  l" + std::to_string(i) +
            ": " + before + "\n";
  }
  EXPECT_EQ(read_one(bomb).detection.answer(), "unparsable");
}

TEST(Limits, DeepNestingIsRefusedInEverySyntax) {
  constexpr std::size_t kDeep = 10000;
  EXPECT_EQ(read_one(repeated("[", kDeep) + repeated("]", kDeep)).detection.answer(), "unparsable");
  EXPECT_EQ(read_one(repeated("{\"a\":", kDeep) + "1" + repeated("}", kDeep), "a.json").detection.answer(),
            "unparsable");
  EXPECT_EQ(read_one(repeated("- ", kDeep) + "x").detection.answer(), "unparsable");
  EXPECT_EQ(read_one("a = " + repeated("[", kDeep) + repeated("]", kDeep), "a.toml").detection.answer(), "unparsable");
  EXPECT_EQ(read_one(repeated("{", kDeep)).detection.answer(), "template");  // "{{" in its structure
  EXPECT_EQ(read_one(repeated("{a: ", kDeep)).detection.answer(), "unparsable");
  EXPECT_EQ(read_one(repeated("a.", kDeep) + "b = 1", "a.toml").detection.answer(), "unparsable");
  EXPECT_EQ(read_one("[" + repeated("a.", kDeep) + "b]\nc = 1", "a.toml").detection.answer(), "unparsable");
  // Brackets times dots: each within a limit of its own, not together.
  EXPECT_EQ(read_one("x = " + repeated("{" + repeated("a.", 100) + "b = ", 100) + "1" + repeated("}", 100), "a.toml")
                .detection.answer(),
            "unparsable");
}

TEST(Limits, DotsOfNumbersTextsAndCommentsNestNothing) {
  const std::string text = "[model]\n# " + repeated("a.", 1000) + "\nname = \"" + repeated("b.", 1000) +
                           "\"\nlong = '''\n" + repeated("c.\n", 1000) + "'''\nrates = [" + repeated("1.5, ", 1000) +
                           "2.5]\n";
  EXPECT_NE(read_one(text, "a.toml").detection.answer(), "unparsable");
}

TEST(Limits, AFileOfAHundredMegabytesIsNotRead) {
  const std::string text(100U << 20U, 'a');
  const Config config = read_one(text);
  EXPECT_EQ(config.detection.answer(), "unparsable");
  EXPECT_NE(config.detection.why.find("larger"), std::string::npos);
}

TEST(Limits, DataIsNoConfig) {
  EXPECT_EQ(read_one("[" + repeated("1,", 400000) + "1]", "data.json").detection.answer(), "unparsable");
}

TEST(Limits, ManyDuplicateAndMergeKeysStayLinear) {
  EXPECT_EQ(read_one(repeated("a: 1\n", 20000)).traps.size(), 1000U);
  EXPECT_EQ(read_one("x: &x {b: 1}\ny:\n" + repeated("  <<: *x\n", 20000)).detection.answer(), "other");
}

TEST(Limits, BytesThatAreNoText) {
  EXPECT_EQ(read_one(std::string_view("a: \0b", 5)).detection.answer(), "unparsable");
  EXPECT_EQ(read_one("a: \xff\xfe\n").detection.answer(), "unparsable");
}

}  // namespace
}  // namespace berth::test
