// The set of formats.
#include <fmt/format.h>

#include <algorithm>

#include "configs/format_file.hpp"

namespace berth {
namespace {

bool is_of(const Node& root, std::string_view schema) {
  const Node* word = root.find("schema");
  return word && word->is(Node::Kind::kString) && word->as_string() == schema;
}

}  // namespace

ConfigFormats::ConfigFormats(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigFormats::ConfigFormats(ConfigFormats&&) noexcept = default;
ConfigFormats& ConfigFormats::operator=(ConfigFormats&&) noexcept = default;
ConfigFormats::~ConfigFormats() = default;

std::span<const ConfigFormat> ConfigFormats::formats() const {
  return state_->rows;
}

Result<ConfigFormats> ConfigFormats::load(std::span<const SourceFile> files) {
  FieldInfos infos;
  std::vector<std::pair<const SourceFile*, Node>> tables;
  for (const SourceFile& file : files) {
    if (file.name.starts_with("schema/")) continue;
    const bool facts = file.text.find("berth/facts/v1") != std::string::npos;
    const bool table = file.text.find("berth/config-format/v1") != std::string::npos;
    if (!facts && !table) continue;
    Result<Node> root = parse_document(file.text, file.name, Syntax::kJson);
    if (!root) return tl::unexpected<Error>(root.error());
    if (is_of(*root, "berth/facts/v1")) {
      if (const Status status = read_field_types(*root, file.name, infos); !status) {
        return tl::unexpected<Error>(status.error());
      }
    } else if (is_of(*root, "berth/config-format/v1")) {
      tables.emplace_back(&file, std::move(*root));
    }
  }
  auto state = std::make_unique<State>();
  for (const auto& table : tables) {
    Result<Format> format = read_format(table.second, table.first->name, infos);
    if (!format) return tl::unexpected<Error>(format.error());
    state->formats.push_back(std::move(*format));
  }
  std::sort(state->formats.begin(), state->formats.end(), [](const Format& a, const Format& b) {
    return a.order != b.order ? a.order < b.order : a.row.id < b.row.id;
  });
  for (std::size_t i = 0; i < state->formats.size(); ++i) {
    const ConfigFormat& row = state->formats[i].row;
    if (!state->by_id.emplace(row.id, i).second) {
      return fail(ErrorCode::kInvalid, fmt::format("two formats are called '{}'", row.id));
    }
    state->rows.push_back(row);
    const std::vector<std::string>& flags = state->formats[i].flags;
    state->flags.insert(state->flags.end(), flags.begin(), flags.end());
  }
  return ConfigFormats(std::move(state));
}

}  // namespace berth
