// The words that conditions compare texts with, numbered from 1; 0 is any other text. A fact's text is
// looked up once, when the fact is set, so that judging it compares numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace berth {

class Vocabulary {
 public:
  // The word's number; 0 when there are too many words already.
  std::uint16_t add(std::string_view word) {
    if (const auto found = numbers_.find(word); found != numbers_.end()) return found->second;
    if (numbers_.size() == UINT16_MAX) return 0;
    return numbers_.emplace(word, static_cast<std::uint16_t>(numbers_.size() + 1)).first->second;
  }
  [[nodiscard]] std::uint16_t find(std::string_view word) const {
    const auto found = numbers_.find(word);
    return found == numbers_.end() ? 0 : found->second;
  }
  // How many numbers there are, 0 included.
  [[nodiscard]] std::size_t size() const { return numbers_.size() + 1; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::uint16_t, Hash, std::equal_to<>> numbers_;
};

}  // namespace berth
