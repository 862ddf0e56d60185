#include "rules/message.hpp"

#include <fmt/format.h>

#include <cmath>

namespace berth {
namespace {

// The place of the brace that closes the expression starting at `at`; npos when there is none.
std::size_t closing_brace(std::string_view text, std::size_t at) {
  int depth = 0;
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == '\\')
        ++at;
      else if (c == quote)
        quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}') {
      if (depth == 0) return at;
      --depth;
    }
  }
  return std::string_view::npos;
}

SourceSpan column(std::size_t at) {
  SourceSpan span;
  span.line = 1;
  span.column = static_cast<int>(at) + 1;
  return span;
}

std::string shown(const cel::Value& value) {
  if (value.is(cel::Value::Kind::kError)) return "?";
  // Six digits are what a reader takes in; whole numbers stay whole.
  if (value.is(cel::Value::Kind::kDouble) && std::isfinite(value.d)) return fmt::format("{:.6g}", value.d);
  return cel::to_plain(value);
}

}  // namespace

Result<Message> Message::compile(std::string_view text, const cel::Environment& environment) {
  Message message;
  message.texts_.emplace_back();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      message.texts_.back() += c;
      ++at;
    } else if (c == '}') {
      return fail(ErrorCode::kInvalid, "a '}' without '{'", "write '}}' for a brace", column(at));
    } else if (c != '{') {
      message.texts_.back() += c;
    } else {
      const std::size_t end = closing_brace(text, at + 1);
      if (end == std::string_view::npos)
        return fail(ErrorCode::kInvalid, "a '{' without '}'", "write '{{' for a brace", column(at));
      Result<cel::Program> program =
          cel::Program::compile(text.substr(at + 1, end - at - 1), environment, cel::Checking::kOn);
      if (!program) {
        Error error = program.error();
        error.span.column += static_cast<int>(at) + 1;
        return tl::unexpected<Error>(error);
      }
      message.expressions_.push_back(std::move(*program));
      message.texts_.emplace_back();
      at = end;
    }
  }
  return message;
}

std::string Message::render(std::span<const cel::Value> facts, cel::Arena& arena) const {
  if (texts_.empty()) return {};
  std::string out = texts_[0];
  for (std::size_t i = 0; i < expressions_.size(); ++i) {
    out += shown(expressions_[i].evaluate(facts, arena));
    out += texts_[i + 1];
  }
  return out;
}

}  // namespace berth
