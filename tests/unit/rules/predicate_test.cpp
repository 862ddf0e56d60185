// The compiled form against the evaluator of cel: random conditions over random sheets of values,
// nulls and unknowns.
#include "rules/predicate.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace berth {
namespace {

using cel::Value;
using Kind = Value::Kind;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }

  std::string condition(int depth) {
    if (depth == 0 || below(5) == 0) return atom();
    switch (below(4)) {
      case 0: return fmt::format("!({})", condition(depth - 1));
      case 1: return fmt::format("({} && {})", condition(depth - 1), condition(depth - 1));
      case 2: return fmt::format("({} || {} || {})", condition(depth - 1), condition(depth - 1), condition(depth - 1));
      default: return fmt::format("({} || {})", condition(depth - 1), condition(depth - 1));
    }
  }

 private:
  std::string word() { return fmt::format("\"{}\"", pick<std::string>({"x", "y", "a long word of its own", ""})); }
  std::string atom() {
    const std::string order = pick<std::string>({"<", "<=", ">", ">=", "==", "!="});
    const std::string inequality = pick<std::string>({"<", "<=", ">", ">="});
    switch (below(14)) {
      case 0: return fmt::format("a {} {}", order, pick<std::string>({"0", "3", "-9223372036854775808"}));
      case 1: return fmt::format("{} {} a", pick<std::string>({"2", "9223372036854775807"}), order);
      case 2: return fmt::format("b {} {}", inequality, pick<std::string>({"0.5", "2", "1.0e300"}));
      case 3: return fmt::format("a {} 1.5", inequality);
      case 4: return fmt::format("b {} 0.5", below(2) ? "==" : "!=");
      case 5: return pick<std::string>({"p", "p == true", "false != p", "true", "false"});
      case 6: return fmt::format("s {} {}", below(2) ? "==" : "!=", word());
      case 7: return fmt::format("s in [{}, {}]", word(), word());
      case 8: return fmt::format("l.exists(i, !(i in [{}, {}]) || i == {})", word(), word(), word());
      case 9: return fmt::format("l.all(i, i != {} && i in [{}, {}])", word(), word(), word());
      case 10: return pick<std::string>({"has(job.p)", "!has(job.p)"});
      case 11: return pick<std::string>({"a < c", "1 / a > 0", "s.startsWith(\"x\")", "a + c == 3", "size(l) > 1"});
      case 12: return pick<std::string>({"s < \"y\"", "(p ? a : c) == 0", "l.exists(i, i == s)", "a in [0, 3]"});
      default: return pick<std::string>({"job.p", "!job.p"});
    }
  }
  std::mt19937 engine_;
};

class Bench {
 public:
  Bench() {
    const double infinity = std::numeric_limits<double>::infinity();
    add("a", "int", {of(0), of(3), of(-1), of(INT64_MIN), of(INT64_MAX)});
    add("b", "double", {Value::of(0.5), Value::of(2.0), Value::of(-0.0), Value::of(infinity), Value::of(-infinity)});
    add("c", "int", {of(0), of(3)});
    add("l", "list(string)", {Value::list(words_), Value::list({}), Value::list({words_.data(), 1})});
    add("p", "bool", {Value::of(true), Value::of(false)});
    add("s", "string", words_);
    add("job.p", "bool", {Value::of(true), Value::of(false)});
    for (const std::uint32_t& id : ids_) unknowns_.push_back(Value::unknown({&id, 1}));
  }

  // As FactSheet does: texts carry their number in the vocabulary.
  std::vector<Value> sheet(Random& random, const PredicateSet& set) {
    for (Value& word : words_) word.tag = set.vocabulary().find(word.str());
    std::vector<Value> out;
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      const int kind = random.below(8);
      out.push_back(kind < 2 ? unknowns_[i] : kind == 2 ? Value() : random.pick(choices_[i]));
      if (out.back().is(Kind::kString)) out.back().tag = set.vocabulary().find(out.back().str());
    }
    return out;
  }
  const cel::Environment& environment() const { return environment_; }
  const Value& unknown(std::size_t slot) const { return unknowns_[slot]; }

 private:
  static Value of(std::int64_t value) { return Value::of(value); }
  void add(const char* name, const char* type, std::vector<Value> values) {
    ids_.push_back(environment_.declare(name, *cel::parse_type(type, pool_)));
    choices_.push_back(std::move(values));
  }

  cel::TypePool pool_;
  cel::Environment environment_;
  std::vector<Value> words_ = {Value::string("x"), Value::string("y"), Value::string("elsewhere"),
                               Value::string("a long word of its own")};
  std::vector<std::vector<Value>> choices_;
  std::vector<std::uint32_t> ids_;
  std::vector<Value> unknowns_;
};

Truth truth_of(const Value& value) {
  if (value.is(Kind::kBool)) return value.b ? Truth::kTrue : Truth::kFalse;
  return value.is(Kind::kUnknown) ? Truth::kUnknown : Truth::kError;
}

std::vector<std::uint32_t> tidy(std::vector<std::uint32_t> slots) {
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return slots;
}

TEST(Predicate, AgreesWithTheEvaluator) {
  Bench bench;
  Random random(7);
  for (int round = 0; round < 60; ++round) {
    std::vector<cel::Program> programs;
    for (int i = 0; i < 20; ++i) {
      Result<cel::Program> program =
          cel::Program::compile(random.condition(3), bench.environment(), cel::Checking::kOn);
      ASSERT_TRUE(program) << to_string(program.error());
      programs.push_back(std::move(*program));
    }
    PredicateSet set;
    for (const cel::Program& program : programs) set.add(program);
    set.finish();
    PredicateScratch scratch;
    for (int sheet = 0; sheet < 40; ++sheet) {
      const std::vector<Value> facts = bench.sheet(random, set);
      set.judge(facts, scratch);
      for (std::uint32_t i = 0; i < programs.size(); ++i) {
        cel::Arena arena;
        const Value value = programs[i].evaluate(facts, arena);
        const Truth truth = set.truth(i, facts, scratch);
        ASSERT_EQ(truth, truth_of(value)) << programs[i].source() << " gave " << cel::to_cel(value);
        std::vector<std::uint32_t> slots;
        set.missing(i, facts, scratch, slots);
        const std::vector<std::uint32_t> wanted =
            truth == Truth::kUnknown ? std::vector<std::uint32_t>(value.slots().begin(), value.slots().end())
                                     : std::vector<std::uint32_t>();
        ASSERT_EQ(tidy(slots), wanted) << programs[i].source();
      }
    }
  }
}

// The facts that are said to decide a condition do so alone, all others unknown.
TEST(Predicate, DecisiveFactsDecide) {
  Bench bench;
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    const Result<cel::Program> program =
        cel::Program::compile(random.condition(3), bench.environment(), cel::Checking::kOn);
    ASSERT_TRUE(program) << to_string(program.error());
    PredicateSet set;
    set.add(*program);
    set.finish();
    PredicateScratch scratch;
    const std::vector<Value> facts = bench.sheet(random, set);
    set.judge(facts, scratch);
    const Truth truth = set.truth(0, facts, scratch);
    if (truth != Truth::kTrue && truth != Truth::kFalse) continue;
    std::vector<std::uint32_t> slots;
    set.decisive(0, facts, scratch, slots);
    std::vector<Value> alone;
    for (std::uint32_t slot = 0; slot < facts.size(); ++slot) {
      const bool decides = std::find(slots.begin(), slots.end(), slot) != slots.end();
      alone.push_back(decides ? facts[slot] : bench.unknown(slot));
    }
    cel::Arena arena;
    EXPECT_EQ(truth_of(program->evaluate(alone, arena)), truth) << program->source();
  }
}

// 16 conditions of two atoms each that say the same are one part over two atoms.
TEST(Predicate, SharesEqualParts) {
  Bench bench;
  std::vector<cel::Program> programs;
  for (int i = 0; i < 16; ++i) {
    const char* text = i % 2 == 0 ? "a > 1 && s == \"x\"" : "!(!(a > 1) || s != \"x\")";
    programs.push_back(*cel::Program::compile(text, bench.environment(), cel::Checking::kOn));
  }
  PredicateSet set;
  for (const cel::Program& program : programs) set.add(program);
  set.finish();
  PredicateScratch scratch;
  Random random(1);
  set.judge(bench.sheet(random, set), scratch);
  EXPECT_LE(scratch.truths.size(), 6U);  // two spellings of two atoms, two parts over them
}

}  // namespace
}  // namespace berth
