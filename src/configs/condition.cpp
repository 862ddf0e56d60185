#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "configs/format.hpp"
#include "configs/lookup.hpp"
#include "core/text.hpp"

namespace berth {

const Node* View::find(std::string_view path) const {
  return locate(*root, path, spelling).node;
}
const Member* View::member(std::string_view path) const {
  return locate(*root, path, spelling).member;
}

std::optional<std::string> word_of(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kBool: return node.as_bool() ? "true" : "false";
    case Node::Kind::kInt: return std::to_string(node.as_int());
    case Node::Kind::kDouble: return number_text(node.as_double());
    case Node::Kind::kString: return node.as_string();
    default: return std::nullopt;
  }
}

std::optional<double> number_of(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // "150_001": an underscore between digits.
    if (c == '_' && i > 0 && i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i - 1])) &&
        std::isdigit(static_cast<unsigned char>(text[i + 1]))) {
      continue;
    }
    if (std::string_view("0123456789+-.eE").find(c) == std::string_view::npos) return std::nullopt;
    plain += c;
  }
  if (plain.empty() || plain.size() > 64 || plain.find_first_of("0123456789") == std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(plain.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> number_of(const Node& node) {
  if (node.is_number()) return node.number();
  if (node.is(Node::Kind::kString)) return number_of(node.as_string());
  return std::nullopt;
}

namespace {

bool has_anywhere(const Node& node, std::string_view key) {
  if (node.is(Node::Kind::kArray)) {
    return std::any_of(node.as_array().begin(), node.as_array().end(),
                       [&](const Node& item) { return has_anywhere(item, key); });
  }
  if (!node.is(Node::Kind::kObject)) return false;
  return std::any_of(node.as_object().begin(), node.as_object().end(),
                     [&](const Member& member) { return member.key == key || has_anywhere(member.value, key); });
}

bool is_kind(const Node* node, Condition::Kind kind) {
  if (!node) return false;
  switch (kind) {
    case Condition::Kind::kHas: return true;
    case Condition::Kind::kSet: return !node->is(Node::Kind::kNull);
    case Condition::Kind::kMap: return node->is(Node::Kind::kObject);
    case Condition::Kind::kList: return node->is(Node::Kind::kArray);
    default: return node->is(Node::Kind::kString);
  }
}

using Evidence = std::vector<std::string>;

std::size_t count_paths(const Condition& condition, const View& view, Evidence& evidence) {
  std::size_t found = 0;
  for (const std::string& path : condition.paths) {
    if (!view.find(path)) continue;
    evidence.push_back(view.prefix + path);
    ++found;
  }
  return found;
}

bool every_path(const Condition& condition, const View& view, Evidence& evidence) {
  for (const std::string& path : condition.paths) {
    if (!is_kind(view.find(path), condition.kind)) return false;
    evidence.push_back(view.prefix + path);
  }
  return true;
}

bool value_fits(const Condition& condition, const View& view, Evidence& evidence) {
  for (const std::string& path : condition.paths) {
    const Node* node = view.find(path);
    const std::optional<std::string> word = node ? word_of(*node) : std::nullopt;
    if (!word) continue;
    const bool fits = condition.kind == Condition::Kind::kMatches
                          ? RE2::PartialMatch(*word, *condition.match)
                          : std::find(condition.words.begin(), condition.words.end(), *word) != condition.words.end();
    if (!fits) continue;
    evidence.push_back(view.prefix + path + ": " + shorten(*word, 40));
    return true;
  }
  return false;
}

bool keys_match(const Condition& condition, const View& view, Evidence& evidence) {
  if (!view.root->is(Node::Kind::kObject)) return false;
  std::size_t found = 0;
  for (const Member& member : view.root->as_object()) {
    if (!RE2::FullMatch(member.key, *condition.match)) continue;
    if (++found <= 6) evidence.push_back(view.prefix + member.key);
  }
  return found >= condition.at_least;
}

bool parts_hold(const Condition& condition, const View& view, Evidence& evidence) {
  for (const Condition& part : condition.parts) {
    const std::size_t before = evidence.size();
    const bool held = holds(part, view, evidence);
    if (!held) evidence.resize(before);
    if (held != (condition.kind == Condition::Kind::kAll)) return held;
  }
  return condition.kind == Condition::Kind::kAll;
}

}  // namespace

bool holds(const Condition& condition, const View& view, Evidence& evidence) {
  switch (condition.kind) {
    case Condition::Kind::kAll:
    case Condition::Kind::kAny: return parts_hold(condition, view, evidence);
    case Condition::Kind::kNot: {
      Evidence unused;
      return !holds(condition.parts.front(), view, unused);
    }
    case Condition::Kind::kAnyOf: return count_paths(condition, view, evidence) > 0;
    case Condition::Kind::kCount: return count_paths(condition, view, evidence) >= condition.at_least;
    case Condition::Kind::kIn:
    case Condition::Kind::kMatches: return value_fits(condition, view, evidence);
    case Condition::Kind::kAnywhere:
      if (!has_anywhere(*view.root, condition.paths.front())) return false;
      evidence.push_back(condition.paths.front());
      return true;
    case Condition::Kind::kKeys: return keys_match(condition, view, evidence);
    case Condition::Kind::kAtMost:
      return view.root->is(Node::Kind::kObject) && view.root->as_object().size() <= condition.at_least;
    default: return every_path(condition, view, evidence);
  }
}

std::optional<View> recognise(const Format& format, const Node& root, Evidence& evidence) {
  for (const std::string& at : format.roots) {
    View view{&root, at.empty() ? "" : at + ".", format.spelling};
    if (!at.empty()) view.root = locate(root, at, Spelling::kExact).node;
    if (!view.root || !view.root->is(Node::Kind::kObject)) continue;
    Evidence found;
    if (!holds(format.detect, view, found)) continue;
    evidence.insert(evidence.end(), found.begin(), found.end());
    return view;
  }
  return std::nullopt;
}

}  // namespace berth
