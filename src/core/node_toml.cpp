// TOML through toml++, used header-only and without exceptions.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 1
#include <fmt/format.h>
#include <toml++/toml.h>

#include <cmath>
#include <optional>
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

// How deep the text nests at most, counted before toml++ sees it: its own limit holds for brackets, while a
// key of many dots makes it recurse once a dot, without end. Comments and strings are passed over.
class Depth {
 public:
  explicit Depth(std::string_view text) : text_(text) {}

  // The 1-based line at which `limit` is passed; nullopt when it isn't.
  std::optional<int> line_beyond(std::size_t limit) {
    for (at_ = 0; at_ < text_.size(); ++at_) {
      step(text_[at_]);
      if (header_ + within_ + dots_ > limit) return line_;
    }
    return std::nullopt;
  }

 private:
  void step(char c) {
    if (c == '\n') return end_line();
    if (c == '#') return skip_comment();
    if (c == '"' || c == '\'') return skip_string(c);
    if (c == '.') ++dots_;
    if (c == ',') dots_ = 0;
    if (c == '[' || c == '{') open();
    if ((c == ']' || c == '}') && !opened_.empty()) close();
  }
  void end_line() {
    ++line_;
    if (!opened_.empty()) return;
    line_start_ = at_ + 1;
    dots_ = 0;
  }
  void open() {
    const std::string_view before = text_.substr(line_start_, at_ - line_start_);
    if (opened_.empty() && before.find_first_not_of(" \t") == std::string_view::npos) {
      header_ = 0;
      in_header_ = true;
    }
    opened_.push_back(dots_ + 1);
    within_ += dots_ + 1;
    dots_ = 0;
  }
  void close() {
    if (in_header_) header_ += dots_ + 1;
    within_ -= opened_.back();
    opened_.pop_back();
    dots_ = 0;
    in_header_ = in_header_ && !opened_.empty();
  }
  void skip_comment() {
    const std::size_t end = text_.find('\n', at_);
    at_ = (end == std::string_view::npos ? text_.size() : end) - 1;
  }
  void skip_string(char quote) {
    const std::string triple(3, quote);
    const bool many_lines = text_.substr(at_, 3) == triple;
    at_ += many_lines ? 3 : 1;
    while (at_ < text_.size()) {
      if (many_lines ? text_.substr(at_, 3) == triple : text_[at_] == quote || text_[at_] == '\n') break;
      if (text_[at_] == '\\' && quote == '"') ++at_;
      if (at_ < text_.size() && text_[at_] == '\n') ++line_;
      ++at_;
    }
    if (many_lines) at_ += 2;
    if (at_ < text_.size() && text_[at_] == '\n') --at_;  // a string left open ends with its line
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::size_t line_start_ = 0;
  std::size_t header_ = 0;  // depth of the table whose lines follow
  bool in_header_ = false;
  std::vector<std::size_t> opened_;  // what each open bracket adds
  std::size_t within_ = 0;           // their sum
  std::size_t dots_ = 0;             // of the key before the next value
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
  constexpr std::size_t kDeepest = 250;
  if (const auto line = Depth(text).line_beyond(kDeepest)) {
    return fail(ErrorCode::kInvalid, fmt::format("the text nests more than {} levels deep", kDeepest), "flatten it",
                {std::string(name), *line, 1, 0, 0});
  }
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
