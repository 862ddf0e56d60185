#include "cel/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::cel {

std::uint32_t Environment::declare(std::string name, const Type* type, std::string unit) {
  const auto slot = static_cast<std::uint32_t>(names_.size());
  slots_.emplace(name, slot);
  names_.push_back(std::move(name));
  types_.push_back(type);
  units_.push_back(std::move(unit));
  return slot;
}

std::optional<std::uint32_t> Environment::find(std::string_view name) const {
  const auto found = slots_.find(name);
  if (found == slots_.end()) return std::nullopt;
  return found->second;
}

const Names::Local* Names::local(std::string_view name) const {
  const auto found = std::find_if(locals_.rbegin(), locals_.rend(), [&](const Local& l) { return l.name == name; });
  return found == locals_.rend() ? nullptr : &*found;
}

std::uint32_t Names::push(std::string name, const Type* type) {
  const auto slot = static_cast<std::uint32_t>(locals_.size());
  locals_.push_back({std::move(name), type, slot});
  most_locals_ = std::max(most_locals_, slot + 1);
  return slot;
}

// The names that `name` may mean, nearest container first (cel-spec, "Name Resolution").
template <class F>
bool Names::each_candidate(std::string_view name, F use) const {
  if (name.starts_with('.')) return use(std::string(name.substr(1)));
  std::string_view container = environment_.container();
  while (!container.empty()) {
    if (use(fmt::format("{}.{}", container, name))) return true;
    const auto dot = container.rfind('.');
    container = dot == std::string_view::npos ? std::string_view() : container.substr(0, dot);
  }
  return use(std::string(name));
}

std::optional<std::uint32_t> Names::variable(std::string_view name) const {
  std::optional<std::uint32_t> found;
  each_candidate(name, [&](const std::string& candidate) {
    found = environment_.find(candidate);
    return found.has_value();
  });
  return found;
}

const Function* Names::function(std::string_view name) const {
  const Function* found = nullptr;
  each_candidate(name, [&](const std::string& candidate) {
    found = find_function(candidate);
    return found != nullptr;
  });
  return found && found->run ? found : nullptr;
}

bool Names::prefix_declared(std::string_view name) const {
  for (std::size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0; dot = name.rfind('.')) {
    name = name.substr(0, dot);
    if (variable(name)) return true;
  }
  return false;
}

std::string Names::chain(const Expr& expr) const {
  if (expr.op == Op::kIdentifier) return local(expr.name) ? std::string() : expr.name;
  if (expr.op != Op::kSelect && expr.op != Op::kHas) return {};
  std::string name = chain(expr.args[0]);
  if (!name.empty()) name.append(".").append(expr.name);
  return name;
}

}  // namespace berth::cel
