#include "check/fixes.hpp"

#include <algorithm>
#include <cctype>

namespace berth::checking {
namespace {

// One text, with the offsets of its lines.
class Text {
 public:
  explicit Text(const ConfigTree& tree) : tree_(tree), text_(tree.text()) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\n') starts_.push_back(i + 1);
    }
  }

  [[nodiscard]] std::size_t offset(int line, int column) const {
    if (line < 1) return 0;
    if (static_cast<std::size_t>(line) > starts_.size()) return text_.size();
    return std::min(text_.size(), starts_[static_cast<std::size_t>(line) - 1] + static_cast<std::size_t>(column) - 1);
  }
  [[nodiscard]] TextEdit edit(std::size_t from, std::size_t to, std::string text) const {
    TextEdit out;
    place(from, out.line, out.column);
    place(to, out.end_line, out.end_column);
    out.text = std::move(text);
    return out;
  }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::size_t line_start(std::size_t at) const {
    const std::size_t end = text_.rfind('\n', at == 0 ? 0 : at - 1);
    return at == 0 || end == std::string_view::npos ? 0 : end + 1;
  }
  [[nodiscard]] std::size_t line_end(std::size_t at) const {  // after the line's end
    const std::size_t end = text_.find('\n', at);
    return end == std::string_view::npos ? text_.size() : end + 1;
  }
  [[nodiscard]] bool is_json() const {
    const std::size_t first = text_.find_first_not_of(" \t\r\n");
    return tree_.file().ends_with(".json") || (first != std::string_view::npos && text_[first] == '{');
  }
  [[nodiscard]] bool is_toml() const { return tree_.file().ends_with(".toml"); }

 private:
  void place(std::size_t at, int& line, int& column) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), at);
    line = static_cast<int>(next - starts_.begin());
    column = static_cast<int>(at - starts_[static_cast<std::size_t>(line) - 1]) + 1;
  }

  const ConfigTree& tree_;
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

bool plain_in_json(std::string_view value) {
  if (value.empty()) return false;
  const char c = value.front();
  return c == '"' || c == '[' || c == '{' || c == '-' || std::isdigit(static_cast<unsigned char>(c)) != 0 ||
         value == "true" || value == "false" || value == "null";
}

std::string written(const Text& text, const std::string& value) {
  return (text.is_json() || text.is_toml()) && !plain_in_json(value) ? "\"" + value + "\"" : value;
}

bool is_section(const Node& node) {
  return node.is(Node::Kind::kObject) || node.is(Node::Kind::kArray);
}

std::optional<TextEdit> set_value(const Text& text, const Place& place, const std::string& to) {
  if (is_section(*place.node)) return std::nullopt;
  const SourceSpan span = place.tree->value_span(*place.node);
  if (span.line < 1) return std::nullopt;
  if (place.node->is(Node::Kind::kString) && place.tree->written(*place.node).empty()) return std::nullopt;
  const std::size_t from = text.offset(span.line, span.column);
  const std::size_t end = text.offset(span.end_line, span.end_column);
  if (end < from || span.end_line != span.line) return std::nullopt;
  if (end == from) {  // "key:" with nothing behind it
    if (from == 0 || text.text()[from - 1] == ' ') return text.edit(from, from, written(text, to));
    return text.edit(from, from, " " + written(text, to));
  }
  return text.edit(from, end, written(text, to));
}

struct Split {
  std::string parent, key;
};
Split split(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

// Adds a key to a parent that is there.
std::optional<TextEdit> add_key(const Text& text, const Place& place, const std::string& to) {
  const Split path = split(place.key);
  const Node* parent = path.parent.empty() ? &place.tree->root() : place.tree->find(path.parent).node;
  if (parent == nullptr || !parent->is(Node::Kind::kObject) || parent->as_object().empty()) return std::nullopt;
  const Member& first = parent->as_object().front();
  const std::size_t key_at = text.offset(first.line, first.column);
  const std::size_t line = text.line_start(key_at);
  const std::string_view before = text.text().substr(line, key_at - line);
  const bool own_line = before.find_first_not_of(' ') == std::string_view::npos;
  const bool quoted = key_at < text.text().size() && text.text()[key_at] == '"';
  const std::string key = quoted ? "\"" + path.key + "\"" : path.key;
  const std::string value = written(text, to);
  if (text.is_json() || !own_line) {
    if (!own_line && !text.is_json() && before.find('{') == std::string_view::npos) return std::nullopt;
    return text.edit(key_at, key_at, key + ": " + value + ", ");
  }
  const std::string sign = text.is_toml() ? " = " : ": ";
  if (path.parent.empty() && !text.is_toml() && text.text().find("\n---") == std::string_view::npos) {
    const std::string start = text.text().empty() || text.text().back() == '\n' ? "" : "\n";
    return text.edit(text.text().size(), text.text().size(), start + key + sign + value + "\n");
  }
  return text.edit(line, line, std::string(before) + key + sign + value + "\n");
}

// The last line that a value takes; 0 when it can't be told (a block text).
int last_line(const ConfigTree& tree, const Node& node, int at_least) {
  int last = std::max(at_least, node.line);
  if (node.is(Node::Kind::kObject)) {
    for (const Member& member : node.as_object()) {
      const int line = last_line(tree, member.value, member.line);
      if (line == 0) return 0;
      last = std::max(last, line);
    }
    return last;
  }
  if (node.is(Node::Kind::kArray)) {
    for (const Node& item : node.as_array()) {
      const int line = last_line(tree, item, item.line);
      if (line == 0) return 0;
      last = std::max(last, line);
    }
    return last;
  }
  if (node.is(Node::Kind::kString) && tree.written(node).empty() && !node.as_string().empty()) return 0;
  return std::max(last, tree.value_span(node).end_line);
}

std::optional<TextEdit> remove_key(const Text& text, const Place& place) {
  if (place.member == nullptr || place.node == nullptr) return std::nullopt;
  const std::size_t key_at = text.offset(place.member->line, place.member->column);
  const std::size_t line = text.line_start(key_at);
  const bool own_line = text.text().substr(line, key_at - line).find_first_not_of(' ') == std::string_view::npos;
  const int last = last_line(*place.tree, *place.node, place.member->line);
  if (last == 0) return std::nullopt;
  if (own_line && !text.is_json()) {
    // A flow value may close on a later line; its brackets must be within what is removed.
    const std::size_t end = text.line_end(text.offset(last, 1));
    const std::string_view gone = text.text().substr(line, end - line);
    const auto count = [&](char c) { return std::count(gone.begin(), gone.end(), c); };
    if (count('{') != count('}') || count('[') != count(']')) return std::nullopt;
    return text.edit(line, end, "");
  }
  if (is_section(*place.node)) return std::nullopt;
  const SourceSpan span = place.tree->value_span(*place.node);
  if (span.end_line != place.member->line) return std::nullopt;
  std::size_t end = text.offset(span.end_line, span.end_column);
  std::size_t from = key_at;
  const std::size_t after = text.text().find_first_not_of(" \t", end);
  if (after != std::string_view::npos && text.text()[after] == ',') {
    end = text.text().find_first_not_of(" \t", after + 1);
    if (end == std::string_view::npos) return std::nullopt;
    if (text.text()[end] == '\n' && own_line) return text.edit(line, end + 1, "");
    return text.edit(from, end, "");
  }
  const std::size_t comma = text.text().find_last_not_of(" \t\r\n", from - 1);  // the last member: the comma before it
  if (comma != std::string_view::npos && text.text()[comma] == ',') from = comma;
  return text.edit(from, end, "");
}

std::optional<TextEdit> rename_key(const Text& text, const Place& place, const std::string& to) {
  if (place.member == nullptr) return std::nullopt;
  const SourceSpan span = place.tree->key_span(*place.member);
  const std::size_t from = text.offset(span.line, span.column);
  std::size_t end = text.offset(span.end_line, span.end_column);
  if (span.line < 1 || end <= from) return std::nullopt;
  const char quote = text.text()[from];
  const bool quoted = quote == '"' || quote == '\'';
  return text.edit(from, end, quoted ? quote + to + quote : to);
}

}  // namespace

std::optional<std::vector<TextEdit>> text_edits(const std::vector<PlacedEdit>& edits) {
  std::vector<TextEdit> out;
  for (const PlacedEdit& edit : edits) {
    if (!edit.place.own || edit.place.tree == nullptr) return std::nullopt;
    const Text text(*edit.place.tree);
    std::optional<TextEdit> made;
    switch (edit.kind) {
      case EditKind::kSet:
        made = edit.place.exists ? set_value(text, edit.place, edit.to) : add_key(text, edit.place, edit.to);
        break;
      case EditKind::kRemove:
        if (!edit.place.exists) continue;
        made = remove_key(text, edit.place);
        break;
      case EditKind::kRename:
        if (!edit.place.exists) continue;
        made = rename_key(text, edit.place, edit.to);
        break;
    }
    if (!made) return std::nullopt;
    out.push_back(std::move(*made));
  }
  if (out.empty()) return std::nullopt;
  std::sort(out.begin(), out.end(), [](const TextEdit& a, const TextEdit& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return out;
}

}  // namespace berth::checking

namespace berth {

std::string apply_edits(std::string_view text, std::vector<TextEdit> edits) {
  std::vector<std::size_t> starts{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts.push_back(i + 1);
  }
  const auto offset = [&](int line, int column) {
    if (line < 1) return std::size_t{0};
    if (static_cast<std::size_t>(line) > starts.size()) return text.size();
    return std::min(text.size(), starts[static_cast<std::size_t>(line) - 1] + static_cast<std::size_t>(column) - 1);
  };
  std::stable_sort(edits.begin(), edits.end(), [](const TextEdit& a, const TextEdit& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  std::string out;
  std::size_t done = 0;
  for (const TextEdit& edit : edits) {
    const std::size_t from = offset(edit.line, edit.column);
    const std::size_t to = offset(edit.end_line, edit.end_column);
    if (from < done || to < from) continue;
    out += text.substr(done, from - done);
    out += edit.text;
    done = to;
  }
  out += text.substr(done);
  return out;
}

}  // namespace berth
