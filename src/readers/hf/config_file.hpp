// One object of a Hugging Face config.json, read by key with its synonyms. Keys that berth doesn't need
// are ignored: configs hold much that has no bearing on size or speed.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.hpp"
#include "core/node.hpp"

namespace berth {

// The same quantity under the names that families have given it, in order of preference.
using Keys = std::initializer_list<std::string_view>;

// Bounds that no network comes near; products of two stay inside 64 bits.
inline constexpr Range kWidth{1, 1e8};
inline constexpr Range kWidthOrNone{0, 1e8};
inline constexpr Range kLayers{0, 1e5};
inline constexpr Range kPatch{1, 1e4};
inline constexpr Range kTokens{1, 1e12};

class HfConfig {
 public:
  HfConfig(const Node& node, std::string_view file, std::string path = {});

  // The first key that is there and not null. The first error sticks (see status()).
  std::optional<std::int64_t> find(Keys keys, Range range = kWidthOrNone);
  // The value; else `fallback`, with a note, when it isn't 0; else an error: the key is missing.
  std::int64_t need(Keys keys, std::int64_t fallback, Range range = kWidth);
  bool flag(std::string_view key, std::optional<bool> fallback);
  std::string word(std::string_view key);
  std::vector<std::string> words(std::string_view key);
  std::vector<std::int64_t> integers(std::string_view key);
  bool has(std::string_view key);
  bool is_list(std::string_view key);
  // A nested object; an error when it is missing or something else.
  std::optional<HfConfig> object(std::string_view key);
  // Nested, or nullopt when absent.
  std::optional<HfConfig> optional_object(std::string_view key);

  void note(std::string text) { notes_.push_back(std::move(text)); }
  void fail_with(ErrorCode code, std::string message, std::string fix = {});
  [[nodiscard]] bool ok() const { return fields_.ok(); }
  [[nodiscard]] Error error();
  [[nodiscard]] std::vector<std::string> take_notes() { return std::move(notes_); }
  // Takes over what a nested object found out.
  void absorb(HfConfig& nested);
  [[nodiscard]] SourceSpan span() const { return fields_.span_of(node_); }
  [[nodiscard]] std::string path_of(std::string_view key) const { return fields_.path_of(key); }
  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] std::string_view file() const { return file_; }

 private:
  const Node& node_;
  std::string_view file_;
  Fields fields_;
  std::vector<std::string> notes_;
};

}  // namespace berth
