#include <algorithm>

#include "configs/config_tree.hpp"
#include "configs/lookup.hpp"

namespace berth {
namespace {

bool same(char a, char b, Spelling spelling) {
  return a == b || (spelling == Spelling::kDashes && (a == '-' || a == '_') && (b == '-' || b == '_'));
}

// Whether `path` begins with `key` and goes on with another step or ends.
bool leads(std::string_view path, std::string_view key, Spelling spelling) {
  if (key.empty() || key.size() > path.size()) return false;
  if (key.size() < path.size() && path[key.size()] != '.' && path[key.size()] != '[') return false;
  return std::equal(key.begin(), key.end(), path.begin(), [&](char a, char b) { return same(a, b, spelling); });
}

// "[12]rest": the index, and `path` moved behind it. -1 when it is none.
std::ptrdiff_t take_index(std::string_view& path) {
  const std::size_t end = path.find(']');
  if (end == std::string_view::npos || end < 2 || end > 8) return -1;
  std::ptrdiff_t index = 0;
  for (const char c : path.substr(1, end - 1)) {
    if (c < '0' || c > '9') return -1;
    index = index * 10 + (c - '0');
  }
  path.remove_prefix(end + 1);
  return index;
}

}  // namespace

Located locate(const Node& root, std::string_view path, Spelling spelling) {
  Located at{&root, nullptr};
  while (!path.empty()) {
    if (path.front() == '[') {
      const std::ptrdiff_t index = take_index(path);
      if (index < 0 || !at.node->is(Node::Kind::kArray)) return {};
      const Node::Array& items = at.node->as_array();
      if (index >= static_cast<std::ptrdiff_t>(items.size())) return {};
      at = {&items[static_cast<std::size_t>(index)], nullptr};
    } else {
      if (!at.node->is(Node::Kind::kObject)) return {};
      const Member* best = nullptr;
      for (const Member& member : at.node->as_object()) {
        if (leads(path, member.key, spelling) && (!best || member.key.size() > best->key.size())) best = &member;
      }
      if (!best) return {};
      at = {&best->value, best};
      path.remove_prefix(best->key.size());
    }
    if (!path.empty() && path.front() == '.') path.remove_prefix(1);
  }
  return at;
}

ConfigTree::ConfigTree(std::string file, std::shared_ptr<const std::string> text, Node root)
    : file_(std::move(file)), text_(std::move(text)), root_(std::move(root)) {
  line_starts_.push_back(0);
  for (std::size_t at = text_->find('\n'); at != std::string::npos; at = text_->find('\n', at + 1)) {
    line_starts_.push_back(at + 1);
  }
}

Located ConfigTree::find(std::string_view path) const {
  return locate(root_, path, Spelling::kExact);
}

SourceSpan ConfigTree::nearest(std::string_view path) const {
  while (!path.empty()) {
    const Located found = find(path);
    if (found.member) return key_span(*found.member);
    if (found.node) return value_span(*found.node);
    const std::size_t end = path.find_last_of(".[");
    path = path.substr(0, end == std::string_view::npos ? 0 : end);
  }
  return {file_, 1, 1, 1, 1};
}

std::string_view ConfigTree::line(int number) const {
  if (number < 1 || static_cast<std::size_t>(number) > line_starts_.size()) return {};
  const std::size_t start = line_starts_[static_cast<std::size_t>(number) - 1];
  const std::size_t end = std::min(text_->find('\n', start), text_->size());
  std::string_view line(text_->data() + start, end - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

namespace {

// The end of a quoted text that begins at `line[0]`; npos when it doesn't end on this line.
std::size_t quoted_end(std::string_view line) {
  const char quote = line.front();
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (line[i] == quote) {
      if (quote == '\'' && i + 1 < line.size() && line[i + 1] == '\'') {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return std::string_view::npos;
}

// Skips "&anchor " and "!tag " before a value.
std::string_view skip_properties(std::string_view rest) {
  while (!rest.empty() && (rest.front() == '&' || rest.front() == '!')) {
    const std::size_t blank = rest.find_first_of(" \t");
    if (blank == std::string_view::npos) return {};
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t", blank), rest.size()));
  }
  return rest;
}

// The text of a scalar at the start of `rest`, which is the rest of its line; empty when unknown.
std::string_view scalar_text(std::string_view rest, const Node& node) {
  rest = skip_properties(rest);
  if (rest.empty() || rest.front() == '|' || rest.front() == '>') return {};
  if (rest.front() == '"' || rest.front() == '\'') {
    const std::size_t end = quoted_end(rest);
    return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
  }
  if (node.is(Node::Kind::kString)) {
    const std::string& text = node.as_string();
    return rest.starts_with(text) ? rest.substr(0, text.size()) : std::string_view();
  }
  if (node.is(Node::Kind::kNull) && rest.front() != '~' && rest.front() != 'n' && rest.front() != 'N') return {};
  return rest.substr(0, std::min(rest.find_first_of(" \t,]}#"), rest.size()));
}

}  // namespace

std::string_view ConfigTree::written(const Node& node) const {
  if (node.is(Node::Kind::kArray) || node.is(Node::Kind::kObject)) return {};
  const std::string_view text = line(node.line);
  if (node.column < 1 || static_cast<std::size_t>(node.column) > text.size()) return {};
  const std::string_view rest = text.substr(static_cast<std::size_t>(node.column) - 1);
  // What stands for an interpolation is typed by what it refers to; its own text ends with the brace.
  if ((node.flags & Node::kReplaced) != 0) {
    const std::size_t end = rest.rfind('}');
    return end == std::string_view::npos ? std::string_view() : rest.substr(0, end + 1);
  }
  return scalar_text(rest, node);
}

SourceSpan ConfigTree::value_span(const Node& node) const {
  const std::string_view text = written(node);
  if (text.empty()) return {file_, node.line, node.column, node.line, node.column};
  const auto start = static_cast<int>(text.data() - line(node.line).data()) + 1;
  return {file_, node.line, start, node.line, start + static_cast<int>(text.size())};
}

SourceSpan ConfigTree::key_span(const Member& member) const {
  return key_span(member.key, member.line, member.column);
}

SourceSpan ConfigTree::key_span(std::string_view key, int line_number, int column) const {
  const std::string_view text = line(line_number);
  SourceSpan span{file_, line_number, column, line_number, column};
  if (column < 1 || static_cast<std::size_t>(column) > text.size()) return span;
  const std::string_view rest = text.substr(static_cast<std::size_t>(column) - 1);
  if (rest.front() == '"' || rest.front() == '\'') {
    const std::size_t end = quoted_end(rest);
    if (end != std::string_view::npos) span.end_column += static_cast<int>(end);
  } else if (rest.starts_with(key)) {
    span.end_column += static_cast<int>(key.size());
  }
  return span;
}

ValueState state_of(const Node& node) {
  if ((node.flags & Node::kOpen) != 0) return ValueState::kUnresolved;
  switch (node.kind()) {
    case Node::Kind::kNull: return ValueState::kNull;
    case Node::Kind::kInt: return node.as_int() == -1 ? ValueState::kDerive : ValueState::kGiven;
    case Node::Kind::kDouble: return node.as_double() == -1 ? ValueState::kDerive : ValueState::kGiven;
    case Node::Kind::kString:
      if (node.as_string() == "auto") return ValueState::kAuto;
      if (node.as_string() == "???") return ValueState::kOutside;
      return ValueState::kGiven;
    default: return ValueState::kGiven;
  }
}

namespace {

void visit_below(const Node& node, std::string& path,
                 const std::function<void(const std::string&, const Located&)>& visit) {
  const std::size_t size = path.size();
  if (node.is(Node::Kind::kObject)) {
    for (const Member& member : node.as_object()) {
      if (!path.empty()) path += '.';
      path += member.key;
      visit(path, {&member.value, &member});
      visit_below(member.value, path, visit);
      path.resize(size);
    }
  } else if (node.is(Node::Kind::kArray)) {
    std::size_t index = 0;
    for (const Node& item : node.as_array()) {
      path += '[' + std::to_string(index++) + ']';
      visit(path, {&item, nullptr});
      visit_below(item, path, visit);
      path.resize(size);
    }
  }
}

}  // namespace

void for_each_value(const Node& root, const std::function<void(const std::string&, const Located&)>& visit) {
  std::string path;
  visit_below(root, path, visit);
}

}  // namespace berth
