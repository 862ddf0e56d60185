// The outside world as commands see it: two streams, files, and how loud to be.
//
// Commands use this instead of std::cout and files of their own, so that tests can run them on
// string streams. The only home of isatty, NO_COLOR and spdlog.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>

#include "berth/logger.hpp"
#include "berth/result.hpp"

namespace berth::cli {

enum class Verbosity : std::uint8_t { kQuiet, kNormal, kVerbose };
enum class Colour : std::uint8_t { kOff, kOn };

class Terminal {
 public:
  // The streams must outlive the terminal.
  Terminal(std::istream& in, std::ostream& out, std::ostream& err, Colour colour = Colour::kOff);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Only the document that was asked for goes here.
  [[nodiscard]] std::ostream& out() { return out_; }
  [[nodiscard]] std::ostream& err() { return err_; }
  [[nodiscard]] std::istream& in() { return in_; }

  void set_verbosity(Verbosity verbosity);
  // Hands messages to spdlog on stderr; holds on to this terminal's log, not to the terminal.
  [[nodiscard]] Logger logger() const;

  // The whole file, or standard input for "-". Errors: kNotFound; kIo; kLimit above kMaxFileBytes.
  Result<std::string> read(const std::string& path);

  // Replaces the file's content. Errors: kIo.
  Status write(const std::string& path, const std::string& text);

  // Prints the error to err() and returns the exit code that it means (kUsage, or kFault for kInternal).
  int report(const Error& error);

  // A workload document is a few kilobytes; a generated operator table a few megabytes.
  static constexpr std::int64_t kMaxFileBytes = std::int64_t{256} << 20;

 private:
  std::istream& in_;
  std::ostream& out_;
  std::ostream& err_;
  Colour colour_;
  struct Log;
  std::shared_ptr<Log> log_;
};

// Whether messages on stderr may be coloured: a terminal, and NO_COLOR unset or empty.
Colour colour_of_stderr();

}  // namespace berth::cli
