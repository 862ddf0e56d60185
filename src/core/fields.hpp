// Reads the members of one object into typed values, and complains about what is left over.
//
// The first error sticks; later reads do nothing, so a reader is a plain list of read() calls closed
// by finish(). Absent keys leave the target as it is.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/result.hpp"
#include "berth/units.hpp"
#include "core/node.hpp"

namespace berth {

// Inclusive bounds of a number.
struct Range {
  double min;
  double max;
};
inline constexpr Range kPositiveCount{1, 9e15};
inline constexpr Range kCount{0, 9e15};
inline constexpr Range kAnyNumber{-1e300, 1e300};
inline constexpr Range kPositive{1e-300, 1e300};
inline constexpr Range kNotNegative{0, 1e300};

class Fields {
 public:
  // @param node  must be an object, else the first error is set   @param path  dotted, for messages
  Fields(const Node& node, std::string_view file, std::string path);

  void read(std::string_view key, bool& out);
  void read(std::string_view key, std::string& out);
  void read(std::string_view key, std::int64_t& out, Range range = kCount);
  void read(std::string_view key, int& out, Range range = kCount);
  void read(std::string_view key, double& out, Range range = kAnyNumber);
  // A number in base units or a text with a unit ("16GiB").
  void read(std::string_view key, Bytes& out, Range range = kNotNegative);
  void read(std::string_view key, Seconds& out, Range range = kNotNegative);
  void read(std::string_view key, Usd& out, Range range = kNotNegative);
  void read(std::string_view key, BytesPerSecond& out, Range range = kNotNegative);
  void read(std::string_view key, Watts& out, Range range = kNotNegative);
  void read(std::string_view key, std::vector<std::string>& out);
  // A quantity kept as a double (bits per second, for one).
  void read_quantity(std::string_view key, double& out, Unit unit, Range range = kNotNegative);

  template <class T, class... Args>
  void read(std::string_view key, std::optional<T>& out, Args... args) {
    if (!has_value(key)) return;
    T value{};
    read(key, value, args...);
    if (ok()) out = std::move(value);
  }

  // A word out of a closed list. Error with "did you mean" otherwise.
  template <class E>
  void read_word(std::string_view key, E& out, std::span<const std::pair<std::string_view, E>> words) {
    std::vector<std::string_view> names;
    for (const auto& word : words) names.push_back(word.first);
    const int index = word_index(key, names);
    if (index >= 0) out = words[static_cast<std::size_t>(index)].second;
  }
  template <class E>
  void read_word(std::string_view key, std::optional<E>& out, std::span<const std::pair<std::string_view, E>> words) {
    E value{};
    if (!has_value(key)) return;
    read_word(key, value, words);
    if (ok()) out = value;
  }
  void read_word(std::string_view key, std::optional<std::string>& out, std::span<const std::string_view> words);

  // The member's node, or nullptr when absent or null; marks the key as known.
  const Node* child(std::string_view key);
  // True when the key is there and not null; marks it as known.
  bool has_value(std::string_view key);

  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] SourceSpan span_of(const Node& node) const;
  // Sets the sticky error, unless one is set.
  void fail_at(const Node& node, std::string message, std::string fix = {});
  void fail_with(Error error);
  // The first error, or an error for a key that no read asked for (with "did you mean").
  [[nodiscard]] Status finish();

 private:
  int word_index(std::string_view key, std::span<const std::string_view> names);
  bool number(std::string_view key, double& out, Range range, bool integral);
  bool quantity(std::string_view key, double& out, Unit unit, Range range);

  const Node& node_;
  std::string_view file_;
  std::string path_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

}  // namespace berth
