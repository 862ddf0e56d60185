// Splits an expression into tokens, and turns literals into values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/result.hpp"
#include "cel/value.hpp"

namespace berth::cel {

enum class TokenKind : std::uint8_t {
  kEnd,
  kIdentifier,
  kQuotedIdentifier,
  kLiteral,  // literal: value; ints are kept unsigned, see parser
  kSymbol,   // text: one of the operators
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // in the source; a quoted identifier without its back quotes
  Value value;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// Texts in token values live in `arena` or in `source`.
// Errors: kInvalid at the offending character; span columns count bytes from 1.
Result<std::vector<Token>> tokenize(std::string_view source, Arena& arena);

// The place of `offset` in `source`.
SourceSpan locate(std::string_view source, std::uint32_t begin, std::uint32_t end);

// Appends one code point as UTF-8.
void append_utf8(char32_t code_point, std::string& out);

}  // namespace berth::cel
