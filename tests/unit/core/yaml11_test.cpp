// Expected types as PyYAML 6 prints them for yaml.safe_load of each text.
#include <gtest/gtest.h>

#include "core/lenient.hpp"

namespace berth {
namespace {

std::string typed(std::string_view text) {
  const Node node(yaml11_value(text));
  switch (node.kind()) {
    case Node::Kind::kNull: return "null";
    case Node::Kind::kBool: return node.as_bool() ? "true" : "false";
    case Node::Kind::kInt: return "int " + std::to_string(node.as_int());
    case Node::Kind::kDouble: return "double";
    default: return "text";
  }
}

TEST(Yaml11, BoolsAreManyWords) {
  for (const char* text : {"yes", "Yes", "on", "ON", "true", "True"}) EXPECT_EQ(typed(text), "true") << text;
  for (const char* text : {"no", "No", "off", "OFF", "false", "FALSE"}) EXPECT_EQ(typed(text), "false") << text;
  for (const char* text : {"y", "n", "tRue", "nO"}) EXPECT_EQ(typed(text), "text") << text;
}

TEST(Yaml11, Numbers) {
  EXPECT_EQ(typed("150_001"), "int 150001");
  EXPECT_EQ(typed("010"), "int 8");
  EXPECT_EQ(typed("0x1F"), "int 31");
  EXPECT_EQ(typed("-0b101"), "int -5");
  EXPECT_EQ(typed("1:30"), "int 90");
  EXPECT_EQ(typed("1:75"), "text");
  EXPECT_EQ(typed("089"), "text");
  EXPECT_EQ(typed("+7"), "int 7");
  EXPECT_EQ(typed("-"), "text");
  EXPECT_EQ(typed("1."), "double");
  EXPECT_EQ(typed(".5"), "double");
  EXPECT_EQ(typed("1.0e-5"), "double");
  EXPECT_EQ(typed("1.0e5"), "text");  // YAML 1.1 wants a sign in the exponent
  EXPECT_EQ(typed("1e-5"), "text");   // and a dot
  EXPECT_EQ(typed("1.0e_8"), "text");
  EXPECT_EQ(typed("."), "text");
  EXPECT_EQ(typed("1.2.3"), "text");
  EXPECT_EQ(typed("2024-01-01"), "text");
}

TEST(Yaml11, Nulls) {
  for (const char* text : {"", "~", "null", "Null", "NULL"}) EXPECT_EQ(typed(text), "null") << text;
  EXPECT_EQ(typed("None"), "text");
}

}  // namespace
}  // namespace berth
