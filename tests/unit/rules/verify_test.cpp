// Each finding of verify(): a small set that has it, and one that just doesn't.
#include <gmock/gmock.h>

#include <algorithm>

#include "core/json.hpp"
#include "rules/bare.hpp"
#include "unit/rules/verify_fixture.hpp"

namespace berth::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Verify, NeverTrue) {
  EXPECT_THAT(found(check("n > 5 && n < 3")), ElementsAre("never_true R1"));
  // 4 lies between: with whole numbers n > 3 && n < 5 holds for it alone, n > 3 && n < 4 for none.
  EXPECT_THAT(found(check("n > 3 && n < 5")), IsEmpty());
  EXPECT_THAT(found(check("n > 3 && n < 4")), ElementsAre("never_true R1"));
  EXPECT_THAT(found(check("x > 3.0 && x < 4.0")), IsEmpty());
  EXPECT_THAT(found(check("x < y && y < z && z < x")), ElementsAre("never_true R1"));
  EXPECT_THAT(found(check("x < y && y < z && z > x")), IsEmpty());
  EXPECT_THAT(found(check("x * 2.0 > 10.0 && x < 5.0")), ElementsAre("never_true R1"));
  EXPECT_THAT(found(check("x * 2.0 > 10.0 && x <= 5.1")), IsEmpty());
  EXPECT_THAT(found(check("n % 4 == 1 && n % 2 == 0")), ElementsAre("never_true R1"));
  EXPECT_THAT(found(check("n % 4 == 1 && n % 3 == 2")), IsEmpty());  // 5
  EXPECT_THAT(found(check("words.all(w, w == \"a\") && \"b\" in words")), ElementsAre("never_true R1"));
  EXPECT_THAT(found(check("words.exists(w, w == \"a\") && \"b\" in words && size(words) == 2")), IsEmpty());
  EXPECT_THAT(found(check("text.startsWith(\"ab\") && text == \"b\"")), ElementsAre("never_true R1"));
  EXPECT_THAT(found(check("text.startsWith(\"ab\") && text != \"ab\"")), IsEmpty());
  EXPECT_THAT(found(check("!has(a.text) && a.text == \"b\"")), ElementsAre("never_true R1"));
}

TEST(Verify, AlwaysTrue) {
  EXPECT_THAT(found(check("n > 5 || n <= 5")), ElementsAre("always_true R1"));
  EXPECT_THAT(found(check("n > 5 || n < 5")), IsEmpty());
  EXPECT_THAT(found(check("share >= 0.0")), ElementsAre("always_true R1"));
  EXPECT_THAT(found(check("share > 0.0")), IsEmpty());
  EXPECT_THAT(found(check("true")), IsEmpty());  // says so
}

TEST(Verify, DoubtIsSaid) {
  // A product of two facts is only sampled: no sheet was found, and that is no proof.
  const std::vector<RuleFinding> findings = semantic(check("x * y < 0.0 && x > 0.0 && y > 0.0"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "never_true");
  EXPECT_FALSE(findings[0].proven);
  EXPECT_EQ(findings[0].severity, "note");
  EXPECT_THAT(findings[0].doubt, HasSubstr("x * y < 0"));
}

TEST(Verify, UnreachableBranch) {
  EXPECT_THAT(found(check("n > 5 ? (n > 3 ? flag : other) : flag")), ElementsAre("unreachable_branch R1"));
  EXPECT_THAT(found(check("n > 5 ? (n > 7 ? flag : other) : flag")), IsEmpty());
}

TEST(Verify, Duplicate) {
  EXPECT_THAT(found(rule("R1", "n > 5", "veto", "pick=a") + rule("R2", "!(n <= 5)", "veto", "pick=a") + kSpeaks),
              ElementsAre("duplicate R2 R1", "never_decides R1 pick", "never_decides R2 pick"));
  EXPECT_THAT(found(rule("R1", "n > 5", "veto", "pick=a") + rule("R2", "n > 5", "veto", "pick=b") + kSpeaks),
              ElementsAre("total_veto  pick"));
  EXPECT_THAT(found(check("n > 5", "R1") + check("n > 5", "R2")), ElementsAre("duplicate R2 R1"));
}

TEST(Verify, Subsumed) {
  EXPECT_THAT(found(rule("R1", "n > 10", "veto", "pick=a") + rule("R2", "n > 20", "veto", "pick=a") + kSpeaks),
              ElementsAre("never_decides R2 pick", "subsumed R2 R1"));
  EXPECT_THAT(found(rule("R1", "n > 10", "veto", "pick=a") + rule("R2", "n > 20 || flag", "veto", "pick=a") + kSpeaks),
              IsEmpty());
}

TEST(Verify, ConflictOfVetoAndRecommendation) {
  const std::string veto = rule("R2", "n > 5", "veto", "pick=a");
  // R7 recommends a always, so its own weight is added to.
  EXPECT_THAT(found(rule("R1", "n > 7", "recommend", "pick=a", 2) + veto + kSpeaks),
              ElementsAre("conflict R1 R2", "never_decides R1 pick", "subsumed R1 R7"));
  EXPECT_THAT(found(rule("R1", "n > 4", "recommend", "pick=a", 2) + veto + kSpeaks), ElementsAre("subsumed R1 R7"));
}

TEST(Verify, ConflictOfDerivedValues) {
  const std::string read = check("level > 2", "R9");
  EXPECT_THAT(found(derive("R1", "n > 5", "level", "1") + derive("R2", "n > 7", "level", "3") + read),
              ElementsAre("conflict R2 R1", "never_true R9"));
  EXPECT_THAT(found(derive("R1", "n > 5", "level", "1") + derive("R2", "n <= 5", "level", "3") + read), IsEmpty());
  EXPECT_THAT(found(derive("R1", "n > 5", "level", "3") + derive("R2", "n > 7", "level", "3") + read), IsEmpty());
}

TEST(Verify, ConflictOfRequireAndVetoes) {
  const std::string vetoes = rule("R1", "flag", "veto", "pick=a") + rule("R2", "flag", "veto", "pick=b");
  const std::string allow = R"json("allow": [{"finding": "total_veto", "reason": "for the test"}])json";
  EXPECT_THAT(found(require("R3", "flag", "pick", "n") + vetoes + kSpeaks, "score", allow),
              ElementsAre("conflict R3 pick", "total_veto  pick allowed"));
  EXPECT_THAT(found(require("R3", "other", "pick", "n") + vetoes + kSpeaks, "score", allow),
              ElementsAre("total_veto  pick allowed"));
}

TEST(Verify, Overlap) {
  const std::string a = rule("R1", "n > 5", "recommend", "pick=a", 1);
  EXPECT_THAT(found(a + rule("R2", "n < 7", "recommend", "pick=b", 1), "unique"), ElementsAre("overlap R2 R1"));
  EXPECT_THAT(found(a + rule("R2", "n < 7", "recommend", "pick=b", 1), "any"), ElementsAre("overlap R2 R1"));
  EXPECT_THAT(found(a + rule("R2", "n <= 5", "recommend", "pick=b", 1), "unique"), IsEmpty());
  // What a score adds up may overlap.
  EXPECT_THAT(found(a + rule("R2", "n < 7", "recommend", "pick=b", 2), "score"), IsEmpty());
}

TEST(Verify, Gap) {
  const std::string a = rule("R1", "n > 5", "recommend", "pick=a", 1);
  const std::vector<RuleFinding> findings = semantic(a + rule("R2", "n < 5", "recommend", "pick=b", 1));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "gap");
  EXPECT_EQ(*findings[0].witness, (std::vector<std::pair<std::string, std::string>>{{"n", "5"}}));
  EXPECT_THAT(findings[0].silent, ElementsAre("R1", "R2"));
  EXPECT_THAT(found(a + rule("R2", "n <= 5", "recommend", "pick=b", 1)), IsEmpty());
  EXPECT_THAT(found(a + rule("R2", "n < 5", "recommend", "pick=b", 1), "collect"), IsEmpty());
}

TEST(Verify, TotalVeto) {
  const std::string a = rule("R1", "n > 5", "veto", "pick=a");
  EXPECT_THAT(found(a + rule("R2", "n > 7", "veto", "pick=b") + kSpeaks), ElementsAre("total_veto  pick"));
  EXPECT_THAT(found(a + rule("R2", "n < 5", "veto", "pick=b") + kSpeaks), IsEmpty());
}

TEST(Verify, UnreachableOption) {
  EXPECT_THAT(found(rule("R1", "true", "recommend", "pick=a", 3) + rule("R2", "flag", "recommend", "pick=b", 2)),
              ElementsAre("never_decides R2 pick", "unreachable_option  pick=b"));
  EXPECT_THAT(found(rule("R1", "true", "recommend", "pick=a", 3) + rule("R2", "flag", "recommend", "pick=b", 5)),
              IsEmpty());
  EXPECT_THAT(found(rule("R1", "true", "recommend", "pick=a", 3)), ElementsAre("unreachable_option  pick=b"));
}

TEST(Verify, RuleThatNeverDecides) {
  // Against an option that is never recommended; with 2 against 3 for it, it still wins.
  const std::string both = rule("R1", "true", "recommend", "pick=a", 3) + rule("R2", "flag", "recommend", "pick=b", 5);
  EXPECT_THAT(found(both + rule("R3", "!flag", "recommend", "pick=b", -2)), ElementsAre("never_decides R3 pick"));
  EXPECT_THAT(found(both + rule("R3", "other", "recommend", "pick=b", -2)), IsEmpty());
}

TEST(Verify, DerivedFacts) {
  EXPECT_THAT(found(derive("R1", "flag", "level", "1")), ElementsAre("unused_fact R1 level"));
  EXPECT_THAT(found(derive("R1", "flag", "level", "3") + check("level > 2", "R2")), IsEmpty());
  EXPECT_THAT(found(check("level > 2")), ElementsAre("underived_fact R1 level"));
}

TEST(Verify, OutsideDomain) {
  EXPECT_THAT(found(check("share > 1.5 || flag")), ElementsAre("outside_domain R1 share"));
  EXPECT_THAT(found(check("share < 1.0 && flag")), IsEmpty());
}

TEST(Verify, DoubleEquality) {
  const std::vector<RuleFinding> findings = semantic(check("x == 0.5"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "double_equality");
  EXPECT_EQ(findings[0].witness->front().second, "0.5000000000000001");
  EXPECT_THAT(found(check("n == 5")), IsEmpty());
}

TEST(Verify, Cost) {
  // Three nested lists of 1,000 words: 10^9 steps, and all of them are taken as no two words are the same.
  const std::vector<RuleFinding> findings =
      semantic(check("words.exists(a, words.exists(b, words.exists(c, a + b == c + \\\"!\\\")))"));
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].check, "cost");
  EXPECT_TRUE(findings[0].proven);
  EXPECT_THAT(found(check("words.exists(a, a == \\\"b\\\")")), IsEmpty());
}

TEST(Verify, SourcesAndDates) {
  const auto with = [](const std::string& more) {
    return R"json({"id": "R1", "when": "flag", "effect": "check", )json" + more +
           R"json("tests": [{"facts": {"flag": true}, "expect": "fired"}, {"facts": {"flag": false}, "expect": "not"},
              {"facts": {}, "expect": "unknown"}]})json";
  };
  const std::string good =
      R"json("source": {"title": "t", "url": "https://x.org", "locator": "p. 1", "retrieved": "2026-11-24"}, )json";
  EXPECT_THAT(all_found(with("")), ElementsAre("no_source R1"));
  EXPECT_THAT(all_found(with(good)), IsEmpty());
  EXPECT_THAT(
      all_found(
          with(R"json("source": {"title": "t", "url": "x.org", "locator": "p. 1", "retrieved": "2026-11-24"}, )json")),
      ElementsAre("malformed_source R1"));
  EXPECT_THAT(all_found(with(good + R"json("since": "2026-02-01", "until": "2026-01-01", )json")),
              ElementsAre("dates R1"));
  // The day it is: the latest on which a source was read.
  EXPECT_THAT(all_found(with(good + R"json("until": "2026-11-23", )json")), ElementsAre("expired R1"));
  EXPECT_THAT(all_found(with(good + R"json("until": "2026-11-24", )json")), IsEmpty());
}

TEST(Verify, MissingTests) {
  const auto with = [](const std::string& tests) {
    return R"json({"id": "R1", "when": "n > 5", "effect": "check", "seed": ["A1"], "tests": [)json" + tests + "]}";
  };
  const std::string fired = R"json({"facts": {"n": 6}, "expect": "fired"})json";
  const std::string no = R"json({"facts": {"n": 5}, "expect": "not"})json";
  const std::string open = R"json({"facts": {}, "expect": "unknown"})json";
  EXPECT_THAT(all_found(with(fired + "," + no + "," + open)), IsEmpty());
  EXPECT_THAT(all_found(with(fired + "," + no)), ElementsAre("no_test R1"));
  EXPECT_THAT(all_found(with(no + "," + open)), ElementsAre("no_test R1"));
  EXPECT_THAT(all_found(with(fired + "," + open)), ElementsAre("no_boundary_test R1 n > 5", "no_test R1"));
  EXPECT_THAT(all_found(with(fired + R"json(, {"facts": {"n": 1}, "expect": "not"},)json" + open)),
              ElementsAre("no_boundary_test R1 n > 5"));
}

TEST(Verify, AllowancesExplainFindingsAndMustApply) {
  const auto inner = [](const std::string& with) {
    return R"json({"id": "R2", "when": "n > 20", "effect": "recommend", "weight": 1, "target": "pick=b",
      "allow": [{"finding": "subsumed", "with": ")json" +
           with + R"json(", "reason": "the weights add up"}]})json";
  };
  const std::string outer =
      rule("R1", "n > 10", "recommend", "pick=b", 1) + rule("R0", "n <= 10", "recommend", "pick=a", 1);
  EXPECT_THAT(found(outer + inner("R1")), ElementsAre("never_decides R2 pick", "subsumed R2 R1 allowed"));
  EXPECT_THAT(found(outer + inner("R0")), ElementsAre("never_decides R2 pick", "subsumed R2 R1", "unused_allow R2 R0"));
}

TEST(Verify, GapsMayBeAllowedInARegion) {
  const std::string a = rule("R1", "n > 5", "recommend", "pick=a", 1) + rule("R2", "n == 3", "recommend", "pick=b", 1);
  const auto allow = [](const std::string& where) {
    return R"json("allow": [{"finding": "gap", "where": ")json" + where + R"json(", "reason": "not asked there"}])json";
  };
  EXPECT_THAT(found(a, "score", allow("n <= 5")), ElementsAre("gap  pick allowed"));
  EXPECT_THAT(found(a, "score", allow("n < 5")), ElementsAre("gap  pick", "gap  pick allowed"));  // 5 is left
  EXPECT_THAT(found(a, "score", allow("n > 5")), ElementsAre("gap  pick", "unused_allow "));
}

TEST(CheckRules, TurnsWhatDoesNotLoadIntoFindings) {
  const auto faults = [](const std::string& rules) {
    const Result<RuleCheck> check = check_rules(files_of(rules, "score", ""));
    std::vector<std::string> out;
    if (!check) return std::vector<std::string>{to_string(check.error())};
    for (const RuleFinding& finding : check->findings) {
      if (!finding.check.starts_with("no_") && finding.check != "unreachable_option")
        out.push_back(finding.check + " " + finding.rule + ": " + finding.fix);
    }
    return out;
  };
  EXPECT_THAT(faults(check("flagg")), ElementsAre("unknown_fact R1: did you mean 'flag'?"));
  EXPECT_THAT(faults(check("mode == \\\"fsat\\\"")), ElementsAre("outside_domain R1: did you mean \"fast\"?"));
  EXPECT_THAT(faults(check("x * 2 > 1.0")),
              ElementsAre("type_error R1: int and double don't mix here: write 2.0 for 2"));
  EXPECT_THAT(faults(check("text.matches(\\\"(\\\")")), ElementsAre(HasSubstr("bad_pattern R1")));
  EXPECT_THAT(faults(check("n >")), ElementsAre(HasSubstr("syntax_error R1")));
  EXPECT_THAT(faults(check("flag") + check("other")), ElementsAre(HasSubstr("duplicate_id R1: the other one is at")));
  EXPECT_THAT(faults(derive("R1", "level > 2", "level", "1")), ElementsAre(HasSubstr("dependency_cycle R1")));
  EXPECT_THAT(faults(rule("R1", "flag", "veto", "pick=aa") + check("n > 5 && n < 3", "R2")),
              ElementsAre("unknown_target R1: did you mean 'a'?", HasSubstr("never_true R2")));
  EXPECT_THAT(faults(R"json({"id": "R1", "wen": "flag", "effect": "check"})json"),
              ElementsAre(HasSubstr("malformed R1: did you mean")));
}

}  // namespace
}  // namespace berth::testing
