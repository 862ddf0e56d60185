#include "core/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace berth {

Fields::Fields(const Node& node, std::string_view file, std::string path)
    : node_(node), file_(file), path_(std::move(path)) {
  if (!node_.is(Node::Kind::kObject)) {
    fail_at(node_, fmt::format("{} must be an object, found {}", path_.empty() ? "the document" : "'" + path_ + "'",
                               describe(node_)));
  }
}

std::string Fields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

SourceSpan Fields::span_of(const Node& node) const {
  return SourceSpan{std::string(file_), node.line, node.column, 0, 0};
}

void Fields::fail_at(const Node& node, std::string message, std::string fix) {
  if (!error_) error_ = Error{ErrorCode::kInvalid, std::move(message), std::move(fix), span_of(node)};
}

void Fields::fail_with(Error error) {
  if (!error_) error_ = std::move(error);
}

const Node* Fields::child(std::string_view key) {
  known_.emplace_back(key);
  if (!ok()) return nullptr;
  const Node* node = node_.find(key);
  return node == nullptr || node->is(Node::Kind::kNull) ? nullptr : node;
}

bool Fields::has_value(std::string_view key) {
  return child(key) != nullptr;
}

void Fields::read(std::string_view key, bool& out) {
  const Node* node = child(key);
  if (node == nullptr) return;
  if (!node->is(Node::Kind::kBool)) {
    return fail_at(*node, fmt::format("'{}' must be true or false, found {}", path_of(key), describe(*node)));
  }
  out = node->as_bool();
}

void Fields::read(std::string_view key, std::string& out) {
  const Node* node = child(key);
  if (node == nullptr) return;
  if (!node->is(Node::Kind::kString)) {
    return fail_at(*node, fmt::format("'{}' must be a text, found {}", path_of(key), describe(*node)));
  }
  out = node->as_string();
}

bool Fields::number(std::string_view key, double& out, Range range, bool integral) {
  const Node* node = child(key);
  if (node == nullptr) return false;
  const char* kind = integral ? "a whole number" : "a number";
  if (!node->is_number() || (integral && node->number() != std::floor(node->number()))) {
    fail_at(*node, fmt::format("'{}' must be {}, found {}", path_of(key), kind, describe(*node)));
    return false;
  }
  const double value = node->number();
  if (value < range.min || value > range.max) {
    fail_at(*node, fmt::format("'{}' must be {} from {} to {}, found {}", path_of(key), kind, number_text(range.min),
                               number_text(range.max), describe(*node)));
    return false;
  }
  out = value;
  return true;
}

void Fields::read(std::string_view key, std::int64_t& out, Range range) {
  double value = 0;
  if (number(key, value, range, true)) out = static_cast<std::int64_t>(value);
}

void Fields::read(std::string_view key, int& out, Range range) {
  double value = 0;
  if (number(key, value, {range.min, std::min(range.max, 2147483647.0)}, true)) out = static_cast<int>(value);
}

void Fields::read(std::string_view key, double& out, Range range) {
  number(key, out, range, false);
}

bool Fields::quantity(std::string_view key, double& out, Unit unit, Range range) {
  const Node* node = child(key);
  if (node == nullptr) return false;
  if (!node->is(Node::Kind::kString)) return number(key, out, range, false);
  const Result<double> parsed = parse_quantity(node->as_string(), unit);
  if (!parsed) {
    fail_at(*node, fmt::format("'{}': {}", path_of(key), parsed.error().message), parsed.error().fix);
    return false;
  }
  if (*parsed < range.min || *parsed > range.max) {
    fail_at(*node, fmt::format("'{}' is out of range: {}", path_of(key), describe(*node)));
    return false;
  }
  out = *parsed;
  return true;
}

void Fields::read(std::string_view key, Bytes& out, Range range) {
  constexpr double kMost = 9e18;  // what int64 holds
  double value = 0;
  if (quantity(key, value, Unit::kBytes, {range.min, std::min(range.max, kMost)})) {
    out = Bytes(static_cast<std::int64_t>(std::llround(value)));
  }
}
void Fields::read(std::string_view key, Seconds& out, Range range) {
  double value = 0;
  if (quantity(key, value, Unit::kSeconds, range)) out = Seconds(value);
}
void Fields::read(std::string_view key, Usd& out, Range range) {
  double value = 0;
  if (quantity(key, value, Unit::kUsd, range)) out = Usd(value);
}
void Fields::read(std::string_view key, BytesPerSecond& out, Range range) {
  double value = 0;
  if (quantity(key, value, Unit::kBytesPerSecond, range)) out = BytesPerSecond(value);
}
void Fields::read(std::string_view key, Watts& out, Range range) {
  double value = 0;
  if (quantity(key, value, Unit::kWatts, range)) out = Watts(value);
}
void Fields::read_quantity(std::string_view key, double& out, Unit unit, Range range) {
  quantity(key, out, unit, range);
}

void Fields::read(std::string_view key, std::vector<std::string>& out) {
  const Node* node = child(key);
  if (node == nullptr) return;
  if (!node->is(Node::Kind::kArray)) {
    return fail_at(*node, fmt::format("'{}' must be a list of texts, found {}", path_of(key), describe(*node)));
  }
  std::vector<std::string> words;
  for (const Node& item : node->as_array()) {
    if (!item.is(Node::Kind::kString)) {
      return fail_at(item, fmt::format("'{}' must be a list of texts, found {} in it", path_of(key), describe(item)));
    }
    words.push_back(item.as_string());
  }
  out = std::move(words);
}

int Fields::word_index(std::string_view key, std::span<const std::string_view> names) {
  const Node* node = child(key);
  if (node == nullptr) return -1;
  const std::string expected = fmt::format("'{}' must be {}", path_of(key), join_or(names));
  if (!node->is(Node::Kind::kString)) {
    fail_at(*node, fmt::format("{}, found {}", expected, describe(*node)));
    return -1;
  }
  const std::string& word = node->as_string();
  const auto it = std::find(names.begin(), names.end(), word);
  if (it != names.end()) return static_cast<int>(it - names.begin());
  const std::string near = suggest(word, names);
  fail_at(*node, fmt::format("{}, found '{}'", expected, shorten(word)),
          near.empty() ? std::string() : fmt::format("did you mean '{}'?", near));
  return -1;
}

void Fields::read_word(std::string_view key, std::optional<std::string>& out, std::span<const std::string_view> words) {
  const int index = word_index(key, words);
  if (index >= 0) out = std::string(words[static_cast<std::size_t>(index)]);
}

Status Fields::finish() {
  if (ok() && node_.is(Node::Kind::kObject)) {
    for (const Member& member : node_.as_object()) {
      if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
      const std::string near = suggest(member.key, known_);
      std::sort(known_.begin(), known_.end());
      known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
      error_ = Error{ErrorCode::kInvalid, fmt::format("unknown key '{}'", shorten(path_of(member.key))),
                     near.empty() ? "known keys here: " + join_or(known_) : fmt::format("did you mean '{}'?", near),
                     SourceSpan{std::string(file_), member.line, member.column, 0, 0}};
      break;
    }
  }
  if (error_) return tl::unexpected<Error>(*error_);
  return {};
}

}  // namespace berth
