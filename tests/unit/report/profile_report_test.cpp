#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "berth/report.hpp"
#include "core/node.hpp"

namespace berth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Profile small_profile() {
  Transformer t;
  t.layers = 2;
  t.hidden = 8;
  t.heads = 2;
  t.ffn = 16;
  t.vocab = 10;
  ProfileOptions options;
  options.sequence_length = 4;
  return profile(model_from_transformer(t).value(), options).value();
}

const Stamp kStamp{"1.2.3", "abc", "2026-11-24"};

TEST(ProfileJson, HoldsWhatTheContractSays) {
  const std::string text = profile_json(small_profile(), OperatorRows::kIncluded, kStamp, JsonStyle::kIndented);
  const auto root = parse_document(text, "p.json");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->find("schema")->as_string(), "berth/profile/v1");
  // Per layer 4·64 + 2·128 + 16 = 528; embedding and head 160; final norm 8.
  EXPECT_EQ(root->find("parameters")->find("total")->as_int(), 2 * 528 + 160 + 8);
  EXPECT_GT(root->find("operators")->as_array().size(), 5U);
  EXPECT_GT(root->find("totals")->find("macs")->number(), 0);
  EXPECT_EQ(root->find("precision_need")->find("basis")->as_string(), "unknown");
  EXPECT_EQ(root->find("berth")->find("version")->as_string(), "1.2.3");
}

TEST(ProfileJson, LeavesOutWhatIsUnknown) {
  Summary summary;
  summary.parameters = 1000;
  const Profile p = profile(model_from_summary(summary)).value();
  const std::string text = profile_json(p, OperatorRows::kLeftOut, kStamp, JsonStyle::kOneLine);
  EXPECT_THAT(text, Not(HasSubstr("matmul_share")));
  EXPECT_THAT(text, Not(HasSubstr("operators\":[{")));
  EXPECT_THAT(text, HasSubstr("\"total\":1000"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(ProfileText, NamesTheFigures) {
  const std::string text = profile_text(small_profile(), OperatorRows::kIncluded, kStamp);
  EXPECT_THAT(text, HasSubstr("parameters    1.22 k (1224)"));
  EXPECT_THAT(text, HasSubstr("decoder.attention.qkv_proj"));
  EXPECT_THAT(text, HasSubstr("forward, batch 1, 4 tokens"));
}

}  // namespace
}  // namespace berth
