// Small rule sets for the tests of verify(), and their findings in short.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "berth/rule_check.hpp"
#include "core/json.hpp"
#include "rules/bare.hpp"

namespace berth::testing {

inline std::vector<SourceFile> files_of(std::string rules, const std::string& policy, const std::string& allow) {
  if (!rules.empty() && rules.back() == ',') rules.pop_back();
  const char* const facts = R"json({"schema": "berth/facts/v1", "facts": {
    "flag": {"type": "bool"}, "other": {"type": "bool"}, "mode": {"type": "enum", "values": ["fast", "slow"]},
    "n": {"type": "int", "domain": [0, 100]}, "x": {"type": "double"}, "y": {"type": "double"}, "z": {"type": "double"},
    "share": {"type": "double", "domain": [0, 1]}, "text": {"type": "string"}, "a.text": {"type": "string"}, "words": {"type": "list(string)"},
    "level": {"type": "int", "mutable": "derived"}}})json";
  std::string decision = R"json({"dimension": "pick", "options": ["a", "b"], "hit_policy": ")json" + policy + "\"";
  if (!allow.empty()) decision += ", " + allow;
  return {{"facts.json", facts},
          {"decisions.json", R"json({"schema": "berth/decisions/v1", "decisions": [)json" + decision + "}]}"},
          {"r.json", R"json({"schema": "berth/rules/v1", "rules": [)json" + rules + "]}"}};
}

// Each ends in a comma.
inline std::string rule(const std::string& id, const std::string& when, const std::string& effect,
                        const std::string& target, int weight = 0) {
  std::string out = R"json({"id": ")json" + id + R"json(", "when": ")json" + when + R"json(", "effect": ")json" +
                    effect + R"json(", "target": ")json" + target + "\"";
  if (weight != 0) out += ", \"weight\": " + std::to_string(weight);
  return out + "},";
}
inline std::string check(std::string when, const std::string& id = "R1") {
  std::string escaped;
  for (std::size_t i = 0; i < when.size(); ++i) {
    if (when[i] == '"' && (i == 0 || when[i - 1] != '\\')) escaped += '\\';
    escaped += when[i];
  }
  return R"json({"id": ")json" + id + R"json(", "when": ")json" + escaped + R"json(", "effect": "check"},)json";
}
inline std::string derive(const std::string& id, const std::string& when, const std::string& fact,
                          const std::string& value) {
  return R"json({"id": ")json" + id + R"json(", "when": ")json" + when +
         R"json(", "effect": "derive", "target": ")json" + fact + R"json(", "value": ")json" + value + "\"},";
}
inline std::string require(const std::string& id, const std::string& when, const std::string& dimension,
                           const std::string& fact) {
  return R"json({"id": ")json" + id + R"json(", "when": ")json" + when +
         R"json(", "effect": "require", "target": ")json" + dimension + R"json(", "facts": [")json" + fact + "\"]},";
}
// Something is always recommended, and each option can win.
inline const std::string kSpeaks =
    rule("R7", "true", "recommend", "pick=a", 1) + rule("R8", "mode == \\\"fast\\\"", "recommend", "pick=b", 2);

// The witness, given to the bare engine, shows what the finding says.
inline void expect_replays(const RuleSet& set, const RuleFinding& finding) {
  if (!finding.witness) return;
  Json facts = Json::object();
  for (const auto& [path, value] : *finding.witness) facts[path] = Json::parse(value);
  std::string out;
  BareEngine engine(set, BareOutput::kVerdicts);
  const Status status = engine.judge(json_text(facts, -1), "witness", 1, out);
  ASSERT_TRUE(status) << to_string(status.error());
  const Json answer = Json::parse(out);
  const auto fired = answer["fired"].get<std::vector<std::string>>();
  for (const std::string& id : finding.fires)
    EXPECT_TRUE(std::find(fired.begin(), fired.end(), id) != fired.end())
        << finding.check << " " << id << " " << out << json_text(facts, -1);
  for (const std::string& id : finding.silent) {
    EXPECT_TRUE(std::find(fired.begin(), fired.end(), id) == fired.end()) << finding.check << " " << id << " " << out;
    EXPECT_FALSE(answer["undetermined"].contains(id))
        << finding.check << " " << id << " " << out << json_text(facts, -1);
  }
}

inline std::vector<RuleFinding> all_findings(const std::string& rules, const std::string& policy = "score",
                                             const std::string& allow = "") {
  const Result<RuleSet> set = RuleSet::load(files_of(rules, policy, allow));
  if (!set) {
    ADD_FAILURE() << to_string(set.error());
    return {};
  }
  std::vector<RuleFinding> findings = verify(*set);
  for (const RuleFinding& finding : findings) expect_replays(*set, finding);
  return findings;
}

// Without what every short rule lacks: a source and tests; without decisions that nothing speaks to.
inline std::vector<RuleFinding> semantic(const std::string& rules, const std::string& policy = "score",
                                         const std::string& allow = "") {
  std::vector<RuleFinding> out;
  const bool decides = rules.find("recommend") != std::string::npos;
  for (RuleFinding& finding : all_findings(rules, policy, allow)) {
    const bool lacks =
        finding.check == "no_test" || finding.check == "no_boundary_test" || finding.check == "no_source";
    if (!lacks && (decides || finding.check != "unreachable_option")) out.push_back(std::move(finding));
  }
  return out;
}

inline std::vector<std::string> in_short(const std::vector<RuleFinding>& findings) {
  std::vector<std::string> out;
  for (const RuleFinding& finding : findings) {
    std::string text = finding.check + " " + finding.rule;
    if (!finding.other.empty()) text += " " + finding.other;
    out.push_back(text + (finding.allowed.empty() ? "" : " allowed"));
  }
  std::sort(out.begin(), out.end());
  return out;
}
inline std::vector<std::string> found(const std::string& rules, const std::string& policy = "score",
                                      const std::string& allow = "") {
  return in_short(semantic(rules, policy, allow));
}
// Of rules that have all they need but for what is asked: without decisions.
inline std::vector<std::string> all_found(const std::string& rules) {
  std::vector<RuleFinding> out;
  for (RuleFinding& finding : all_findings(rules)) {
    if (finding.check != "unreachable_option") out.push_back(std::move(finding));
  }
  return in_short(out);
}

}  // namespace berth::testing
