// The contract of the program: exit codes, what goes where, and words that help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/run.hpp"

namespace berth::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(CommandLine, HelpGoesToStandardOutput) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("recommend"));
  EXPECT_THAT(help.err, IsEmpty());
}

TEST(CommandLine, EveryCommandHasHelp) {
  for (const char* command :
       {"recommend", "estimate", "profile", "explain", "rules", "catalog", "schema", "completion", "cel"}) {
    const Outcome help = run({command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr(std::string("Usage: berth ") + command)) << command;
  }
}

TEST(CommandLine, VersionNamesRulesAndCatalog) {
  const Outcome version = run({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.out, ::testing::MatchesRegex("berth [0-9]+\\.[0-9]+\\.[0-9]+\n"
                                                   "rules [0-9a-f]+\n"
                                                   "catalog [0-9]+-[0-9]+-[0-9]+\n"));
}

TEST(CommandLine, NoCommandIsWrongUsage) {
  const Outcome none = run({});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.out, IsEmpty());
  EXPECT_THAT(none.err, HasSubstr("Usage: berth"));
}

TEST(CommandLine, UnknownCommandGetsDidYouMean) {
  const Outcome wrong = run({"recomend", "x.yaml"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.out, IsEmpty());
  EXPECT_THAT(wrong.err, HasSubstr("unknown command 'recomend' (did you mean 'recommend'?)"));
}

TEST(CommandLine, UnknownOptionGetsDidYouMean) {
  const Outcome wrong = run({"recommend", "x.yaml", "--fromat", "text"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("unknown option '--fromat' (did you mean '--format'?)"));
}

// CLI11's own exit codes (105, 106, 109, …) never leave the program.
TEST(CommandLine, EveryUsageErrorIsTwo) {
  const std::vector<std::vector<std::string>> wrong = {
      {"recommend"},                               // input missing
      {"recommend", "-", "--format", "xml"},       // not in the list
      {"recommend", "-", "--top", "0"},            // out of range
      {"recommend", "-", "--top", "many"},         // not a number
      {"recommend", "-", "--as-of", "yesterday"},  // not a date
      {"recommend", "-", "--task"},                // value missing
      {"recommend", "-", "--task", "teach"},       // not in the list
      {"rules"},                                   // sub-command missing
      {"rules", "lst"},                            // unknown sub-command
      {"catalog", "show"},                         // argument missing
      {"completion", "tcsh"},                      // unknown shell
      {"schema", "workloads"},                     // unknown schema
      {"explain", "BRT0000"},                      // unknown rule
      {"recommend", "-", "--jsonl", "--format", "text"},
  };
  for (const auto& arguments : wrong) {
    const Outcome result = run(arguments);
    EXPECT_EQ(result.code, 2) << arguments.back();
    EXPECT_THAT(result.out, IsEmpty()) << arguments.back();
    EXPECT_THAT(result.err, HasSubstr("error: ")) << arguments.back();
  }
}

TEST(CommandLine, SchemaPrintsTheFileAsItIs) {
  const Outcome schema = run({"schema", "workload"});
  EXPECT_EQ(schema.code, 0);
  EXPECT_EQ(schema.out, read_file(source_path("rules/schema/workload.schema.json")));
}

TEST(CommandLine, SchemaWithoutNameListsNames) {
  EXPECT_THAT(lines_of(run({"schema"}).out),
              ::testing::IsSupersetOf({"estimate", "profile", "recommendation", "workload"}));
}

TEST(CommandLine, MissingFileIsNamed) {
  const Outcome missing = run({"recommend", "no/such/file.yaml"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("no/such/file.yaml: error: there is no such file"));
}

TEST(CommandLine, RulesFolderWithoutFilesIsAnError) {
  const Outcome empty = run({"recommend", "-", "--rules-dir", source_path("examples/edge-sensors")});
  EXPECT_EQ(empty.code, 2);
  EXPECT_THAT(empty.err, HasSubstr("no .json files"));
}

}  // namespace
}  // namespace berth::test
