// The names that an expression may use.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cel/types.hpp"

namespace berth::cel {

// Variables by qualified name ("job.task"), numbered in the order of declaration.
class Environment {
 public:
  // @param unit  of a number, as a text; empty: none
  // @return the variable's slot. `type` must outlive the environment.
  std::uint32_t declare(std::string name, const Type* type, std::string unit = {});
  void set_container(std::string container) { container_ = std::move(container); }

  [[nodiscard]] const std::string& container() const { return container_; }
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
  [[nodiscard]] const Type* type(std::uint32_t slot) const { return types_[slot]; }
  [[nodiscard]] const std::string& unit(std::uint32_t slot) const { return units_[slot]; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::string container_;
  std::vector<std::string> names_;
  std::vector<const Type*> types_;
  std::vector<std::string> units_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> slots_;
};

}  // namespace berth::cel
