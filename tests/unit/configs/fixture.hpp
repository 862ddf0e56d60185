// Reads texts as configs with the shipped tables.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "berth/configs.hpp"
#include "berth/data.hpp"

namespace berth::test {

inline const ConfigFormats& shipped_formats() {
  static const ConfigFormats kFormats = [] {
    Result<ConfigFormats> formats = ConfigFormats::load(embedded_data());
    EXPECT_TRUE(formats) << (formats ? "" : to_string(formats.error()));
    return std::move(*formats);
  }();
  return kFormats;
}

inline std::vector<Config> read_all(std::string_view text, std::string_view name = "config",
                                    const ReadConfigOptions& options = {}) {
  return read_configs(text, name, shipped_formats(), options);
}

inline Config read_one(std::string_view text, std::string_view name = "config", const ReadConfigOptions& options = {}) {
  std::vector<Config> all = read_all(text, name, options);
  EXPECT_EQ(all.size(), 1U);
  return std::move(all.front());
}

// "given 8", "default 1", "auto", or "-" when there is no such field.
inline std::string shown(const Config& config, std::string_view path) {
  const ConfigField* field = config.find(path);
  if (!field) return "-";
  std::string out = to_string(field->state);
  if (const auto* value = std::get_if<bool>(&field->value)) out += *value ? " true" : " false";
  if (const auto* value = std::get_if<std::int64_t>(&field->value)) out += " " + std::to_string(*value);
  if (const auto* value = std::get_if<std::string>(&field->value)) out += " " + *value;
  if (const auto* value = std::get_if<double>(&field->value)) {
    std::string number = std::to_string(*value);
    number.erase(number.find_last_not_of('0') + 1);
    out += " " + number;
  }
  if (const auto* value = std::get_if<std::vector<std::string>>(&field->value)) {
    out += " [";
    for (const std::string& item : *value) out += (out.back() == '[' ? "" : ",") + item;
    out += "]";
  }
  return out;
}

}  // namespace berth::test
