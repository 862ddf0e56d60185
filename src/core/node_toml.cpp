// TOML through toml++, used header-only and without exceptions.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 1
#include <toml++/toml.h>

#include <cmath>
#include <sstream>

#include "core/lenient.hpp"

namespace berth {
namespace {

// toml++ counts columns in code points; everything here counts bytes.
class Columns {
 public:
  explicit Columns(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }
  [[nodiscard]] int bytes(const toml::source_position& place) const {
    if (place.line < 1 || place.line > starts_.size()) return static_cast<int>(place.column);
    std::size_t at = starts_[place.line - 1];
    const std::size_t start = at;
    for (toml::source_index left = place.column; left > 1 && at < text_.size(); --left) {
      ++at;
      while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U) ++at;
    }
    return static_cast<int>(at - start) + 1;
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

class Builder {
 public:
  Builder(TreeBuilder& tree, const Columns& columns) : tree_(tree), columns_(columns) {}

  bool add(const toml::node& node) {
    const auto& place = node.source().begin;
    const int line = static_cast<int>(place.line);
    const int column = columns_.bytes(place);
    if (const toml::table* table = node.as_table()) return add(*table, line, column);
    if (const toml::array* array = node.as_array()) {
      if (!tree_.open(Node::Kind::kArray, line, column)) return false;
      for (const toml::node& item : *array) {
        if (!add(item)) return false;
      }
      return tree_.close();
    }
    return tree_.value(scalar(node), line, column);
  }

 private:
  bool add(const toml::table& table, int line, int column) {
    if (!tree_.open(Node::Kind::kObject, line, column)) return false;
    // toml++ sorts keys; the document's order is that of their places.
    std::vector<std::pair<const toml::key*, const toml::node*>> members;
    for (const auto& [key, value] : table) members.emplace_back(&key, &value);
    std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
      const auto& x = a.first->source().begin;
      const auto& y = b.first->source().begin;
      return x.line != y.line ? x.line < y.line : x.column < y.column;
    });
    for (const auto& member : members) {
      const auto& place = member.first->source().begin;
      if (!tree_.key(std::string(member.first->str()), static_cast<int>(place.line), columns_.bytes(place)))
        return false;
      if (!add(*member.second)) return false;
    }
    return tree_.close();
  }

  static Node scalar(const toml::node& node) {
    if (const auto* value = node.as_boolean()) return Node(value->get());
    if (const auto* value = node.as_integer()) return Node(value->get());
    if (const auto* value = node.as_string()) return Node(value->get());
    if (const auto* value = node.as_floating_point()) {
      if (std::isfinite(value->get())) return Node(value->get());
    }
    std::ostringstream text;  // dates, times, inf and nan: as texts
    if (const auto* value = node.as_date()) text << value->get();
    if (const auto* value = node.as_time()) text << value->get();
    if (const auto* value = node.as_date_time()) text << value->get();
    if (const auto* value = node.as_floating_point()) text << value->get();
    return Node(text.str());
  }

  TreeBuilder& tree_;
  const Columns& columns_;
};

}  // namespace

Result<LenientText> parse_toml(std::string_view text, std::string_view name, const LenientLimits& limits) {
  const toml::parse_result parsed = toml::parse(text, std::string_view(name));
  const Columns columns(text);
  if (!parsed) {
    const auto& place = parsed.error().source().begin;
    return fail(ErrorCode::kInvalid, "not valid TOML: " + std::string(parsed.error().description()), {},
                {std::string(name), static_cast<int>(place.line), columns.bytes(place), 0, 0});
  }
  LenientText out;
  LenientText::Document document;
  TreeBuilder tree(name, {&document.duplicates, limits.max_values});
  Builder(tree, columns).add(parsed.table());
  Result<Node> root = tree.take();
  if (!root) return tl::unexpected<Error>(root.error());
  document.root = std::move(*root);
  out.documents.push_back(std::move(document));
  return out;
}

}  // namespace berth
