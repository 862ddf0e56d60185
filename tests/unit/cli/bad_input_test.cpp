// Whatever is fed in, the answer is one located message and exit code 2, never a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/run.hpp"

namespace berth::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Case {
  const char* name;
  std::string document;
  const char* message;  // part of what is said
};

std::string nested(int depth) {
  return "{\"schema\":\"berth/workload/v1\",\"job\":" + std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']') + "}";
}

std::vector<Case> cases() {
  const std::string head = "schema: berth/workload/v1\n";
  return {
      {"empty", "", "error: "},
      {"blank", "  \n\n", "error: "},
      {"scalar", "just words", "error: "},
      {"list", "[1, 2]", "error: "},
      {"no schema", "name: x\n", "schema"},
      {"other schema", "schema: berth/workload/v9\n", "unknown schema"},
      {"unknown key", head + "jobs: {}\n", "did you mean 'job'"},
      {"unknown inner key", head + "job: {task: train, optimiser: adamw}\n", "did you mean 'optimizer'"},
      {"duplicate key", head + "name: a\nname: b\n", "name"},
      {"wrong type", head + "job: {micro_batch: many}\n", "job.micro_batch"},
      {"object for number", head + "job: {micro_batch: {}}\n", "job.micro_batch"},
      {"section is a list", head + "job: [train]\n", "job"},
      {"not a word", head + "job: {task: teach}\n", "job.task"},
      {"NaN", head + "job: {mean_length: .nan}\n", "error: "},
      {"NaN JSON", R"({"schema":"berth/workload/v1","job":{"mean_length":NaN}})", "error: "},
      {"infinite", head + "job: {mean_length: .inf}\n", "error: "},
      {"overflow", R"({"schema":"berth/workload/v1","job":{"mean_length":1e999}})", "error: "},
      {"negative", head + "job: {micro_batch: -1}\n", "job.micro_batch"},
      {"zero", head + "job: {micro_batch: 0}\n", "job.micro_batch"},
      {"enormous", head + "job: {micro_batch: 99999999999999999999999}\n", "job.micro_batch"},
      {"fraction", head + "job: {micro_batch: 1.5}\n", "job.micro_batch"},
      {"unknown unit", head + "environment: {edge: {power_w: 5 horses}}\n", "power_w"},
      {"two forms", head + "model: {summary: {parameters: 1e6}, trees: {count: 1, depth: 2}}\n", "model"},
      {"deep", nested(100000), "error: "},
      {"deep YAML", head + "job: " + std::string(5000, '['), "error: "},
      {"unclosed", "{\"schema\": \"berth/workload/v1\", ", "error: "},
      {"not UTF-8", head + "name: \"\xff\xfe\"\n", "UTF-8"},
      {"NUL", head + std::string("name: \"a\0b\"\n", 12), "error: "},
      {"alias bomb", head + "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "error: "},
      {"binary",
       std::string("\x7f"
                   "ELF\x02\x01\x01\x00\x00\x00",
                   10),
       "error: "},
  };
}

// The three commands read documents by the same function: one sees every case, the others (which also
// load the rules, a second each under sanitizers) every sixth.
std::vector<std::string> commands_of(std::size_t index) {
  if (index % 6 == 0) return {"profile", "recommend", "estimate"};
  return {"profile"};
}

TEST(BadInput, GivesOneLocatedMessageAndExitTwo) {
  const std::vector<Case> all = cases();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Case& bad = all[i];
    for (const std::string& command : commands_of(i)) {
      const Outcome result = run({command, "-"}, bad.document);
      EXPECT_EQ(result.code, 2) << bad.name << "\n" << result.err;
      EXPECT_THAT(result.out, IsEmpty()) << bad.name;
      EXPECT_EQ(lines_of(result.err).size(), 1U) << bad.name << "\n" << result.err;
      EXPECT_THAT(result.err, HasSubstr("<stdin>")) << bad.name;
      EXPECT_THAT(result.err, HasSubstr(bad.message)) << bad.name;
    }
  }
}

TEST(BadInput, NamesLineAndColumn) {
  const Outcome result = run({"recommend", "-"}, "schema: berth/workload/v1\njob:\n  task: train\n  micro_batch: -4\n");
  EXPECT_THAT(result.err, HasSubstr("<stdin>:4:16: error: "));
}

TEST(BadInput, SetWithoutAssignmentIsAnError) {
  const Outcome result = run({"recommend", "-", "--set", "job.task"}, "schema: berth/workload/v1\n");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("job.task"));
}

TEST(BadInput, BadLineOfManyIsLocatedAndTheRestGoesOn) {
  const std::string good = R"({"schema":"berth/workload/v1","name":"good","job":{"task":"prototype"}})";
  const Outcome result =
      run({"recommend", "--jsonl", "-"}, good + "\n{\"schema\":\"berth/workload/v1\",\"jobs\":{}}\n" + good + "\n");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, IsEmpty());
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(parsed(lines[0]).at("name"), "good");
  const auto error = parsed(lines[1]).at("error");
  EXPECT_EQ(error.at("file"), "<stdin>");
  EXPECT_EQ(error.at("line"), 2);
  EXPECT_GT(error.at("column"), 1);
  EXPECT_EQ(parsed(lines[2]).at("name"), "good");
}

}  // namespace
}  // namespace berth::test
