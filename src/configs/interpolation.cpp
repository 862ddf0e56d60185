#include "configs/interpolation.hpp"

#include <algorithm>
#include <optional>

#include "configs/format.hpp"
#include "configs/lookup.hpp"
#include "core/lenient.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

constexpr std::size_t kMaxText = 4096;       // longer texts are code or prose
constexpr int kMaxPasses = 8;                // a chain of references is rarely longer than 3
constexpr std::size_t kMaxReplaced = 20000;  // values written in for references, all together

bool has_reference(const Node& node) {
  return node.is(Node::Kind::kString) && node.as_string().find("${") != std::string::npos;
}

class Interpolator {
 public:
  explicit Interpolator(Node& root) : root_(root) {}

  // True when something was replaced.
  bool pass() {
    changed_ = false;
    parents_.clear();
    visit(root_);
    return changed_;
  }

 private:
  void visit(Node& node) {
    if (node.is(Node::Kind::kString)) return replace(node);
    parents_.push_back(&node);
    if (node.is(Node::Kind::kObject)) {
      for (Member& member : node.as_object()) visit(member.value);
    } else if (node.is(Node::Kind::kArray)) {
      for (Node& item : node.as_array()) visit(item);
    }
    parents_.pop_back();
  }

  void replace(Node& node) {
    if (!has_reference(node) || node.as_string().size() > kMaxText || (node.flags & Node::kBlock) != 0) return;
    std::string text = node.as_string();
    // Innermost first: the last "${" before the first "}".
    for (int i = 0; i < 16; ++i) {
      const std::size_t end = text.find('}');
      const std::size_t start = end == std::string::npos ? std::string::npos : text.rfind("${", end);
      if (start == std::string::npos) break;
      std::optional<Node> value = evaluate(std::string_view(text).substr(start + 2, end - start - 2));
      if (!value) return;
      if (start == 0 && end + 1 == text.size()) return put(node, std::move(*value));
      const std::optional<std::string> word = word_of(*value);
      if (!word || text.size() + word->size() > kMaxText) return;
      text.replace(start, end + 1 - start, *word);
    }
    if (text.find("${") == std::string::npos) put(node, Node(text));
  }

  void put(Node& node, Node value) {
    if (++replaced_ > kMaxReplaced) return;
    value.line = node.line;
    value.column = node.column;
    value.flags = static_cast<std::uint8_t>((node.flags & Node::kAliased) | Node::kReplaced);
    node = std::move(value);
    changed_ = true;
  }

  // "a.b", ".x", "..x", "oc.select:a.b,default", "multiply:2,3". Nothing when it is not of this document.
  std::optional<Node> evaluate(std::string_view reference) {
    if (reference.starts_with("oc.select:")) return select(reference.substr(10));
    if (reference.starts_with("multiply:")) return multiply(reference.substr(9));
    if (reference.find(':') != std::string_view::npos) return std::nullopt;
    return refer(reference);
  }

  std::optional<Node> refer(std::string_view reference) {
    const Node* from = &root_;
    if (reference.starts_with('.')) {
      std::size_t up = 0;
      while (reference.starts_with('.')) {
        reference.remove_prefix(1);
        ++up;
      }
      // One dot is the object that the value stands in; lists count as a step, as in OmegaConf.
      if (up > parents_.size()) return std::nullopt;
      from = parents_[parents_.size() - up];
    }
    if (reference.empty()) return std::nullopt;
    const Node* target = locate(*from, reference, Spelling::kExact).node;
    if (!target || has_reference(*target)) return std::nullopt;
    if (target->is(Node::Kind::kObject)) return std::nullopt;
    if (target->is(Node::Kind::kArray)) {
      const Node::Array& items = target->as_array();
      constexpr std::size_t kShort = 64;
      const bool plain = items.size() <= kShort && std::all_of(items.begin(), items.end(), [](const Node& item) {
                           return word_of(item) && !has_reference(item);
                         });
      if (!plain) return std::nullopt;
    }
    return *target;
  }

  std::optional<Node> select(std::string_view arguments) {
    const std::size_t comma = arguments.find(',');
    const std::string_view reference = trim(arguments.substr(0, comma));
    // A target that is itself open waits for a later pass; only a missing one takes the default.
    if (reference.starts_with('.') || locate(root_, reference, Spelling::kExact).node) return refer(reference);
    if (comma == std::string_view::npos) return std::nullopt;
    return Node(yaml11_value(trim(arguments.substr(comma + 1))));
  }

  static std::optional<Node> multiply(std::string_view arguments) {
    const std::size_t comma = arguments.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const std::optional<double> a = number_of(trim(arguments.substr(0, comma)));
    const std::optional<double> b = number_of(trim(arguments.substr(comma + 1)));
    if (!a || !b) return std::nullopt;
    const double product = *a * *b;
    if (product == static_cast<double>(static_cast<std::int64_t>(std::clamp(product, -9e15, 9e15)))) {
      return Node(static_cast<std::int64_t>(product));
    }
    return Node(product);
  }

  static std::string_view trim(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
  }

  Node& root_;
  std::vector<const Node*> parents_;
  std::size_t replaced_ = 0;
  bool changed_ = false;
};

// True when there is any reference.
bool mark_open(Node& node) {
  bool any = false;
  if (node.is(Node::Kind::kObject)) {
    for (Member& member : node.as_object()) any |= mark_open(member.value);
  } else if (node.is(Node::Kind::kArray)) {
    for (Node& item : node.as_array()) any |= mark_open(item);
  } else if (has_reference(node)) {
    node.flags |= Node::kOpen;
    any = true;
  }
  return any;
}

void clear_open(Node& node) {
  node.flags &= static_cast<std::uint8_t>(~Node::kOpen);
  if (node.is(Node::Kind::kObject)) {
    for (Member& member : node.as_object()) clear_open(member.value);
  } else if (node.is(Node::Kind::kArray)) {
    for (Node& item : node.as_array()) clear_open(item);
  }
}

}  // namespace

void interpolate(Node& root, Interpolation dialect) {
  if (!mark_open(root) || dialect == Interpolation::kNone) return;
  Interpolator interpolator(root);
  for (int i = 0; i < kMaxPasses; ++i) {
    if (!interpolator.pass()) break;
  }
  clear_open(root);
  mark_open(root);
}

}  // namespace berth
