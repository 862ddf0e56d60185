#include "readers/hf/config_file.hpp"

#include <fmt/format.h>

namespace berth {

HfConfig::HfConfig(const Node& node, std::string_view file, std::string path)
    : node_(node), file_(file), fields_(node, file, std::move(path)) {}

std::optional<std::int64_t> HfConfig::find(Keys keys, Range range) {
  for (const std::string_view key : keys) {
    if (!fields_.has_value(key)) continue;
    std::int64_t value = 0;
    fields_.read(key, value, range);
    return ok() ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

std::int64_t HfConfig::need(Keys keys, std::int64_t fallback, Range range) {
  if (const auto value = find(keys, range)) return *value;
  const std::string key(*keys.begin());
  if (fallback > 0) {
    if (ok()) note(fmt::format("{} not given: {}, the default of its model type", fields_.path_of(key), fallback));
    return fallback;
  }
  fail_with(ErrorCode::kIncomplete, fmt::format("'{}' is missing", fields_.path_of(key)),
            "give the complete config.json");
  return 1;
}

bool HfConfig::flag(std::string_view key, std::optional<bool> fallback) {
  std::optional<bool> value;
  if (!key.empty()) fields_.read(key, value);
  return value.value_or(fallback.value_or(false));
}

std::string HfConfig::word(std::string_view key) {
  std::string value;
  fields_.read(key, value);
  return value;
}

std::vector<std::string> HfConfig::words(std::string_view key) {
  std::vector<std::string> value;
  fields_.read(key, value);
  return value;
}

std::vector<std::int64_t> HfConfig::integers(std::string_view key) {
  std::vector<std::int64_t> out;
  const Node* node = fields_.child(key);
  if (node == nullptr) return out;
  if (!node->is(Node::Kind::kArray)) {
    fields_.fail_at(*node, fmt::format("'{}' must be a list of numbers, found {}", path_of(key), describe(*node)));
    return out;
  }
  for (const Node& item : node->as_array()) {
    if (!item.is(Node::Kind::kInt)) {
      fields_.fail_at(
          item, fmt::format("'{}' must be a list of whole numbers, found {} in it", path_of(key), describe(item)));
      return {};
    }
    out.push_back(item.as_int());
  }
  return out;
}

bool HfConfig::has(std::string_view key) {
  return fields_.has_value(key);
}

bool HfConfig::is_list(std::string_view key) {
  const Node* node = fields_.child(key);
  return node != nullptr && node->is(Node::Kind::kArray);
}

std::optional<HfConfig> HfConfig::optional_object(std::string_view key) {
  const Node* node = fields_.child(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is(Node::Kind::kObject)) {
    fields_.fail_at(*node, fmt::format("'{}' must be an object, found {}", path_of(key), describe(*node)));
    return std::nullopt;
  }
  return std::optional<HfConfig>(std::in_place, *node, file_, path_of(key));
}

std::optional<HfConfig> HfConfig::object(std::string_view key) {
  std::optional<HfConfig> nested = optional_object(key);
  if (!nested && ok()) {
    fail_with(ErrorCode::kIncomplete, fmt::format("'{}' is missing", path_of(key)), "give the complete config.json");
  }
  return nested;
}

void HfConfig::fail_with(ErrorCode code, std::string message, std::string fix) {
  fields_.fail_with(Error{code, std::move(message), std::move(fix), span()});
}

Error HfConfig::error() {
  const Status status = fields_.finish();
  return status ? Error{} : status.error();
}

void HfConfig::absorb(HfConfig& nested) {
  if (!nested.ok()) fields_.fail_with(nested.error());
  for (std::string& text : nested.take_notes()) notes_.push_back(std::move(text));
}

}  // namespace berth
