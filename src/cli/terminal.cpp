#include "cli/terminal.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <ostream>

#include "cli/commands.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

Result<std::string> read_stream(std::istream& stream, const std::string& name) {
  std::string text;
  std::array<char, kChunkBytes> chunk;
  while (stream.read(chunk.data(), chunk.size()), stream.gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
    if (static_cast<std::int64_t>(text.size()) > Terminal::kMaxFileBytes) {
      return fail(ErrorCode::kLimit, "the input is larger than " + std::to_string(Terminal::kMaxFileBytes) + " bytes",
                  "split it, or give one document a line with --jsonl", {name, 0, 0, 0, 0});
    }
  }
  if (stream.bad()) return fail(ErrorCode::kIo, "can't read the input to its end", {}, {name, 0, 0, 0, 0});
  return text;
}

}  // namespace

struct Terminal::Log {
  explicit Log(std::ostream& err)
      : logger("berth", std::make_shared<spdlog::sinks::ostream_sink_mt>(err, /*force_flush=*/true)) {
    logger.set_pattern("berth: %l: %v");
    logger.set_level(spdlog::level::warn);
  }
  spdlog::logger logger;
};

Terminal::Terminal(std::istream& in, std::ostream& out, std::ostream& err, Colour colour)
    : in_(in), out_(out), err_(err), colour_(colour), log_(std::make_shared<Log>(err)) {}

Terminal::~Terminal() = default;

void Terminal::set_verbosity(Verbosity verbosity) {
  switch (verbosity) {
    case Verbosity::kQuiet: log_->logger.set_level(spdlog::level::off); break;
    case Verbosity::kNormal: log_->logger.set_level(spdlog::level::warn); break;
    case Verbosity::kVerbose: log_->logger.set_level(spdlog::level::debug); break;
  }
}

Logger Terminal::logger() const {
  return [log = log_](LogLevel level, std::string_view message) {
    switch (level) {
      case LogLevel::kDebug: log->logger.debug("{}", message); break;
      case LogLevel::kInfo: log->logger.info("{}", message); break;
      case LogLevel::kWarning: log->logger.warn("{}", message); break;
    }
  };
}

Result<std::string> Terminal::read(const std::string& path) {
  if (path == "-") return read_stream(in_, "<stdin>");
  struct stat status {};
  const SourceSpan span{path, 0, 0, 0, 0};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(ErrorCode::kNotFound, "there is no such file", "give the path of a file, or - for standard input",
                span);
  }
  if (S_ISDIR(status.st_mode)) return fail(ErrorCode::kIo, "this is a folder, not a file", {}, span);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(ErrorCode::kIo, "can't open the file", "check its permissions", span);
  return read_stream(stream, path);
}

Status Terminal::write(const std::string& path, const std::string& text) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream)
    return fail(ErrorCode::kIo, "can't write the file", "check the folder and its permissions", {path, 0, 0, 0, 0});
  return {};
}

int Terminal::report(const Error& error) {
  std::string text = to_string(error);
  if (colour_ == Colour::kOn) {
    constexpr std::string_view kWord = "error: ";
    if (const auto at = text.find(kWord); at != std::string::npos)
      text.replace(at, kWord.size(), "\x1b[1;31merror:\x1b[0m ");
  }
  err_ << text << '\n';
  return error.code == ErrorCode::kInternal ? kFault : kUsage;
}

Colour colour_of_stderr() {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool refused = no_colour != nullptr && *no_colour != '\0';
  return !refused && ::isatty(STDERR_FILENO) != 0 ? Colour::kOn : Colour::kOff;
}

}  // namespace berth::cli
