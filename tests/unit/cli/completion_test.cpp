#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "cli/arguments.hpp"
#include "unit/cli/run.hpp"

namespace berth::test {
namespace {

using ::testing::HasSubstr;

TEST(Completion, KnowsEveryCommandAndFlagInEveryShell) {
  const cli::CommandEntry tree = cli::command_tree();
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome script = run({"completion", shell});
    EXPECT_EQ(script.code, 0);
    const std::function<void(const cli::CommandEntry&)> check = [&](const cli::CommandEntry& entry) {
      for (const cli::OptionEntry& option : entry.options) {
        if (option.flags.empty()) continue;
        EXPECT_THAT(script.out, HasSubstr(option.flags.back().substr(2))) << shell << " " << entry.name;
      }
      for (const cli::CommandEntry& inner : entry.commands) {
        EXPECT_THAT(script.out, HasSubstr(inner.name)) << shell;
        check(inner);
      }
    };
    check(tree);
  }
}

TEST(Completion, OffersTheWordsOfAClosedList) {
  EXPECT_EQ(cli::choices_of({{"--format"}, "json|text", ""}), (std::vector<std::string>{"json", "text"}));
  EXPECT_TRUE(cli::choices_of({{"--calibration"}, "FILE", ""}).empty());
  EXPECT_THAT(run({"completion", "bash"}).out, HasSubstr("'prototype train finetune search serve'"));
}

}  // namespace
}  // namespace berth::test
