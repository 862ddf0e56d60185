// Brute force over small domains is the definition of right: random conditions, random partial sheets.
#include "rules/completion.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "rules/run.hpp"
#include "unit/rules/fixture.hpp"

namespace berth::testing {
namespace {

const char* const kSmallFacts = R"json({"schema": "berth/facts/v1", "facts": {
  "a": {"type": "int", "domain": [0, 3]}, "b": {"type": "int", "domain": [0, 3]},
  "p": {"type": "bool"}, "q": {"type": "bool"},
  "w": {"type": "enum", "values": ["x", "y", "z"]}
}})json";

const std::vector<std::vector<FactValue>>& domains() {
  static const std::vector<std::vector<FactValue>> kDomains = {
      {std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, std::int64_t{3}},
      {std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, std::int64_t{3}},
      {false, true},
      {false, true},
      {std::string("x"), std::string("y"), std::string("z")}};
  return kDomains;
}
constexpr std::array<const char*, 5> kPaths = {"a", "b", "p", "q", "w"};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }

  std::string atom() {
    constexpr std::array<const char*, 6> kOps = {"<", "<=", ">", ">=", "==", "!="};
    switch (below(6)) {
      case 0: return below(2) ? "p" : "q";
      case 1:
        return fmt::format("w {} \"{}\"", below(2) ? "==" : "!=", std::string(1, static_cast<char>('x' + below(3))));
      case 2:
        return fmt::format("w in [\"{}\", \"{}\"]", std::string(1, static_cast<char>('x' + below(3))),
                           std::string(1, static_cast<char>('x' + below(3))));
      case 3: return fmt::format("{} {} {}", below(4), kOps[static_cast<std::size_t>(below(6))], below(2) ? "a" : "b");
      default: return fmt::format("{} {} {}", below(2) ? "a" : "b", kOps[static_cast<std::size_t>(below(6))], below(4));
    }
  }
  std::string condition(int depth) {
    if (depth == 0 || below(4) == 0) return atom();
    switch (below(5)) {
      case 0: return fmt::format("!({})", condition(depth - 1));
      case 1:
      case 2: return fmt::format("({} && {})", condition(depth - 1), condition(depth - 1));
      default: return fmt::format("({} || {})", condition(depth - 1), condition(depth - 1));
    }
  }

 private:
  std::mt19937 engine_;
};

Verdict judge(const RuleSet& set, FactSheet& sheet) {
  return set.evaluate(sheet, Scope::kWorkload).outcomes[0].verdict;
}

// {some completion doesn't fire, some completion fires}
std::pair<bool, bool> brute_force(const RuleSet& set, FactSheet& sheet, std::size_t fact = 0) {
  if (fact == kPaths.size()) {
    const bool fires = judge(set, sheet) == Verdict::kFired;
    return {!fires, fires};
  }
  if (sheet.get(kPaths[fact])) return brute_force(set, sheet, fact + 1);
  std::pair<bool, bool> seen{false, false};
  for (const FactValue& value : domains()[fact]) {
    EXPECT_TRUE(sheet.set(kPaths[fact], value));
    const auto inner = brute_force(set, sheet, fact + 1);
    seen = {seen.first || inner.first, seen.second || inner.second};
  }
  EXPECT_TRUE(sheet.clear(kPaths[fact]));
  return seen;
}

RuleSet rule_of(const std::string& condition) {
  std::string escaped;
  for (const char c : condition) escaped += c == '"' ? std::string("\\\"") : std::string(1, c);
  Result<RuleSet> set = RuleSet::load(std::vector<SourceFile>{
      {"f.json", kSmallFacts},
      {"r.json", R"json({"schema": "berth/rules/v1", "rules": [{"id": "B1", "effect": "check", "when": ")json" +
                     escaped + "\"}]}"}});
  EXPECT_TRUE(set) << condition << ": " << to_string(set.error());
  return std::move(*set);
}

TEST(Completion, AgreesWithBruteForce) {
  Random random(20261125);
  for (int i = 0; i < 400; ++i) {
    const std::string condition = random.condition(3);
    const RuleSet set = rule_of(condition);
    FactSheet sheet(set);
    for (std::size_t fact = 0; fact < kPaths.size(); ++fact) {
      const auto& values = domains()[fact];
      if (random.below(8) == 0) {
        ASSERT_TRUE(sheet.set(kPaths[fact], FactValue()));  // known to be absent: what compares it fails
      } else if (random.below(2)) {
        ASSERT_TRUE(
            sheet.set(kPaths[fact], values[static_cast<std::size_t>(random.below(static_cast<int>(values.size())))]));
      }
    }
    FactSheet copy = sheet;
    const Verdict verdict = judge(set, sheet);
    const auto [can_not, can_fire] = brute_force(set, copy);
    const Verdict expected = can_not && can_fire ? Verdict::kUndetermined : can_fire ? Verdict::kFired : Verdict::kNot;
    EXPECT_EQ(verdict, expected) << condition;
  }
}

TEST(Completion, RemovingAFactNeverFlipsAnOutcome) {
  Random random(7);
  for (int i = 0; i < 300; ++i) {
    const std::string condition = random.condition(3);
    const RuleSet set = rule_of(condition);
    FactSheet sheet(set);
    for (std::size_t fact = 0; fact < kPaths.size(); ++fact) {
      const auto& values = domains()[fact];
      ASSERT_TRUE(
          sheet.set(kPaths[fact], values[static_cast<std::size_t>(random.below(static_cast<int>(values.size())))]));
    }
    const Verdict all = judge(set, sheet);
    for (int removed = 0; removed < 4; ++removed) {
      ASSERT_TRUE(sheet.clear(kPaths[static_cast<std::size_t>(random.below(5))]));
      const Verdict now = judge(set, sheet);
      EXPECT_TRUE(now == all || now == Verdict::kUndetermined) << condition;
    }
  }
}

TEST(Completion, SettlesWhatHangsTogether) {
  const auto verdict = [](const std::string& condition) {
    const RuleSet set = rule_of(condition);
    FactSheet sheet(set);
    return judge(set, sheet);
  };
  EXPECT_EQ(verdict("p || !p"), Verdict::kFired);
  EXPECT_EQ(verdict("a < 1 && a > 2"), Verdict::kNot);
  EXPECT_EQ(verdict("a >= 0"), Verdict::kFired);  // the domain is [0, 3]
  EXPECT_EQ(verdict("a > 3"), Verdict::kNot);
  EXPECT_EQ(verdict("a < b || a >= b"), Verdict::kUndetermined);            // two facts: free truth values
  EXPECT_EQ(verdict("a / b > 1 || !(a / b > 1)"), Verdict::kUndetermined);  // may fail: b = 0
}

// `p && null` is false or fails, whatever p: it fires in no case, so p isn't asked for.
TEST(Completion, WhatHangsOnAnAbsentFactIsSettled) {
  const auto outcome = [](const std::string& condition) {
    const RuleSet set = rule_of(condition);
    FactSheet sheet(set);
    EXPECT_TRUE(sheet.set("q", FactValue()));
    RuleOutcome out = set.evaluate(sheet, Scope::kWorkload).outcomes[0];
    out.rule = nullptr;
    return out;
  };
  EXPECT_EQ(outcome("p && q").verdict, Verdict::kNot);
  EXPECT_FALSE(outcome("p && q").note.empty());
  EXPECT_EQ(outcome("p || q").verdict, Verdict::kUndetermined);
  EXPECT_EQ(outcome("!(p || q)").verdict, Verdict::kNot);
  EXPECT_EQ(outcome("!(p && q)").verdict, Verdict::kUndetermined);
  EXPECT_EQ(outcome("p && q || w == \"x\"").verdict, Verdict::kUndetermined);
}

}  // namespace
}  // namespace berth::testing
