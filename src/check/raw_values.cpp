#include "check/raw_values.hpp"

#include <charconv>

namespace berth::checking {
namespace {

std::optional<FactValue> number_of(const ConfigTree& tree, const Node& node, FactType type) {
  if (node.is(Node::Kind::kInt)) return FactValue(node.as_int());
  if (node.is(Node::Kind::kDouble)) {
    const double value = node.as_double();
    if (type == FactType::kDouble) return FactValue(value);
    if (value == static_cast<double>(static_cast<std::int64_t>(value)))
      return FactValue(static_cast<std::int64_t>(value));
    return std::nullopt;
  }
  if (!node.is(Node::Kind::kString)) return std::nullopt;
  // 1e-5 is a text in YAML 1.1; a trap says so where the tool minds.
  static_cast<void>(tree);
  const std::string& text = node.as_string();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (type == FactType::kDouble) return FactValue(value);
  if (value != static_cast<double>(static_cast<std::int64_t>(value))) return std::nullopt;
  return FactValue(static_cast<std::int64_t>(value));
}

std::optional<FactValue> word_of(const ConfigTree& tree, const Node& node) {
  if (node.is(Node::Kind::kString)) return FactValue(node.as_string());
  if (node.is(Node::Kind::kBool)) return FactValue(std::string(node.as_bool() ? "true" : "false"));
  if (node.is_number()) return FactValue(std::string(tree.written(node)));
  return std::nullopt;
}

// Lists within lists are one list: [[["mamba"], 24]] holds "mamba".
void collect_words(const ConfigTree& tree, const Node& node, std::vector<std::string>& out) {
  for (const Node& item : node.as_array()) {
    if (item.is(Node::Kind::kArray)) {
      collect_words(tree, item, out);
    } else if (const auto word = word_of(tree, item)) {
      out.push_back(std::get<std::string>(*word));
    }
  }
}

std::optional<FactValue> list_of(const ConfigTree& tree, const Node& node) {
  std::vector<std::string> words;
  if (node.is(Node::Kind::kArray)) {
    collect_words(tree, node, words);
    return FactValue(std::move(words));
  }
  if (node.is(Node::Kind::kObject)) {
    for (const Member& member : node.as_object()) words.push_back(member.key);
    return FactValue(std::move(words));
  }
  const auto word = word_of(tree, node);
  if (!word) return std::nullopt;
  std::string_view rest = std::get<std::string>(*word);
  while (!rest.empty()) {  // "q_proj,v_proj" and "full_shard auto_wrap"
    const std::size_t end = rest.find_first_of(", ");
    if (end != 0) words.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return FactValue(std::move(words));
}

}  // namespace

std::optional<FactValue> value_of(const ConfigTree& tree, const Node& node, FactType type) {
  switch (type) {
    case FactType::kBool: {
      if (node.is(Node::Kind::kBool)) return FactValue(node.as_bool());
      return std::nullopt;
    }
    case FactType::kInt:
    case FactType::kDouble: return number_of(tree, node, type);
    case FactType::kStringList: return list_of(tree, node);
    default: return word_of(tree, node);
  }
}

}  // namespace berth::checking
