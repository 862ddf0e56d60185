#include "cli/jsonl.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <istream>
#include <mutex>
#include <optional>
#include <ostream>
#include <thread>
#include <vector>

#include "cli/commands.hpp"
#include "core/json.hpp"

namespace berth::cli {
namespace {

// Lines in flight per thread: enough to ride out one slow document, few enough to stay small.
constexpr std::size_t kSlotsPerThread = 32;

struct Line {
  std::string text;
  int number = 0;
  bool too_long = false;
};

// getline with a bound on the length. False at the end of the input.
bool next_line(std::istream& in, Line& line, int& number) {
  std::streambuf& buffer = *in.rdbuf();
  while (true) {
    line.text.clear();
    line.too_long = false;
    bool ended = false;
    bool any = false;
    while (true) {
      const int c = buffer.sbumpc();
      if (c == std::istream::traits_type::eof()) {
        ended = true;
        break;
      }
      any = true;
      if (c == '\n') break;
      if (line.text.size() < kMaxLineBytes) {
        line.text += static_cast<char>(c);
      } else {
        line.too_long = true;
      }
    }
    if (any) ++number;
    if (line.text.find_first_not_of(" \t\r") != std::string::npos) {
      line.number = number;
      return true;
    }
    if (ended) return false;
  }
}

int exit_code_of(const Error& error) {
  return error.code == ErrorCode::kInternal ? kFault : kUsage;
}

Result<LineAnswer> try_line(const Line& line, const LineFunction& answer) {
  if (line.too_long) {
    return fail(ErrorCode::kLimit, "the line is longer than " + std::to_string(kMaxLineBytes) + " bytes",
                "give one document a line");
  }
  // An exception must not take the other lines down with it.
  try {
    return answer(line.text);
  } catch (const std::exception& exception) {
    return fail(ErrorCode::kInternal, exception.what(), "please report this line");
  }
}

LineAnswer answer_line(const Line& line, std::string_view name, const LineFunction& answer) {
  Result<LineAnswer> result = try_line(line, answer);
  if (result) return std::move(*result);
  Error error = result.error();
  // A document on one line has no other line than the stream's; files it names keep their own place.
  if (error.span.file.empty() || error.span.file == name) {
    error.span.file = std::string(name);
    error.span.line = line.number;
  }
  return {error_json(error), exit_code_of(error)};
}

// A ring of lines. The reader fills slots in order, workers take them in order and finish them in any,
// and whoever finishes the oldest one writes all that are ready.
class Pipeline {
 public:
  Pipeline(std::size_t slots, std::string_view name, std::ostream& out, const LineFunction& answer)
      : slots_(slots), name_(name), out_(out), answer_(answer) {}

  void push(Line line) {
    std::unique_lock lock(mutex_);
    space_.wait(lock, [&] { return filled_ - written_ < slots_.size(); });
    slots_[filled_ % slots_.size()].line = std::move(line);
    ++filled_;
    work_.notify_one();
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    work_.notify_all();
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [&] { return taken_ < filled_ || closed_; });
      if (taken_ == filled_) return;
      Slot& slot = slots_[taken_++ % slots_.size()];
      lock.unlock();
      LineAnswer done = answer_line(slot.line, name_, answer_);
      lock.lock();
      slot.done = std::move(done);
      write_ready();
    }
  }

  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  struct Slot {
    Line line;
    std::optional<LineAnswer> done;
  };

  // Needs the lock. Writing under it keeps the order; a slow reader of our output then slows the
  // workers, which is the wanted back-pressure.
  void write_ready() {
    while (written_ < taken_ && slots_[written_ % slots_.size()].done) {
      Slot& slot = slots_[written_++ % slots_.size()];
      out_ << slot.done->text << '\n';
      exit_code_ = std::max(exit_code_, slot.done->exit_code);
      slot.done.reset();
      space_.notify_one();
    }
    if (written_ == filled_) out_.flush();  // whoever feeds us slowly sees each answer at once
  }

  std::vector<Slot> slots_;
  std::string_view name_;
  std::ostream& out_;
  const LineFunction& answer_;
  std::mutex mutex_;
  std::condition_variable space_, work_;
  std::size_t filled_ = 0, taken_ = 0, written_ = 0;
  bool closed_ = false;
  int exit_code_ = kDone;
};

}  // namespace

int answer_lines(std::istream& in, std::string_view name, std::ostream& out, const LineFunction& answer,
                 unsigned threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  Pipeline pipeline(threads * kSlotsPerThread, name, out, answer);
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([&pipeline] { pipeline.work(); });
    Line line;
    int number = 0;
    while (next_line(in, line, number)) pipeline.push(std::move(line));
    pipeline.close();
  }
  out.flush();
  return pipeline.exit_code();
}

std::string error_json(const Error& error) {
  Json body = {{"code", to_string(error.code)}, {"message", error.message}};
  if (!error.fix.empty()) body["fix"] = error.fix;
  if (!error.span.file.empty()) body["file"] = error.span.file;
  if (error.span.line > 0) body["line"] = error.span.line;
  if (error.span.column > 0) body["column"] = error.span.column;
  std::string text = json_text(Json{{"error", std::move(body)}}, -1);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace berth::cli
