// Words and small functions of the public types.
#include <algorithm>
#include <array>

#include "berth/configs.hpp"

namespace berth {

const char* to_string(ConfigKind kind) {
  constexpr std::array<const char*, 5> kWords = {"config", "fragment", "template", "other", "unparsable"};
  return kWords[static_cast<std::size_t>(kind)];
}

const char* to_string(ValueState state) {
  constexpr std::array<const char*, 9> kWords = {"given",  "computed", "default",      "null",  "auto",
                                                 "derive", "outside",  "interpolated", "unread"};
  return kWords[static_cast<std::size_t>(state)];
}

std::string Detection::answer() const {
  return kind == ConfigKind::kConfig ? ecosystem : to_string(kind);
}

const ConfigField* Config::find(std::string_view path) const {
  const auto at = std::lower_bound(fields.begin(), fields.end(), path,
                                   [](const ConfigField& field, std::string_view p) { return field.path < p; });
  return at == fields.end() || at->path != path ? nullptr : &*at;
}

}  // namespace berth
