#include "cel/lexer.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "core/text.hpp"

namespace berth::cel {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Text : std::uint8_t { kString, kBytes };
enum class Raw : std::uint8_t { kNo, kYes };

class Lexer {
 public:
  Lexer(std::string_view source, Arena& arena) : source_(source), arena_(arena) {}

  Result<std::vector<Token>> run() {
    while (skip_blank(), at_ < source_.size()) {
      start_ = at_;
      if (!next()) return tl::unexpected<Error>(*error_);
    }
    tokens_.push_back({TokenKind::kEnd, {}, {}, offset(at_), offset(at_)});
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  static std::uint32_t offset(std::size_t at) { return static_cast<std::uint32_t>(at); }

  void skip_blank() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        while (at_ < source_.size() && source_[at_] != '\n') ++at_;
      } else {
        break;
      }
    }
  }

  bool next() {
    const char c = peek();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '"' || c == '\'') return text(Text::kString, Raw::kNo);
    if (c == '`') return quoted_identifier();
    if (is_letter(c)) return prefixed_text() || (!error_ && identifier());
    return symbol();
  }

  // r"", b"", br"" in any case of letters.
  bool prefixed_text() {
    std::size_t length = 0;
    Text kind = Text::kString;
    Raw raw = Raw::kNo;
    if (peek() == 'b' || peek() == 'B') {
      kind = Text::kBytes;
      ++length;
    }
    if (peek(length) == 'r' || peek(length) == 'R') {
      raw = Raw::kYes;
      ++length;
    }
    if (length == 0 || (peek(length) != '"' && peek(length) != '\'')) return false;
    at_ += length;
    return text(kind, raw);
  }

  bool identifier() {
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    return push(TokenKind::kIdentifier, source_.substr(start_, at_ - start_));
  }

  bool quoted_identifier() {
    ++at_;
    const std::size_t first = at_;
    while (is_letter(peek()) || is_digit(peek()) ||
           (peek() != '\0' && std::string_view(".-/ ").find(peek()) != std::string_view::npos))
      ++at_;
    if (peek() != '`' || at_ == first)
      return fail("a back-quoted name holds letters, digits and . - / _ blank, and ends with `");
    ++at_;
    return push(TokenKind::kQuotedIdentifier, source_.substr(first, at_ - first - 1));
  }

  bool symbol() {
    constexpr std::array<std::string_view, 26> kSymbols = {"&&", "||", "==", "!=", "<=", ">=", "<", ">", "+",
                                                           "-",  "*",  "/",  "%",  "!",  "?",  ":", ".", ",",
                                                           "(",  ")",  "[",  "]",  "{",  "}",  "",  ""};
    for (const std::string_view candidate : kSymbols) {
      if (candidate.empty() || source_.substr(at_, candidate.size()) != candidate) continue;
      at_ += candidate.size();
      return push(TokenKind::kSymbol, candidate);
    }
    const std::string_view found = source_.substr(at_, 1);
    if (found == "=") return fail("'=' is no operator", "compare with '=='");
    if (found == "&" || found == "|")
      return fail(fmt::format("'{}' is no operator", found), fmt::format("write '{}{}'", found, found));
    return fail(fmt::format("unexpected character '{}'", shorten(source_.substr(at_), 4)));
  }

  bool number() {
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) return hex_number();
    bool is_double = false;
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) {
      is_double = true;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = (peek(1) == '+' || peek(1) == '-') ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        is_double = true;
        at_ += 1 + sign;
        while (is_digit(peek())) ++at_;
      }
    }
    return is_double ? finish_double() : finish_integer(start_, 10);
  }

  bool hex_number() {
    at_ += 2;
    const std::size_t first = at_;
    while (hex_value(peek()) >= 0) ++at_;
    if (at_ == first) return fail("a hexadecimal number needs digits after '0x'");
    return finish_integer(first, 16);
  }

  bool finish_double() {
    const std::string_view digits = source_.substr(start_, at_ - start_);
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec == std::errc::result_out_of_range) {
      // from_chars leaves the value alone: too small is 0 by IEEE 754, too large is an error.
      const auto exponent = digits.find_first_of("eE");
      const bool tiny = exponent != std::string_view::npos && digits[exponent + 1] == '-';
      if (!tiny) return fail("the number is too large for a double");
      value = 0;
    }
    return no_letter_follows() && push(TokenKind::kLiteral, digits, Value::of(value));
  }

  bool finish_integer(std::size_t first, int base) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(source_.data() + first, source_.data() + at_, value, base);
    if (read.ec != std::errc()) return fail("the number is too large for 64 bits");
    if (peek() == 'u' || peek() == 'U') {
      ++at_;
      return no_letter_follows() && push(TokenKind::kLiteral, source_.substr(start_, at_ - start_), Value::of(value));
    }
    // The sign comes later and decides the range: the parser turns this into an int or refuses it.
    Value literal = Value::of(value);
    literal.kind = Value::Kind::kInt;
    return no_letter_follows() && push(TokenKind::kLiteral, source_.substr(start_, at_ - start_), literal);
  }

  bool no_letter_follows() {
    if (!is_letter(peek()) && !is_digit(peek())) return true;
    return fail(fmt::format("unexpected '{}' after the number", peek()));
  }

  bool text(Text kind, Raw raw) {
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    const std::string closing(triple ? 3 : 1, quote);
    at_ += closing.size();
    std::string out;
    while (source_.substr(at_, closing.size()) != closing) {
      if (at_ >= source_.size()) return fail("the text has no closing quote", fmt::format("end it with {}", closing));
      const char c = source_[at_];
      if (!triple && (c == '\n' || c == '\r'))
        return fail("a line break inside quotes", "write \\n, or use triple quotes");
      if (c != '\\' || raw == Raw::kYes) {
        out += c;
        ++at_;
      } else if (!escape(kind, out)) {
        return false;
      }
    }
    at_ += closing.size();
    const auto value_kind = kind == Text::kBytes ? Value::Kind::kBytes : Value::Kind::kString;
    return push(TokenKind::kLiteral, source_.substr(start_, at_ - start_), Value::text(value_kind, arena_.copy(out)));
  }

  bool escape(Text kind, std::string& out) {
    constexpr std::string_view kNames = "abfnrtv\\\"'`?";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"'`?";
    const char c = peek(1);
    if (const auto named = kNames.find(c); c != '\0' && named != std::string_view::npos) {
      out += kMeanings[named];
      at_ += 2;
      return true;
    }
    if (c == 'x' || c == 'X') return code(kind, 2, 2, 16, out);
    if (c >= '0' && c <= '3') return code(kind, 1, 3, 8, out);
    if (kind == Text::kString && c == 'u') return code(kind, 2, 4, 16, out);
    if (kind == Text::kString && c == 'U') return code(kind, 2, 8, 16, out);
    start_ = at_;
    return fail(fmt::format("'\\{}' is no escape sequence", shorten(source_.substr(at_ + 1), 1)),
                "write \\\\ for a backslash");
  }

  // A byte (bytes) or a code point (string) given by `digits` digits after `skip` characters.
  bool code(Text kind, std::size_t skip, std::size_t digits, int base, std::string& out) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const int digit = hex_value(peek(skip + i));
      if (digit < 0 || digit >= base) {
        start_ = at_;
        return fail(fmt::format("the escape sequence needs {} digits of base {}", digits, base));
      }
      value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
      start_ = at_;
      return fail("the escape sequence names no Unicode character");
    }
    at_ += skip + digits;
    if (kind == Text::kBytes)
      out += static_cast<char>(value);
    else
      append_utf8(value, out);
    return true;
  }

  bool push(TokenKind kind, std::string_view text, Value value = {}) {
    tokens_.push_back({kind, text, value, offset(start_), offset(at_)});
    return true;
  }
  bool fail(std::string message, std::string fix = {}) {
    error_ =
        Error{ErrorCode::kInvalid, std::move(message), std::move(fix), locate(source_, offset(start_), offset(at_))};
    return false;
  }

  std::string_view source_;
  Arena& arena_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  std::vector<Token> tokens_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view source, Arena& arena) {
  if (!is_valid_utf8(source)) return fail(ErrorCode::kInvalid, "the expression is not valid UTF-8");
  return Lexer(source, arena).run();
}

SourceSpan locate(std::string_view source, std::uint32_t begin, std::uint32_t end) {
  SourceSpan span;
  span.line = 1;
  span.column = 1;
  for (std::uint32_t i = 0; i < begin && i < source.size(); ++i) {
    if (source[i] == '\n') {
      ++span.line;
      span.column = 1;
    } else {
      ++span.column;
    }
  }
  span.end_line = span.line;
  span.end_column = span.column + static_cast<int>(end > begin ? end - begin : 1);
  return span;
}

void append_utf8(char32_t code_point, std::string& out) {
  const auto c = static_cast<std::uint32_t>(code_point);
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

}  // namespace berth::cel
