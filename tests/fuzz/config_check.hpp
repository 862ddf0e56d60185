// What must hold of read_configs for any text: shared by the targets of the three syntaxes and of scripts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "berth/configs.hpp"
#include "berth/data.hpp"
#include "check.hpp"
#include "configs/config_tree.hpp"

namespace berth::fuzz {

inline const ConfigFormats& formats() {
  static const Result<ConfigFormats> kFormats = ConfigFormats::load(embedded_data());
  require(kFormats.has_value(), "the shipped tables don't load");
  return *kFormats;
}

inline void require_inside(const SourceSpan& span, const ConfigTree& tree) {
  require(span.line >= 0 && span.column >= 0 && span.end_line >= span.line, "a span runs backwards");
  if (span.line > 0 && span.line == span.end_line && span.end_column > span.column)
    require(static_cast<std::size_t>(span.end_column) <= tree.line(span.line).size() + 1,
            "a span ends outside its line", span.file, tree.line(span.line));
}

inline void require_sound(const Config& config) {
  require(config.tree != nullptr, "a config without a tree");
  require(!config.detection.answer().empty(), "no answer");
  require(config.detection.kind == ConfigKind::kConfig || !config.detection.why.empty(), "no reason given");
  require(std::is_sorted(config.fields.begin(), config.fields.end(),
                         [](const ConfigField& a, const ConfigField& b) { return a.path < b.path; }),
          "fields are out of order");
  for (const ConfigField& field : config.fields) {
    const bool valued = field.state == ValueState::kGiven || field.state == ValueState::kComputed ||
                        field.state == ValueState::kDefault;
    require(valued == (field.value.index() != 0), "a value that its state has none of", field.path,
            to_string(field.state));
    if (field.value_span.file == config.file && config.linked.empty()) require_inside(field.value_span, *config.tree);
  }
  for (const ConfigTrap& trap : config.traps) require_inside(trap.span, *config.tree);
  for_each_value(config.tree->root(), [&](const std::string& path, const Located& at) {
    if (path.size() > 200) return;
    require_inside(config.tree->value_span(*at.node), *config.tree);
    if (at.member) require_inside(config.tree->key_span(*at.member), *config.tree);
    (void)config.tree->find(path);
  });
  (void)to_workload(config);
  for (const Config& linked : config.linked) require_sound(linked);
}

// Every file that a text names is the text itself: chains and circles.
inline int read_any(const std::uint8_t* data, std::size_t size, std::string_view name) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ReadConfigOptions options;
  options.resolve = [&](const std::string&) -> std::optional<std::string> { return text; };
  const std::vector<Config> configs = read_configs(text, name, formats(), options);
  require(!configs.empty(), "no answer at all");
  for (const Config& config : configs) require_sound(config);
  return 0;
}

}  // namespace berth::fuzz

// The tables are read before the first input, so that no input is charged for it.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  (void)berth::fuzz::formats();
  return 0;
}
