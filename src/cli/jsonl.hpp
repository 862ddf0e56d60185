// Lines in, lines out, on all cores, in order: the driver behind every --jsonl.
//
// Memory is bounded by the number of lines in flight, so endless input is fine.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "berth/result.hpp"

namespace berth::cli {

// What one line comes to: the output line (without newline) and the exit code it means.
struct LineAnswer {
  std::string text;
  int exit_code = 0;
};
// Called from several threads at once. Errors become {"error":{…}} lines, with the line number of the
// stream in place of the one of the document.
using LineFunction = std::function<Result<LineAnswer>(std::string_view line)>;

// Blank lines are skipped. A line longer than kMaxLineBytes is an error of its own.
// Returns the worst exit code: 2 when there was a bad line (3 for a fault of berth's own).
// @param name  of the input, for errors   @param threads  0: all cores
int answer_lines(std::istream& in, std::string_view name, std::ostream& out, const LineFunction& answer,
                 unsigned threads = 0);

inline constexpr std::size_t kMaxLineBytes = std::size_t{4} << 20;

// {"error":{"code","message","fix","file","line","column"}} on one line; unknown parts are left out.
std::string error_json(const Error& error);

}  // namespace berth::cli
