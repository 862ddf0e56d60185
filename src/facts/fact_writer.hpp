// Sets facts on a sheet; the first error sticks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/rules.hpp"
#include "berth/units.hpp"

namespace berth {

class FactWriter {
 public:
  FactWriter(FactSheet& sheet, Origin origin) : sheet_(sheet), origin_(std::move(origin)) {}

  void put(std::string_view path, FactValue value);
  void set(std::string_view path, bool value) { put(path, value); }
  void set(std::string_view path, int value) { put(path, static_cast<std::int64_t>(value)); }
  void set(std::string_view path, std::int64_t value) { put(path, value); }
  void set(std::string_view path, double value) { put(path, value); }
  void set(std::string_view path, const char* value) { put(path, std::string(value)); }
  void set(std::string_view path, std::string value) { put(path, std::move(value)); }
  void set(std::string_view path, std::vector<std::string> value) { put(path, std::move(value)); }
  template <class Tag, class Rep>
  void set(std::string_view path, Quantity<Tag, Rep> value) {
    set(path, value.value());
  }
  // An absent value sets nothing: the fact stays unknown.
  template <class T>
  void set(std::string_view path, const std::optional<T>& value) {
    if (value) set(path, *value);
  }
  // An empty text sets nothing.
  void set_word(std::string_view path, const std::string& value) {
    if (!value.empty()) set(path, value);
  }
  // An absent value is known to be absent.
  template <class T>
  void set_or_null(std::string_view path, const std::optional<T>& value) {
    if (value) {
      set(path, *value);
    } else {
      put(path, std::monostate());
    }
  }
  void origin(Origin origin) { origin_ = std::move(origin); }
  [[nodiscard]] Status status() const {
    if (error_) return tl::unexpected<Error>(*error_);
    return {};
  }

 private:
  FactSheet& sheet_;
  Origin origin_;
  std::optional<Error> error_;
};

}  // namespace berth
