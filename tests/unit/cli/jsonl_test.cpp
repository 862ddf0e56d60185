#include "cli/jsonl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "unit/cli/run.hpp"

namespace berth::test {
namespace {

using cli::LineAnswer;

// Answers with the line itself; odd lines take longer, so that threads finish out of order.
Result<LineAnswer> echo(std::string_view line) {
  if (!line.empty() && (line.back() - '0') % 2 == 1) std::this_thread::sleep_for(std::chrono::microseconds(200));
  return LineAnswer{std::string(line), 0};
}

TEST(JsonLines, KeepsOrderOnManyThreads) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i) + "\n";
  std::istringstream in(text);
  std::ostringstream out;
  EXPECT_EQ(cli::answer_lines(in, "in.jsonl", out, echo, 8), 0);
  EXPECT_EQ(out.str(), text);
}

TEST(JsonLines, BadLineBecomesAnErrorAndTheRestGoesOn) {
  std::istringstream in("a1\nbad\n\n  \nc1");
  std::ostringstream out;
  const auto answer = [](std::string_view line) -> Result<LineAnswer> {
    if (line == "bad") return fail(ErrorCode::kInvalid, "no good", "mend it", {"in.jsonl", 1, 7, 0, 0});
    return echo(line);
  };
  EXPECT_EQ(cli::answer_lines(in, "in.jsonl", out, answer, 2), 2);
  const auto lines = lines_of(out.str());
  ASSERT_EQ(lines.size(), 3U);  // blank lines are skipped
  EXPECT_EQ(lines[0], "a1");
  // The document's line 1 is the stream's line 2.
  EXPECT_EQ(
      lines[1],
      R"({"error":{"code":"invalid","message":"no good","fix":"mend it","file":"in.jsonl","line":2,"column":7}})");
  EXPECT_EQ(lines[2], "c1");
}

TEST(JsonLines, ErrorsOfOtherFilesKeepTheirPlace) {
  std::istringstream in("x");
  std::ostringstream out;
  const auto answer = [](std::string_view) -> Result<LineAnswer> {
    return fail(ErrorCode::kInvalid, "bad config", "", {"model/config.json", 3, 4, 0, 0});
  };
  cli::answer_lines(in, "in.jsonl", out, answer, 1);
  const auto error = parsed(out.str()).at("error");
  EXPECT_EQ(error.at("file"), "model/config.json");
  EXPECT_EQ(error.at("line"), 3);
}

TEST(JsonLines, WorstExitCodeWins) {
  std::istringstream in("0\n1\n0\n");
  std::ostringstream out;
  const auto answer = [](std::string_view line) -> Result<LineAnswer> {
    return LineAnswer{std::string(line), line == "1" ? 1 : 0};
  };
  EXPECT_EQ(cli::answer_lines(in, "in", out, answer, 2), 1);
}

TEST(JsonLines, ExceptionIsAFaultOfOneLine) {
  std::istringstream in("boom\n2\n");
  std::ostringstream out;
  const auto answer = [](std::string_view line) -> Result<LineAnswer> {
    if (line == "boom") throw std::runtime_error("out of luck");
    return echo(line);
  };
  EXPECT_EQ(cli::answer_lines(in, "in", out, answer, 2), 3);
  EXPECT_EQ(parsed(lines_of(out.str()).at(0)).at("error").at("code"), "internal");
  EXPECT_EQ(lines_of(out.str()).at(1), "2");
}

TEST(JsonLines, OverlongLineIsAnErrorAndIsNotKept) {
  std::istringstream in(std::string(cli::kMaxLineBytes + 10, 'x') + "\n2\n");
  std::ostringstream out;
  EXPECT_EQ(cli::answer_lines(in, "in", out, echo, 2), 2);
  EXPECT_EQ(parsed(lines_of(out.str()).at(0)).at("error").at("code"), "limit");
  EXPECT_EQ(lines_of(out.str()).at(1), "2");
}

// An input without end, of which the reader may be ahead by a bounded number of lines only.
class Endless : public std::streambuf {
 public:
  explicit Endless(int lines) : left_(lines) {}
  std::atomic<int> read{0};

 protected:
  int underflow() override {
    if (left_-- <= 0) return traits_type::eof();
    ++read;
    setg(line_, line_, line_ + 2);
    return traits_type::to_int_type(line_[0]);
  }

 private:
  char line_[2] = {'4', '\n'};
  int left_;
};

TEST(JsonLines, ReaderStaysCloseToTheWriter) {
  Endless source(5000);
  std::istream in(&source);
  std::ostringstream out;
  std::atomic<int> done{0};
  std::atomic<int> furthest{0};
  const auto answer = [&](std::string_view line) -> Result<LineAnswer> {
    const int ahead = source.read - done;
    if (ahead > furthest) furthest = ahead;
    ++done;
    return LineAnswer{std::string(line), 0};
  };
  EXPECT_EQ(cli::answer_lines(in, "in", out, answer, 2), 0);
  EXPECT_EQ(done, 5000);
  EXPECT_LE(furthest, 2 * 32 + 2);  // the slots of two threads, and one line at each end
}

}  // namespace
}  // namespace berth::test
