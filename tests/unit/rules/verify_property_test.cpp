// verify() against its definition: on random small rule sets every sheet of a grid that has all cells is
// evaluated, and a finding must be there exactly when the sheets say so.
#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <random>
#include <set>

#include "unit/rules/verify_fixture.hpp"

namespace berth::testing {
namespace {

using Values = std::vector<FactValue>;
using Words = std::vector<std::string>;

FactValue whole(int i) {
  return std::int64_t{i};
}

// All cells that the atoms below can cut, each with as many values as atoms may compare facts.
const std::map<std::string, Values>& grid() {
  static const std::map<std::string, Values> kGrid = {
      {"b", {false, true}},
      {"c", {false, true}},
      {"m.e", {"u", "v", "w"}},
      {"m.i", {whole(0), whole(1), whole(2), whole(3), whole(4)}},
      {"j", {whole(0), whole(1), whole(2), whole(3), whole(4)}},
      {"d", {0.0, 0.125, 0.25, 0.5, 0.625, 0.75, 1.0}},
      {"f", {0.0, 0.125, 0.25, 0.5, 0.625, 0.75, 1.0}},
      {"s", {"foo", "foobar", "bar", "other"}},
      {"l",
       {Words{}, Words{"p"}, Words{"q"}, Words{"o"}, Words{"p", "q"}, Words{"p", "o"}, Words{"q", "o"}, Words{"p", "p"},
        Words{"q", "q"}, Words{"o", "o"}, Words{"p", "q", "o"}}}};
  return kGrid;
}

struct Atom {
  const char* text;
  std::vector<std::string> facts;
  bool asks_has = false;
};
const std::vector<Atom>& atoms() {
  static const std::vector<Atom> kAtoms = {{"b", {"b"}},
                                           {"c", {"c"}},
                                           {"m.e == \\\"u\\\"", {"m.e"}},
                                           {"m.e in [\\\"u\\\", \\\"v\\\"]", {"m.e"}},
                                           {"m.e != \\\"w\\\"", {"m.e"}},
                                           {"m.i > 2", {"m.i"}},
                                           {"m.i <= 2", {"m.i"}},
                                           {"m.i < 2", {"m.i"}},
                                           {"m.i == 3", {"m.i"}},
                                           {"m.i >= 0", {"m.i"}},
                                           {"m.i % 2 == 1", {"m.i"}},
                                           {"m.i * 2 > 5", {"m.i"}},
                                           {"m.i < j", {"m.i", "j"}},
                                           {"j >= m.i", {"m.i", "j"}},
                                           {"j == 1", {"j"}},
                                           {"d < 0.5", {"d"}},
                                           {"d >= 0.5", {"d"}},
                                           {"d * 2.0 > 1.0", {"d"}},
                                           {"d < f", {"d", "f"}},
                                           {"f <= d", {"d", "f"}},
                                           {"f > 0.5", {"f"}},
                                           {"s == \\\"foo\\\"", {"s"}},
                                           {"s.startsWith(\\\"foo\\\")", {"s"}},
                                           {"s in [\\\"foo\\\", \\\"bar\\\"]", {"s"}},
                                           {"\\\"p\\\" in l", {"l"}},
                                           {"size(l) > 1", {"l"}},
                                           {"size(l) == 0", {"l"}},
                                           {"l.all(x, x == \\\"p\\\")", {"l"}},
                                           {"l.exists(x, x in [\\\"p\\\", \\\"q\\\"])", {"l"}},
                                           {"has(m.e)", {"m.e"}, true},
                                           {"has(m.i)", {"m.i"}, true}};
  return kAtoms;
}

struct Condition {
  std::string text = "true";
  std::set<std::string> facts, has;
  void take(const Condition& other) {
    facts.insert(other.facts.begin(), other.facts.end());
    has.insert(other.has.begin(), other.has.end());
  }
};

struct Written {
  std::string id, effect, option;
  Condition when;
  int weight = 0;
};

class RandomSet {
 public:
  explicit RandomSet(unsigned seed) : random_(seed) {
    const std::vector<std::vector<std::string>> pools = {{"b", "m.e", "m.i"}, {"m.i", "j", "c"}, {"d", "f", "b"},
                                                         {"l", "c", "m.e"},   {"s", "b", "m.i"}, {"d", "m.e", "b"}};
    pool_ = pools[below(pools.size())];
    const char* policies[] = {"score", "score", "unique", "any", "priority", "collect"};
    policy = policies[below(6)];
    options = below(6) == 0 ? 1 : below(2) == 0 ? 2 : 3;
    if (below(3) == 0) {
      const std::size_t count = 1 + below(2);
      for (std::size_t k = 0; k < count; ++k) {
        derives.push_back({"D" + std::to_string(k), "derive", below(2) == 0 ? "true" : "false", condition()});
        derived.take(derives.back().when);
      }
    }
    const std::size_t count = 2 + below(4);
    for (std::size_t k = 0; k < count; ++k) {
      Written rule{"R" + std::to_string(k), below(3) == 0 ? "veto" : "recommend",
                   std::string(1, static_cast<char>('x' + static_cast<int>(below(options)))), condition()};
      const int weights[] = {1, 2, 3, -2};
      if (rule.effect == "recommend") rule.weight = weights[below(4)];
      if (!derives.empty() && below(3) == 0) {
        rule.when.text = rule.when.text == "true" ? "g" : "(" + rule.when.text + ") && " + (below(2) == 0 ? "g" : "!g");
        rule.when.take(derived);
      }
      rules.push_back(std::move(rule));
    }
  }

  [[nodiscard]] std::vector<SourceFile> files() const {
    std::string text;
    for (const Written& rule : derives) text += derive(rule.id, rule.when.text, "g", rule.option);
    for (const Written& rule : rules)
      text += berth::testing::rule(rule.id, rule.when.text, rule.effect, "pick=" + rule.option, rule.weight);
    text.pop_back();
    std::string names = R"json("x")json";
    if (options > 1) names += R"json(, "y")json";
    if (options > 2) names += R"json(, "z")json";
    return {{"facts.json", R"json({"schema": "berth/facts/v1", "facts": {"b": {"type": "bool"}, "c": {"type": "bool"},
              "m.e": {"type": "enum", "values": ["u", "v", "w"]}, "m.i": {"type": "int", "domain": [0, 4]},
              "j": {"type": "int", "domain": [0, 4]}, "d": {"type": "double", "domain": [0, 1]},
              "f": {"type": "double", "domain": [0, 1]}, "s": {"type": "string"}, "l": {"type": "list(string)"},
              "g": {"type": "bool", "mutable": "derived"}}})json"},
            {"decisions.json",
             R"json({"schema": "berth/decisions/v1", "decisions": [{"dimension": "pick", "hit_policy": ")json" +
                 policy + R"json(", "options": [)json" + names + "]}]}"},
            {"r.json", R"json({"schema": "berth/rules/v1", "rules": [)json" + text + "]}"}};
  }

  std::string policy;
  std::size_t options = 2;
  std::vector<Written> derives, rules;
  Condition derived;

 private:
  std::size_t below(std::size_t count) { return random_() % count; }

  Condition condition() {
    Condition out;
    if (below(12) == 0) return out;
    const std::size_t count = 1 + below(3);
    for (std::size_t k = 0; k < count; ++k) {
      const Atom* atom = nullptr;
      while (atom == nullptr) {
        const Atom& maybe = atoms()[below(atoms().size())];
        const bool fits = std::all_of(maybe.facts.begin(), maybe.facts.end(), [&](const std::string& fact) {
          return std::find(pool_.begin(), pool_.end(), fact) != pool_.end();
        });
        if (fits) atom = &maybe;
      }
      std::string text = below(4) == 0 ? "!(" + std::string(atom->text) + ")" : atom->text;
      out.text = k == 0 ? text : "(" + out.text + (below(3) == 0 ? ") || (" : ") && (") + text + ")";
      out.facts.insert(atom->facts.begin(), atom->facts.end());
      if (atom->asks_has) out.has.insert(atom->facts.begin(), atom->facts.end());
    }
    return out;
  }

  std::mt19937 random_;
  std::vector<std::string> pool_;
};

// All sheets of the set's facts, with what fires on each.
class Brute {
 public:
  Brute(const RandomSet& random, const RuleSet& set) : random_(random), set_(set) {
    Condition all = random.derived;
    for (const Written& rule : random.rules) all.take(rule.when);
    facts_.assign(all.facts.begin(), all.facts.end());
    FactSheet sheet(set);
    sheets(0, all, sheet, {});
  }

  struct Sheet {
    std::set<std::string> nulls;
    std::set<std::string> fired;
    std::vector<bool> derives;  // which derive rules fire
    Evaluation evaluation;
  };

  // The sheets on which a fact is null only if one of the conditions asks has() of it.
  [[nodiscard]] std::vector<const Sheet*> over(const std::vector<const Written*>& rules) const {
    Condition all;
    for (const Written* rule : rules) all.take(rule->when);
    std::vector<const Sheet*> out;
    for (const Sheet& sheet : sheets_) {
      if (std::includes(all.has.begin(), all.has.end(), sheet.nulls.begin(), sheet.nulls.end())) out.push_back(&sheet);
    }
    return out;
  }
  static bool fires(const Sheet& sheet, const Written& rule) { return sheet.fired.count(rule.id) != 0; }

  std::set<std::string> findings() {
    for (const Written& rule : random_.derives) derive_conditions(rule);
    for (const Written& rule : random_.rules) conditions(rule);
    for (std::size_t i = 0; i < random_.rules.size(); ++i) {
      for (std::size_t j = i + 1; j < random_.rules.size(); ++j) pair(random_.rules[i], random_.rules[j]);
    }
    if (random_.derives.size() == 2) derived_twice();
    regions();
    for (const Written& rule : random_.rules) never_decides(rule);
    for (std::size_t o = 0; o < random_.options; ++o)
      unreachable(std::string(1, static_cast<char>('x' + static_cast<int>(o))));
    return std::move(out_);
  }

 private:
  void sheets(std::size_t at, const Condition& all, FactSheet& sheet, const std::set<std::string>& nulls) {
    if (at == facts_.size()) {
      Sheet& made = sheets_.emplace_back();
      made.nulls = nulls;
      made.evaluation = set_.evaluate(sheet, Scope::kWorkload);
      for (const RuleOutcome& outcome : made.evaluation.outcomes) {
        EXPECT_NE(outcome.verdict, Verdict::kUndetermined) << outcome.rule->id;
        if (outcome.verdict == Verdict::kFired) made.fired.insert(outcome.rule->id);
      }
      return;
    }
    const std::string& fact = facts_[at];
    for (const FactValue& value : grid().at(fact)) {
      EXPECT_TRUE(sheet.set(fact, value));
      sheets(at + 1, all, sheet, nulls);
    }
    if (all.has.count(fact) == 0) return;
    EXPECT_TRUE(sheet.set(fact, FactValue()));
    std::set<std::string> more = nulls;
    more.insert(fact);
    sheets(at + 1, all, sheet, more);
  }

  template <class Holds>
  bool some(const std::vector<const Written*>& rules, Holds holds) const {
    const auto all = over(rules);
    return std::any_of(all.begin(), all.end(), [&](const Sheet* sheet) { return holds(*sheet); });
  }
  [[nodiscard]] bool can_fire(const Written& rule) const {
    return some({&rule}, [&](const Sheet& s) { return fires(s, rule); });
  }

  void derive_conditions(const Written& rule) { conditions(rule); }
  void conditions(const Written& rule) {
    if (!can_fire(rule))
      out_.insert("never_true " + rule.id);
    else if (!rule.when.facts.empty() && !some({&rule}, [&](const Sheet& s) { return !fires(s, rule); }))
      out_.insert("always_true " + rule.id);
  }

  void pair(const Written& a, const Written& b) {
    if (!can_fire(a) || !can_fire(b)) return;
    const bool only_a = some({&a, &b}, [&](const Sheet& s) { return fires(s, a) && !fires(s, b); });
    const bool only_b = some({&a, &b}, [&](const Sheet& s) { return !fires(s, a) && fires(s, b); });
    if (a.option == b.option) {
      if (a.effect == "recommend" && a.weight > 0 && b.effect == "veto" && !only_a)
        out_.insert("conflict " + a.id + " " + b.id);
      if (b.effect == "recommend" && b.weight > 0 && a.effect == "veto" && !only_b)
        out_.insert("conflict " + b.id + " " + a.id);
      if (a.effect != b.effect || (a.weight > 0) != (b.weight > 0)) return;
      if (!only_a && !only_b) out_.insert("duplicate " + b.id + " " + a.id);
      if (only_a && !only_b) out_.insert("subsumed " + b.id + " " + a.id);
      if (!only_a && only_b) out_.insert("subsumed " + a.id + " " + b.id);
      return;
    }
    if ((random_.policy != "unique" && random_.policy != "any") || a.weight <= 0 || b.weight <= 0) return;
    std::vector<const Written*> involved = {&a, &b};
    for (const Written& rule : random_.rules) {
      if (rule.effect == "veto" && (rule.option == a.option || rule.option == b.option)) involved.push_back(&rule);
    }
    const bool overlap = some(involved, [&](const Sheet& s) {
      return fires(s, a) && fires(s, b) &&
             std::none_of(involved.begin() + 2, involved.end(), [&](const Written* v) { return fires(s, *v); });
    });
    if (overlap) out_.insert("overlap " + b.id + " " + a.id);
  }

  void derived_twice() {
    const Written& a = random_.derives[0];
    const Written& b = random_.derives[1];
    if (a.option != b.option && can_fire(a) && can_fire(b) &&
        some({&a, &b}, [&](const Sheet& s) { return fires(s, a) && fires(s, b); }))
      out_.insert("conflict D1 D0");
  }

  [[nodiscard]] std::vector<const Written*> rules_for(const std::function<bool(const Written&)>& wanted) const {
    std::vector<const Written*> out;
    for (const Written& rule : random_.rules) {
      if (wanted(rule)) out.push_back(&rule);
    }
    return out;
  }

  void regions() {
    if (random_.options == 1 || random_.policy == "collect") return;
    const auto speak = rules_for([](const Written& r) { return r.weight > 0; });
    if (!speak.empty() && some(speak, [&](const Sheet& s) {
          return std::none_of(speak.begin(), speak.end(), [&](const Written* r) { return fires(s, *r); });
        }))
      out_.insert("gap  pick");
    const auto vetoes = rules_for([](const Written& r) { return r.effect == "veto"; });
    const bool total = some(vetoes, [&](const Sheet& s) {
      std::set<std::string> vetoed;
      for (const Written* r : vetoes) {
        if (fires(s, *r)) vetoed.insert(r->option);
      }
      return vetoed.size() == random_.options;
    });
    if (total) out_.insert("total_veto  pick");
  }

  // What the set without the rule comes to: as a set of its own.
  void never_decides(const Written& rule) {
    if (!can_fire(rule)) return;
    RandomSet less = random_;
    less.rules.erase(
        std::remove_if(less.rules.begin(), less.rules.end(), [&](const Written& r) { return r.id == rule.id; }),
        less.rules.end());
    if (less.rules.empty()) {
      // Alone, a rule decides where it recommends; a veto or a weight against only in a dimension of one option.
      if (rule.weight <= 0 && random_.options > 1) out_.insert("never_decides " + rule.id + " pick");
      if (random_.options == 1 || rule.weight > 0) return;
      return;
    }
    const Result<RuleSet> set = RuleSet::load(less.files());
    ASSERT_TRUE(set) << to_string(set.error());
    std::vector<const Written*> all = rules_for([](const Written&) { return true; });
    const Brute brute(random_, less, *set);
    bool differs = false;
    const auto here = over(all);
    for (const Sheet* sheet : here) {
      const std::size_t index = static_cast<std::size_t>(sheet - sheets_.data());
      differs = differs || !same(sheet->evaluation.decisions[0], brute.sheets_[index].evaluation.decisions[0]);
    }
    if (!differs) out_.insert("never_decides " + rule.id + " pick");
  }
  // The same sheets in the same order, for another set.
  Brute(const RandomSet& sheets_of, const RandomSet& random, const RuleSet& set) : random_(random), set_(set) {
    Condition all = sheets_of.derived;
    for (const Written& rule : sheets_of.rules) all.take(rule.when);
    facts_.assign(all.facts.begin(), all.facts.end());
    FactSheet sheet(set);
    sheets(0, all, sheet, {});
  }

  [[nodiscard]] bool same(const Decision& a, const Decision& b) const {
    if (a.chosen != b.chosen || a.collected != b.collected) return false;
    if (random_.options > 1) return true;
    const bool vetoed = a.standings[0].vetoed == Verdict::kFired;
    return a.standings[0].vetoed == b.standings[0].vetoed && (vetoed || a.standings[0].low == b.standings[0].low);
  }

  void unreachable(const std::string& option) {
    if (random_.options == 1) return;
    bool reached = false;
    const auto vetoes = rules_for([&](const Written& r) { return r.effect == "veto" && r.option == option; });
    if (random_.policy == "collect") {
      for (const Written* rule : rules_for([&](const Written& r) { return r.weight > 0 && r.option == option; })) {
        auto involved = vetoes;
        involved.push_back(rule);
        reached = reached || some(involved, [&](const Sheet& s) {
                    return fires(s, *rule) &&
                           std::none_of(vetoes.begin(), vetoes.end(), [&](const Written* v) { return fires(s, *v); });
                  });
      }
    } else {
      reached = some(rules_for([](const Written&) { return true; }),
                     [&](const Sheet& s) { return s.evaluation.decisions[0].chosen == option; });
    }
    if (!reached) out_.insert("unreachable_option  pick=" + option);
  }

  const RandomSet& random_;
  const RuleSet& set_;
  std::vector<std::string> facts_;
  std::vector<Sheet> sheets_;
  std::set<std::string> out_;
};

TEST(VerifyProperty, FindsExactlyWhatAllSheetsShow) {
  std::map<std::string, int> kinds;
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    const RandomSet random(seed);
    const Result<RuleSet> set = RuleSet::load(random.files());
    ASSERT_TRUE(set) << to_string(set.error());
    std::set<std::string> found;
    for (const RuleFinding& finding : verify(*set)) {
      expect_replays(*set, finding);
      const bool textual =
          finding.check.starts_with("no_") || finding.check == "unused_fact" || finding.check == "outside_domain";
      if (textual) continue;
      EXPECT_TRUE(finding.proven) << seed << " " << finding.check << " " << finding.rule << ": " << finding.doubt;
      found.insert(finding.check + " " + finding.rule + (finding.other.empty() ? "" : " " + finding.other));
    }
    const std::set<std::string> expected = Brute(random, *set).findings();
    EXPECT_EQ(found, expected) << "seed " << seed << " " << random.policy << "\n" << random.files()[2].text;
    for (const std::string& finding : expected) ++kinds[finding.substr(0, finding.find(' '))];
    if (HasFailure()) return;
  }
  // Every kind occurs often enough for the test to mean something.
  for (const char* kind : {"never_true", "always_true", "duplicate", "subsumed", "conflict", "overlap", "gap",
                           "total_veto", "never_decides", "unreachable_option"})
    EXPECT_GE(kinds[kind], 3) << kind;
}

}  // namespace
}  // namespace berth::testing
