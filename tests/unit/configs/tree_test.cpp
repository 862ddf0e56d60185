#include "configs/config_tree.hpp"
#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

constexpr const char* kText = R"(base: &base
  lr: 1.0
  opt: adam
one:
  <<: *base
  lr: 2.0
two: *base
list:
- {limits: {nvidia.com/gpu: 4}}
quoted: "a b"   # comment
tagged: !include other.yaml
text: |
  a
  b
)";

TEST(ConfigTree, FindsPathsWithListsAndDots) {
  const Config config = read_one(kText, "t.yaml");
  const ConfigTree& tree = *config.tree;
  ASSERT_TRUE(tree.find("list[0].limits.nvidia.com/gpu").node);
  EXPECT_EQ(tree.find("list[0].limits.nvidia.com/gpu").node->as_int(), 4);
  EXPECT_FALSE(tree.find("list[1]").node);
  EXPECT_FALSE(tree.find("base.lr.x").node);
  EXPECT_FALSE(tree.find("nowhere").node);
}

TEST(ConfigTree, MergesKeysAsPyYamlDoes) {
  const Config config = read_one(kText);
  EXPECT_EQ(config.tree->find("one.lr").node->as_double(), 2.0);  // its own key wins
  EXPECT_EQ(config.tree->find("one.opt").node->as_string(), "adam");
  EXPECT_EQ(config.tree->find("two.lr").node->as_double(), 1.0);
  EXPECT_TRUE(config.traps.empty());
}

TEST(ConfigTree, PlacesKeysAndValues) {
  const Config config = read_one(kText, "t.yaml");
  const ConfigTree& tree = *config.tree;
  const Located quoted = tree.find("quoted");
  const SourceSpan key = tree.key_span(*quoted.member);
  EXPECT_EQ(to_string(key), "t.yaml:10:1");
  EXPECT_EQ(key.end_column, 7);
  const SourceSpan value = tree.value_span(*quoted.node);
  EXPECT_EQ(to_string(value), "t.yaml:10:9");
  EXPECT_EQ(value.end_column, 14);  // with both quotes
  EXPECT_EQ(tree.written(*quoted.node), "\"a b\"");
  EXPECT_EQ(tree.written(*tree.find("one.lr").node), "2.0");
  EXPECT_EQ(tree.written(*tree.find("text").node), "");
  EXPECT_EQ(tree.line(2), "  lr: 1.0");
}

TEST(ConfigTree, NearestIsTheParentOrTheFirstLine) {
  const Config config = read_one(kText, "t.yaml");
  EXPECT_EQ(to_string(config.tree->nearest("one.warmup.steps")), "t.yaml:4:1");
  EXPECT_EQ(to_string(config.tree->nearest("nowhere")), "t.yaml:1:1");
  EXPECT_EQ(to_string(config.tree->nearest("list[3].x")), "t.yaml:8:1");
}

TEST(ConfigTree, KeepsUnknownTagsAsTexts) {
  const Config config = read_one(kText);
  const Node* tagged = config.tree->find("tagged").node;
  ASSERT_TRUE(tagged);
  EXPECT_EQ(tagged->as_string(), "other.yaml");
  EXPECT_NE(tagged->flags & Node::kTagged, 0);
}

TEST(ConfigTree, VisitsEveryValueOnce) {
  const Config config = read_one("a: {b: [1, 2]}\nc: 3\n");
  std::vector<std::string> paths;
  for_each_value(config.tree->root(), [&](const std::string& path, const Located&) { paths.push_back(path); });
  EXPECT_EQ(paths, (std::vector<std::string>{"a", "a.b", "a.b[0]", "a.b[1]", "c"}));
}

}  // namespace
}  // namespace berth::test
