// The project's own cases: every operator, macro and function, unknowns, limits and error positions.
#include <gtest/gtest.h>

#include <set>

#include "cel/functions.hpp"
#include "cel/program.hpp"
#include "cel/residual.hpp"

namespace berth::cel {
namespace {

// Variables: x (int), y (double), p (bool), s (string), l (list(string)), all unknown unless set.
class Setting {
 public:
  Setting() {
    for (const auto& [name, type] : std::vector<std::pair<std::string, std::string>>{{"x", "int"},
                                                                                     {"y", "double"},
                                                                                     {"p", "bool"},
                                                                                     {"s", "string"},
                                                                                     {"l", "list(string)"},
                                                                                     {"job.task", "string"}}) {
      environment_.declare(name, *parse_type(type, pool_));
      ids_.push_back(static_cast<std::uint32_t>(ids_.size()));
    }
    for (const std::uint32_t& id : ids_) variables_.push_back(Value::unknown({&id, 1}));
  }
  Setting& set(const std::string& name, const Value& value) {
    variables_[*environment_.find(name)] = value;
    return *this;
  }
  // The value as CEL text; "unknown: x, y"; "error: …" of evaluation; "refused: …" of parser or checker.
  std::string operator()(const std::string& expr) {
    const Result<Program> program = Program::compile(expr, environment_, Checking::kOn);
    if (!program) return "refused: " + to_string(program.error());
    const Value value = program->evaluate(variables_, arena_);
    if (!value.is(Value::Kind::kUnknown)) return to_cel(value);
    std::string out = "unknown:";
    for (const std::uint32_t slot : value.slots()) out += " " + environment_.names()[slot];
    return out;
  }
  std::string residual_of(const std::string& expr) {
    const Result<Program> program = Program::compile(expr, environment_, Checking::kOn);
    return program ? residual(*program, variables_) : "refused";
  }

 private:
  TypePool pool_;
  Environment environment_;
  Arena arena_;
  std::vector<std::uint32_t> ids_ = [] {
    std::vector<std::uint32_t> v;
    v.reserve(16);
    return v;
  }();
  std::vector<Value> variables_;
};

using Cases = std::vector<std::pair<const char*, const char*>>;

const Cases& operator_cases() {
  static const Cases kCases = {{"1 + 2 * 3", "7"},
                               {"(1 + 2) * 3", "9"},
                               {"7 / 2", "3"},
                               {"-7 / 2", "-3"},
                               {"-7 % 3", "-1"},
                               {"7.0 / 2.0", "3.5"},
                               {"1.0 / 0.0", "double(\"Infinity\")"},
                               {"1 / 0", "error: division by zero"},
                               {"1 % 0", "error: modulus by zero"},
                               {"9223372036854775807 + 1", "error: integer overflow"},
                               {"2u - 3u", "error: integer overflow"},
                               {"\"a\" + 'b'", "\"ab\""},
                               {"[1] + [2]", "[1, 2]"},
                               {"b'a' + b'b'", "b\"ab\""},
                               {"1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3", "true"},
                               {"1 < 1.5", "true"},
                               {"1 == 1 && 1 != 2", "true"},
                               {"\"abc\" < \"abd\"", "true"},
                               {"2 in [1, 2]", "true"},
                               {"\"k\" in {\"k\": 1}", "true"},
                               {"!true", "false"},
                               {"false || 2 >= 3", "false"},
                               {"-(3)", "-3"},
                               {"true ? 1 : 2", "1"},
                               {"[1, 2][1]", "2"},
                               {"{\"a\": 1}.a", "1"},
                               {"{\"a\": 1}[\"b\"]", "error: no such key: \"b\""},
                               {"[1][2]", "error: index 2 out of range: the list has 1 items"},
                               {"0x10", "16"},
                               {"1e3", "1000.0"},
                               {"1 // comment", "1"},
                               {"type(1) == int", "true"},
                               {"type([]) == list", "true"},
                               {"r\"\\d\"", "\"\\\\d\""},
                               {"\"\\u00e9\"", "\"é\""}};
  return kCases;
}

const Cases& function_cases() {
  static const Cases kCases = {{"[1, 2].all(i, i > 0)", "true"},
                               {"[1, 2].exists(i, i > 1)", "true"},
                               {"[1, 2].exists_one(i, i > 1)", "true"},
                               {"[1, 2].map(i, i * 2)", "[2, 4]"},
                               {"[1, 2].map(i, i > 1, i * 2)", "[4]"},
                               {"[1, 2].filter(i, i > 1)", "[2]"},
                               {"[5, 6].exists(i, v, i == 1 && v == 6)", "true"},
                               {"[5, 6].transformList(i, v, i + v)", "[5, 7]"},
                               {"{\"a\": 1}.transformMap(k, v, v + 1)", "{\"a\": 2}"},
                               {"cel.bind(z, 2, z * z)", "4"},
                               {"has({\"a\": 1}.b)", "false"},
                               {"size(\"né\")", "2"},
                               {"\"abc\".contains(\"b\")", "true"},
                               {"\"abc\".startsWith(\"ab\")", "true"},
                               {"\"abc\".endsWith(\"bc\")", "true"},
                               {"\"a1\".matches(\"^[a-z][0-9]$\")", "true"},
                               {"int(\"7\") + int(1.9)", "8"},
                               {"uint(3)", "3u"},
                               {"double(\"1.5\")", "1.5"},
                               {"string(1.5)", "\"1.5\""},
                               {"bytes(\"a\")", "b\"a\""},
                               {"bool(\"true\")", "true"},
                               {"string(dyn(1))", "\"1\""},
                               {"math.greatest(1, 3, 2)", "3"},
                               {"math.least([2.0, 1.0])", "1.0"},
                               {"math.ceil(1.2)", "2.0"},
                               {"math.floor(-1.2)", "-2.0"},
                               {"math.round(2.5)", "3.0"},
                               {"math.trunc(-2.7)", "-2.0"},
                               {"math.sqrt(9)", "3.0"},
                               {"math.abs(-3)", "3"},
                               {"math.sign(-2.5)", "-1.0"},
                               {"math.isNaN(0.0 / 0.0)", "true"},
                               {"math.isInf(1.0 / 0.0)", "true"},
                               {"math.isFinite(1.0)", "true"},
                               {"math.bitAnd(6, 3)", "2"},
                               {"math.bitOr(6, 3)", "7"},
                               {"math.bitXor(6, 3)", "5"},
                               {"math.bitNot(0)", "-1"},
                               {"math.bitShiftLeft(1, 4)", "16"},
                               {"math.bitShiftRight(16, 4)", "1"},
                               {"berth.log2(8.0)", "3.0"},
                               {"berth.ceil_div(7, 2)", "4"},
                               {"berth.ceil_div(-7, 2)", "-3"},
                               {"berth.unit_gib(2147483648.0)", "2.0"},
                               {"\"abc\".charAt(1)", "\"b\""},
                               {"\"abcb\".indexOf(\"b\")", "1"},
                               {"\"abcb\".lastIndexOf(\"b\")", "3"},
                               {"\"aB\".lowerAscii() + \"aB\".upperAscii()", "\"abAB\""},
                               {"\"aba\".replace(\"a\", \"c\", 1)", "\"cba\""},
                               {"\"a,b\".split(\",\")", "[\"a\", \"b\"]"},
                               {"\"hello\".substring(1, 3)", "\"el\""},
                               {"\" a \".trim()", "\"a\""},
                               {"\"ab\".reverse()", "\"ba\""},
                               {"[\"a\", \"b\"].join(\"-\")", "\"a-b\""},
                               {"\"%s=%d (%.1f)\".format([\"n\", 3, 2.25])", "\"n=3 (2.2)\""},
                               {"strings.quote(\"a\\n\")", "\"\\\"a\\\\n\\\"\""}};
  return kCases;
}

TEST(Language, OperatorsMacrosAndFunctions) {
  Setting e;
  for (const Cases* cases : {&operator_cases(), &function_cases()}) {
    for (const auto& [expr, expected] : *cases) EXPECT_EQ(e(expr), expected) << expr;
  }
}

// What an expression uses: functions by name, operators as in the table ("_+_"), macros by number.
struct Uses {
  std::set<std::string> functions;
  std::set<Op> operators;
  std::set<Macro> macros;

  void add(const Expr& expr) {
    if (expr.function) functions.insert(expr.function->name);
    operators.insert(expr.op);
    if (expr.op == Op::kMacro) macros.insert(expr.macro);
    for (const Expr& arg : expr.args) add(arg);
  }
};

TEST(Language, EveryFunctionOperatorAndMacroHasACase) {
  TypePool pool;
  Environment environment;
  environment.declare("job.task", *parse_type("string", pool));
  Uses uses;
  for (const Cases* cases : {&operator_cases(), &function_cases()}) {
    for (const auto& test : *cases) {
      const Result<Program> program = Program::compile(test.first, environment, Checking::kOn);
      ASSERT_TRUE(program) << test.first;
      uses.add(program->root());
    }
  }
  for (const std::string& name : function_names()) EXPECT_TRUE(uses.functions.contains(name)) << "no case of " << name;
  for (int op = static_cast<int>(Op::kAnd); op <= static_cast<int>(Op::kModulo); ++op)
    EXPECT_TRUE(uses.operators.contains(static_cast<Op>(op))) << "no case of " << symbol_of(static_cast<Op>(op));
  for (const Op op : {Op::kIndex, Op::kSelect, Op::kHas, Op::kList, Op::kMap})
    EXPECT_TRUE(uses.operators.contains(op)) << "no case of operator number " << static_cast<int>(op);
  for (int macro = 0; macro <= static_cast<int>(Macro::kBind); ++macro)
    EXPECT_TRUE(uses.macros.contains(static_cast<Macro>(macro))) << "no case of macro number " << macro;
}

TEST(Language, UnitsDontMix) {
  TypePool pool;
  Environment environment;
  environment.declare("memory", *parse_type("double", pool), "bytes");
  environment.declare("weights", *parse_type("double", pool), "bytes");
  environment.declare("deadline", *parse_type("double", pool), "s");
  environment.declare("share", *parse_type("double", pool));
  const auto unit = [&](const std::string& text) {
    const Result<Program> program = Program::compile(text, environment, Checking::kOn);
    return program ? program->unit() : "refused: " + to_string(program.error());
  };
  EXPECT_EQ(unit("memory + 2.0 * weights"), "bytes");
  EXPECT_EQ(unit("memory / 1024.0 - weights"), "bytes");
  EXPECT_EQ(unit("memory / weights"), "");  // a number of no known unit
  EXPECT_EQ(unit("math.greatest(memory, weights)"), "bytes");
  EXPECT_EQ(unit("berth.unit_gib(memory)"), "GiB");
  EXPECT_EQ(unit("memory > 1.0e9 && deadline < 3600.0 && memory * share < weights"), "");
  EXPECT_EQ(unit("true || memory < deadline"),
            "refused: 1:9: error: '<' mixes units: bytes and s; convert one of the two");
  EXPECT_EQ(unit("memory - deadline"), "refused: 1:1: error: '-' mixes units: bytes and s; convert one of the two");
  EXPECT_EQ(unit("berth.unit_gib(memory) > weights"),
            "refused: 1:1: error: '>' mixes units: GiB and bytes; convert one of the two");
  EXPECT_EQ(unit("berth.unit_gib(deadline)"), "refused: 1:1: error: berth.unit_gib() takes bytes, found s");
}

TEST(Language, UnknownsBeatErrorsOnlyInLogic) {
  Setting e;
  EXPECT_EQ(e("false && p"), "false");
  EXPECT_EQ(e("p || true"), "true");
  EXPECT_EQ(e("true && p"), "unknown: p");
  EXPECT_EQ(e("x > 1 && y > 1.0"), "unknown: x y");
  EXPECT_EQ(e("p && 1 / 0 > 0"), "unknown: p");
  EXPECT_EQ(e("x + 1 / 0"), "error: division by zero");
  EXPECT_EQ(e("s in []"), "false");
  EXPECT_EQ(e("l.exists(o, o == \"a\")"), "unknown: l");
  EXPECT_EQ(e("[1, 2].exists(i, i == x)"), "unknown: x");
  EXPECT_EQ(e("[1, 2].all(i, i > 5 && i == x)"), "false");
  EXPECT_EQ(e("has(job.task)"), "unknown: job.task");
  EXPECT_EQ(e("p ? x : 1"), "unknown: p");
  e.set("job.task", Value());
  EXPECT_EQ(e("has(job.task)"), "false");
}

TEST(Language, ResidualsKeepWhatIsOpen) {
  Setting e;
  e.set("x", Value::of(std::int64_t{5}));
  EXPECT_EQ(e.residual_of("x > 3 && y > 1.0 && (p || x < 2)"), "y > 1.0 && p");
  EXPECT_EQ(e.residual_of("x > 3 || p"), "true");
  EXPECT_EQ(e.residual_of("(x + 1) * x > 10 ? p : false"), "p");
  EXPECT_EQ(e.residual_of("!(p && x > 3) || s == \"a\""), "!p || s == \"a\"");
}

TEST(Language, ErrorsHavePlacesAndHelp) {
  Setting e;
  EXPECT_EQ(e("job.tsk == 1"), "refused: 1:1: error: unknown name 'job.tsk'; did you mean 'job.task'?");
  EXPECT_EQ(e("y * 2"),
            "refused: 1:1: error: '*' can't take (double, int); int and double don't mix here: write 2.0 for 2");
  EXPECT_EQ(e("x = 1"), "refused: 1:3: error: '=' is no operator; compare with '=='");
  EXPECT_EQ(e("s.strtsWith(\"a\")"), "refused: 1:1: error: unknown function 'strtsWith'; did you mean 'startsWith'?");
  EXPECT_EQ(e("s.matches(\"(\")").substr(0, 37), "refused: 1:11: error: bad pattern: mi");
  EXPECT_EQ(e("1 +\n  \"a"), "refused: 2:3: error: the text has no closing quote; end it with \"");
}

TEST(Language, LimitsHoldAgainstHostileText) {
  Setting e;
  EXPECT_NE(e(std::string(100000, '(')).find("longer than"), std::string::npos);
  EXPECT_NE(e(std::string(60000, '(')).find("nested deeper"), std::string::npos);
  EXPECT_NE(e(std::string(60000, '[')).find("nested deeper"), std::string::npos);
  EXPECT_NE(e(std::string(60000, '!') + "true").find("nested deeper"), std::string::npos);
  std::string sum = "1", calls = "s", chain = "p";
  for (int i = 0; i < 5000; ++i) sum += "+1";
  EXPECT_NE(e(sum).find("nested deeper"), std::string::npos);
  for (int i = 0; i < 5000; ++i) calls += ".trim()";
  EXPECT_NE(e(calls).find("nested deeper"), std::string::npos);
  for (int i = 0; i < 5000; ++i) chain += "||p";  // flat: one node
  EXPECT_EQ(e(chain), "unknown: p");
  // 100^4 steps and 2^40 bytes are refused within the budget.
  std::string list = "[0";
  for (int i = 1; i < 100; ++i) list += ",0";
  list += "]";
  EXPECT_NE(
      e(list + ".all(a," + list + ".all(b," + list + ".all(c," + list + ".all(d, a == d))))").find("too many steps"),
      std::string::npos);
  std::string doubled = "'ab'";
  for (int i = 0; i < 40; ++i) doubled = "cel.bind(v," + doubled + ",v+v)";
  EXPECT_NE(e("size(" + doubled + ")").find("too many steps"), std::string::npos);
}

TEST(Language, LimitsHoldForEveryKindOfNesting) {
  Setting e;
  const auto nested = [](const std::string& before, const std::string& inside, const std::string& after, int times) {
    std::string text = inside;
    for (int i = 0; i < times; ++i) text = before + text + after;
    return text;
  };
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{{"p ? x : (", ")"},
                                                                                      {"[", "][0]"},
                                                                                      {"{1:", "}[1]"},
                                                                                      {"size([", "])"},
                                                                                      {"-(", ")"},
                                                                                      {"cel.bind(v,", ",v)"},
                                                                                      {"[1].map(i,", ")[0]"},
                                                                                      {"math.abs(", ")"}}) {
    EXPECT_NE(e(nested(before, "x", after, 1000)).find("nested deeper"), std::string::npos) << before;
    const std::string shallow = e(nested(before, "x", after, 40));  // and what is allowed is answered
    EXPECT_TRUE(shallow.starts_with("unknown") || shallow.starts_with("1") || shallow.starts_with("error")) << shallow;
  }
  EXPECT_NE(e(nested("[0].exists(i, ", "p", ")", 300)).find("nested deeper"), std::string::npos);
  std::string list = "[0";
  for (int i = 0; i < 25000; ++i) list += ",0";
  EXPECT_NE(e(list + "]").find("more than 20000 parts"), std::string::npos);
}

TEST(Language, LimitsHoldForPatternsAndTexts) {
  Setting e;
  EXPECT_NE(e("s.matches(\"((a{1000}){1000}){1000}\")").find("bad pattern"), std::string::npos);
  EXPECT_NE(e("'a'.matches(string('((a{1000}){1000}){1000}'))").find("error"), std::string::npos);
  // Backtracking engines take 2^30 steps for this one.
  std::string text(20000, 'a');
  EXPECT_EQ(e("'" + text + "'.matches('^(a+)+$')"), "true");
  EXPECT_EQ(e("'" + text + "!'.matches('^(a|a)*$')"), "false");
  // 20,000^3 characters, were they ever made.
  const std::string grown = "'" + text + "'.replace('a', '" + text + "').replace('a', '" + text + "')";
  EXPECT_NE(e("size(" + grown + ")").find("too many steps"), std::string::npos);
  EXPECT_NE(e("'%.100000000f'.format([1.0])").find("error"), std::string::npos);
}

}  // namespace
}  // namespace berth::cel
