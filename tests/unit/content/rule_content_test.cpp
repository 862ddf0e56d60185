// The rule set as shipped: it loads, its rules' own tests hold, and it covers the seed chapter.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <set>

#include "berth/data.hpp"
#include "berth/rule_check.hpp"
#include "berth/rules.hpp"
#include "core/node.hpp"

namespace berth {
namespace {

const std::string kRules = std::string(BERTH_SOURCE_DIR) + "/rules";

const std::vector<SourceFile>& files() {
  static const Result<std::vector<SourceFile>> read = read_data_folder(kRules);
  static const std::vector<SourceFile> none;
  return read ? *read : none;
}

const RuleSet& shipped() {
  static const Result<RuleSet> set = RuleSet::load(files());
  if (!set) {
    ADD_FAILURE() << to_string(set.error());
    std::abort();
  }
  return *set;
}

// Calls visit(node) for every object of every file whose schema starts with `schema`.
template <class Visit>
void for_each_entry(std::string_view list_key, Visit&& visit) {
  for (const SourceFile& file : files()) {
    if (file.name.starts_with("schema/") || file.name.starts_with("check/")) continue;  // tests/unit/check has those
    const Result<Node> root = parse_document(file.text, file.name, Syntax::kJson);
    ASSERT_TRUE(root) << to_string(root.error());
    const Node* list = root->find(list_key);
    if (list == nullptr || !list->is(Node::Kind::kArray)) continue;
    for (const Node& entry : list->as_array()) visit(entry);
  }
}

std::string text_of(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  return value != nullptr && value->is(Node::Kind::kString) ? value->as_string() : std::string();
}

void add_seeds(const Node& entry, std::set<std::string>& out) {
  const Node* seed = entry.find("seed");
  if (seed == nullptr || !seed->is(Node::Kind::kArray)) return;
  for (const Node& row : seed->as_array()) out.insert(row.as_string());
}

FactValue value_of(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kBool: return node.as_bool();
    case Node::Kind::kInt: return node.as_int();
    case Node::Kind::kDouble: return node.as_double();
    case Node::Kind::kString: return node.as_string();
    case Node::Kind::kArray: {
      std::vector<std::string> words;
      for (const Node& item : node.as_array()) words.push_back(item.as_string());
      return words;
    }
    default: return std::monostate();
  }
}

const char* word_of(Verdict verdict) {
  return verdict == Verdict::kFired ? "fired" : verdict == Verdict::kNot ? "not" : "unknown";
}

TEST(RuleContent, EveryTestOfEveryRuleHolds) {
  const RuleSet& rules = shipped();
  int tests = 0;
  for_each_entry("rules", [&](const Node& entry) {
    const Rule* rule = rules.find(text_of(entry, "id"));
    ASSERT_NE(rule, nullptr) << text_of(entry, "id");
    for (const Node& test : entry.find("tests")->as_array()) {
      FactSheet sheet(rules);
      for (const Member& fact : test.find("facts")->as_object()) {
        const Status status = sheet.set(fact.key, value_of(fact.value));
        ASSERT_TRUE(status) << rule->id << ": " << to_string(status.error());
      }
      const Evaluation evaluation = rules.evaluate(sheet, rule->scope);
      for (const RuleOutcome& outcome : evaluation.outcomes) {
        if (outcome.rule != rule) continue;
        ++tests;
        EXPECT_EQ(word_of(outcome.verdict), text_of(test, "expect"))
            << rule->id << " " << rule->name << ", test at line " << test.line << " " << outcome.note;
        if (outcome.verdict == Verdict::kFired) {
          EXPECT_EQ(outcome.message.find('?'), std::string::npos) << rule->id << ": " << outcome.message;
        }
      }
    }
  });
  EXPECT_GT(tests, 500);
}

TEST(RuleContent, EveryRuleHasItsTestsSourceAndStatement) {
  for_each_entry("rules", [&](const Node& entry) {
    const std::string id = text_of(entry, "id");
    std::map<std::string, int> kinds;
    for (const Node& test : entry.find("tests")->as_array()) ++kinds[text_of(test, "expect")];
    EXPECT_GT(kinds["fired"], 0) << id;
    if (text_of(entry, "when") != "true") {
      EXPECT_GT(kinds["unknown"], 0) << id;
      // BRT5005 names every task there is, so that nothing but an unknown task keeps it from firing.
      EXPECT_GT(kinds["not"] + (id == "BRT5005" ? 1 : 0), 0) << id;
    }
    EXPECT_FALSE(text_of(entry, "statement").empty()) << id;
    EXPECT_FALSE(text_of(entry, "name").empty()) << id;
    const Node* source = entry.find("source");
    ASSERT_NE(source, nullptr) << id;
    EXPECT_FALSE(text_of(*source, "title").empty()) << id;
    EXPECT_FALSE(text_of(*source, "locator").empty()) << id;
    EXPECT_EQ(text_of(*source, "retrieved").size(), 10U) << id;
  });
}

// What `berth rules check` says: nothing that the rule files don't explain.
TEST(RuleContent, VerifiesClean) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<RuleFinding> findings = verify(shipped());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("verified {} rules in {:.3f} s\n", shipped().rules().size(), took.count());
  EXPECT_LT(took.count(), 20);  // 2 s is the aim for a release build on an idle machine
  for (const RuleFinding& finding : findings) {
    EXPECT_FALSE(finding.allowed.empty()) << finding.check << " " << finding.rule << " " << finding.other << ": "
                                          << finding.message << " " << finding.doubt;
  }
}

TEST(RuleContent, EveryWitnessShowsWhatItIsFor) {
  const RuleSet& rules = shipped();
  for (const RuleFinding& finding : verify(rules)) {
    if (!finding.witness) continue;
    FactSheet sheet(rules);
    for (const auto& [path, value] : *finding.witness) {
      const Result<Node> node = parse_document("[" + value + "]", "witness", Syntax::kJson);
      ASSERT_TRUE(node) << value;
      ASSERT_TRUE(sheet.set(path, value_of(node->as_array()[0]))) << path << " " << value;
    }
    std::map<std::string, Verdict> verdicts;
    for (const Scope scope : {Scope::kWorkload, Scope::kCandidate}) {
      for (const RuleOutcome& outcome : rules.evaluate(sheet, scope).outcomes)
        verdicts[outcome.rule->id] = outcome.verdict;
    }
    for (const std::string& id : finding.fires) EXPECT_EQ(verdicts[id], Verdict::kFired) << finding.check << " " << id;
    for (const std::string& id : finding.silent) EXPECT_EQ(verdicts[id], Verdict::kNot) << finding.check << " " << id;
  }
}

TEST(RuleContent, EveryRowOfTheSeedChapterIsCarried) {
  std::set<std::string> carried;
  for (const char* list : {"rules", "devices", "machines", "services", "links", "weight_formats"}) {
    for_each_entry(list, [&](const Node& entry) { add_seeds(entry, carried); });
  }
  std::ifstream rows(std::string(BERTH_SOURCE_DIR) + "/tests/unit/content/criteria_rows.txt");
  std::string row;
  int count = 0;
  while (std::getline(rows, row)) {
    if (row.empty() || row[0] == '#') continue;
    ++count;
    EXPECT_TRUE(carried.contains(row)) << row << " has no rule and no catalog entry";
    carried.erase(row);
  }
  EXPECT_EQ(count, 58);  // A1-A23, B1-B13, C1-C8, D1-D14
  for (const std::string& left : carried) ADD_FAILURE() << "there is no row " << left;
}

TEST(RuleContent, EveryOptionIsSpokenForByARule) {
  std::set<std::string> targets;
  for (const Rule& rule : shipped().rules()) targets.insert(rule.dimension + "=" + rule.option);
  for_each_entry("decisions", [&](const Node& entry) {
    for (const Node& option : entry.find("options")->as_array()) {
      const std::string target = text_of(entry, "dimension") + "=" + option.as_string();
      EXPECT_TRUE(targets.contains(target)) << target;
    }
  });
}

TEST(RuleContent, WeightsStayOnTheScale) {
  const std::set<double> scale = {1, 2, 3, 5};  // docs/guide/rules.md
  for (const Rule& rule : shipped().rules()) {
    EXPECT_TRUE(rule.effect != Effect::kRecommend || scale.contains(std::abs(rule.weight))) << rule.id;
  }
}

TEST(RuleContent, IdsFollowTheFamilies) {
  const std::map<std::string, char> families = {{"accelerator.class", '1'},     {"distribution.mode", '2'},
                                                {"distribution.strategy", '2'}, {"placement.mode", '3'},
                                                {"serving.mode", '4'},          {"accelerator.precision", '5'}};
  for (const Rule& rule : shipped().rules()) {
    EXPECT_TRUE(rule.id.size() == 7 && rule.id.starts_with("BRT")) << rule.id;
    const auto family = families.find(rule.dimension);
    EXPECT_TRUE(family == families.end() || rule.id[3] == family->second) << rule.id;
  }
}

}  // namespace
}  // namespace berth
