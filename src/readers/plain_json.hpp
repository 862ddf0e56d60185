// A cursor over JSON in its plainest form: no escapes, no fractions, ASCII. Headers and indexes of weight
// files are written so, and can have 100,000 entries; reading them by it is several times faster than
// building a tree. Whatever isn't plain (escapes, errors) fails without a message: the caller then reads
// the text with parse_document, which knows all of JSON and where errors are (docs/adr).
#pragma once

#include <cstdint>
#include <string_view>

namespace berth {

class PlainJson {
 public:
  explicit PlainJson(std::string_view text) : text_(text) {}

  // Skips blanks, then takes `c` when it is next.
  bool take(char c) {
    blanks();
    if (!ok_ || at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void need(char c) { ok_ = take(c) && ok_; }
  // A text without escapes.
  std::string_view text() {
    need('"');
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '\\' || c < 0x20 || c >= 0x7F) ok_ = false;
      ++at_;
    }
    if (at_ >= text_.size()) ok_ = false;
    if (!ok_) return {};
    return text_.substr(start, at_++ - start);
  }
  // A whole number from 0, of at most 18 digits, not written with a leading zero.
  std::int64_t number() {
    blanks();
    const std::size_t start = at_;
    std::int64_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - start < 19) {
      value = value * 10 + (text_[at_++] - '0');
      if (at_ - start > 18) return fail();
    }
    const std::size_t digits = at_ - start;
    if (digits == 0 || (digits > 1 && text_[start] == '0')) return fail();
    if (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E')) return fail();
    return value;
  }
  void skip_scalar() {
    blanks();
    if (at_ < text_.size() && text_[at_] == '"') {
      (void)text();
    } else {
      (void)number();
    }
  }
  // A whole object of texts and numbers, looked over.
  void skip_object() {
    need('{');
    if (take('}')) return;
    do {
      (void)text();
      need(':');
      skip_scalar();
    } while (ok_ && take(','));
    need('}');
  }
  // Nothing but blanks is left.
  bool done() {
    blanks();
    return ok_ && at_ == text_.size();
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  void blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  std::int64_t fail() {
    ok_ = false;
    return 0;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace berth
