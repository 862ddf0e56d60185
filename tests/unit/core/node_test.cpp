#include "core/node.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth {
namespace {

TEST(ParseJson, GivesEveryValueItsPosition) {
  const auto node = parse_document("{\"a\": 1,\n \"b\": [true, 2.5, \"x\"]}", "t.json");
  ASSERT_TRUE(node) << to_string(node.error());
  EXPECT_EQ(node->line, 1);
  EXPECT_EQ(node->column, 1);
  const Node* b = node->find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->line, 2);
  EXPECT_EQ(b->column, 7);
  EXPECT_EQ(b->as_array()[0].column, 8);
  EXPECT_EQ(b->as_array()[1].column, 14);
  EXPECT_EQ(b->as_array()[2].column, 19);
  EXPECT_EQ(node->as_object()[1].line, 2);
  EXPECT_EQ(node->as_object()[1].column, 2);
}

TEST(ParseJson, PlacesAKeyThatFollowsANumberAndABrace) {
  const auto node = parse_document(R"({"a":{"x":1},"b":2})", "t.json");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->as_object()[1].column, 14);
  EXPECT_EQ(node->find("b")->column, 18);
}

TEST(ParseYaml, TypesPlainScalarsByTheCoreSchema) {
  const auto node = parse_document("a: 1\nb: 8.0e8\nc: yes\nd: 'true'\ne: ~\nf: true\ng: 16GiB\n", "t.yaml");
  ASSERT_TRUE(node) << to_string(node.error());
  EXPECT_EQ(node->find("a")->as_int(), 1);
  EXPECT_EQ(node->find("b")->as_double(), 8.0e8);
  EXPECT_EQ(node->find("c")->as_string(), "yes");
  EXPECT_EQ(node->find("d")->as_string(), "true");
  EXPECT_TRUE(node->find("e")->is(Node::Kind::kNull));
  EXPECT_TRUE(node->find("f")->as_bool());
  EXPECT_EQ(node->find("g")->as_string(), "16GiB");
  EXPECT_EQ(node->find("g")->line, 7);
}

TEST(ParseYaml, ReadsFlowMappingsThatLookLikeJson) {
  const auto node = parse_document("{a: b, c: [1, 2]}", "-");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->find("a")->as_string(), "b");
}

struct BadCase {
  const char* name;
  std::string text;
  const char* says;
  ErrorCode code = ErrorCode::kInvalid;
};

class BadDocument : public testing::TestWithParam<BadCase> {};

TEST_P(BadDocument, IsRefusedWithAReason) {
  const auto node = parse_document(GetParam().text, GetParam().name);
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().code, GetParam().code);
  EXPECT_NE(to_string(node.error()).find(GetParam().says), std::string::npos) << to_string(node.error());
}

INSTANTIATE_TEST_SUITE_P(
    All, BadDocument,
    testing::Values(BadCase{"a.json", "", "empty"}, BadCase{"a.json", "{\"a\":1", "a.json:1:6"},
                    BadCase{"a.json", R"({"a":1,"a":2})", "a.json:1:8: error: duplicate key 'a'"},
                    BadCase{"a.json", R"({"a":NaN})", "not valid JSON"},
                    BadCase{"a.json", R"({"a":1e999})", "not valid JSON"},
                    BadCase{"a.json", "{\"a\":\"\xff\"}", "UTF-8"},
                    BadCase{"a.json", std::string(100000, '['), "deeper than", ErrorCode::kLimit},
                    BadCase{"a.yaml", std::string(100000, '['), "a.yaml", ErrorCode::kLimit},
                    BadCase{"a.yaml", "a: .nan", "a.yaml:1:4"}, BadCase{"a.yaml", "a: 1\na: 2", "a.yaml:2:1"},
                    BadCase{"a.yaml", "a: &x 1\nb: *x", "anchors"}, BadCase{"a.yaml", "a: !!int 1", "tags"},
                    BadCase{"a.yaml", "a: 1\n---\nb: 2", "more than one"}, BadCase{"a.yaml", "a: [1", "not valid YAML"},
                    BadCase{"a.yaml", "? [1]\n: 2", "a key must be a text"}));

}  // namespace
}  // namespace berth
