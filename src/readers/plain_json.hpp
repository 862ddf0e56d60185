// A cursor over JSON in its plainest form: no escapes, no fractions, ASCII. Headers and indexes of weight
// files are written so, and can have 100,000 entries; reading them by it is several times faster than
// building a tree. Whatever isn't plain (escapes, errors) fails without a message: the caller then reads
// the text with parse_document, which knows all of JSON and where errors are (docs/adr).
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

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
    const std::size_t end = ok_ ? text_.find('"', at_) : std::string_view::npos;
    if (end == std::string_view::npos) {
      ok_ = false;
      return {};
    }
    const std::string_view out = text_.substr(at_, end - at_);
    unsigned odd = 0;  // without branches, so that compilers take many letters at once
    for (const char letter : out) {
      const auto c = static_cast<unsigned char>(letter);
      odd |= static_cast<unsigned>(c == '\\') | static_cast<unsigned>(c < 0x20) | static_cast<unsigned>(c >= 0x7F);
    }
    at_ = end + 1;
    if (odd != 0) ok_ = false;
    return ok_ ? out : std::string_view();
  }
  // A whole number from 0, of at most 18 digits, not written with a leading zero.
  std::int64_t number() {
    blanks();
    const std::size_t start = at_;
    std::int64_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - start < 19) {
      if (at_ - start == 18) return fail();
      value = value * 10 + (text_[at_++] - '0');
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

// Texts seen so far, in one array: a name costs no allocation.
class NameSet {
 public:
  explicit NameSet(std::size_t expected) : slots_(std::bit_ceil(2 * expected + 16)) {}

  // false: it was there, or too many names fall to the same place (which only made names do).
  bool insert(std::string_view name) {
    if (2 * ++count_ > slots_.size()) grow();
    std::string_view* slot = place(name);
    if (slot == nullptr || slot->data() != nullptr) return false;
    *slot = name;
    return true;
  }

 private:
  static constexpr std::size_t kMostSteps = 256;

  // Where the name is or would be; nullptr: too far.
  std::string_view* place(std::string_view name) {
    std::size_t at = std::hash<std::string_view>()(name);
    for (std::size_t step = 0; step < kMostSteps; ++step, ++at) {
      std::string_view& slot = slots_[at & (slots_.size() - 1)];
      if (slot.data() == nullptr || slot == name) return &slot;
    }
    return nullptr;
  }
  void grow() {
    std::vector<std::string_view> old(2 * slots_.size());
    old.swap(slots_);
    for (const std::string_view name : old) {
      std::string_view* slot = name.data() == nullptr ? nullptr : place(name);
      if (slot != nullptr) *slot = name;
    }
  }

  std::vector<std::string_view> slots_;
  std::size_t count_ = 0;
};

}  // namespace berth
