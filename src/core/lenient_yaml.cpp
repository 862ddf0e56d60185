// Lenient YAML through yaml-cpp's event parser. Aliases are written out as they come, counted against the
// limit, so that a small text can't become a large tree.
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>

#include "core/lenient.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

// Reads from the caller's text without a copy.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // NOLINT: a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

// Ends the parse once the builder has its error; yaml-cpp knows no other way to be stopped.
struct Stop {};

std::size_t size_of(const Node& node) {
  std::size_t size = 1;
  if (node.is(Node::Kind::kArray)) {
    for (const Node& item : node.as_array()) size += size_of(item);
  } else if (node.is(Node::Kind::kObject)) {
    for (const Member& member : node.as_object()) size += size_of(member.value);
  }
  return size;
}

class Handler : public YAML::EventHandler {
 public:
  // @param number  of the document in the text, from 1
  Handler(TreeBuilder& builder, std::string_view text, int number) : builder_(builder), text_(text), number_(number) {}

  // yaml-cpp takes "[a] b" for two documents; YAML wants "---" or "..." between them.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (number_ == 1 || mark.is_null() || is_marked(mark)) return;
    stop(mark, "not valid YAML: text after the end of the document", "");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_.expects_key()) {  // PyYAML's None as a key
      return key("null", mark);
    }
    Node node;
    node.flags = Node::kPlain;
    put(std::move(node), mark, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) stop(mark, "the alias refers to what it stands in", "");
    const Anchored& anchored = found->second;
    if (builder_.expects_key()) {
      if (!anchored.node.is(Node::Kind::kString)) stop(mark, "a key must be a text", "write it out");
      return key(anchored.node.as_string(), mark);
    }
    if (builder_.depth() + anchored.depth > kMaxDepth) stop(mark, "aliases make the document too deep", "");
    check(builder_.count(anchored.size - 1, mark.line + 1, mark.column + 1));
    Node node = anchored.node;
    const int line = node.line;
    const int column = node.column;
    node.flags |= Node::kAliased;
    check(builder_.value(std::move(node), line, column));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (builder_.expects_key()) {
      if (anchor != YAML::NullAnchor) remember(anchor, Node(value));
      return key(value, mark);
    }
    put(scalar(tag, value), mark, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::kArray, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::kObject, mark, tag, anchor);
  }
  void OnMapEnd() override {
    if (merges_.back()) merge(builder_.top().as_object());
    close();
  }

 private:
  struct Anchored {
    Node node;
    std::size_t size = 1;
    std::size_t depth = 0;
  };

  static void check(bool ok) {
    if (!ok) throw Stop{};
  }
  [[noreturn]] void stop(const YAML::Mark& mark, const char* message, const char* fix) {
    builder_.fail_at(ErrorCode::kInvalid, message, fix, mark.line + 1, mark.column + 1);
    throw Stop{};
  }

  // The document starts with "---", or the line before its first ends one with "...".
  [[nodiscard]] bool is_marked(const YAML::Mark& mark) const {
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    if (at >= text_.size() || text_.substr(at).starts_with("---")) return true;
    const std::size_t end = text_.substr(0, at).rfind("\n...");
    return end != std::string_view::npos &&
           text_.substr(end, at - end).find_first_not_of("\n. \t\r") == std::string_view::npos;
  }

  void key(const std::string& name, const YAML::Mark& mark) {
    if (name == "<<") merges_.back() = true;
    check(builder_.key(name, mark.line + 1, mark.column + 1));
  }

  void put(Node node, const YAML::Mark& mark, YAML::anchor_t anchor) {
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    if (anchor != YAML::NullAnchor) remember(anchor, node);
    check(builder_.value(std::move(node), mark.line + 1, mark.column + 1));
  }

  void remember(YAML::anchor_t anchor, Node node) {
    Anchored anchored;
    anchored.size = size_of(node);
    anchored.depth = depth_of(node);
    // Kept beside the tree: counts as well.
    check(builder_.count(anchored.size, node.line, node.column));
    anchored.node = std::move(node);
    anchors_[anchor] = std::move(anchored);
  }
  static std::size_t depth_of(const Node& node) {
    std::size_t depth = 0;
    if (node.is(Node::Kind::kArray)) {
      for (const Node& item : node.as_array()) depth = std::max(depth, depth_of(item) + 1);
    } else if (node.is(Node::Kind::kObject)) {
      for (const Member& member : node.as_object()) depth = std::max(depth, depth_of(member.value) + 1);
    }
    return depth;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (builder_.expects_key()) stop(mark, "a key must be a text", "quote it");
    check(builder_.open(kind, mark.line + 1, mark.column + 1));
    if (!tag.empty() && tag != "?" && tag != "!" && !tag.starts_with(kYaml)) builder_.top().flags |= Node::kTagged;
    open_anchors_.push_back(anchor);
    merges_.push_back(false);
  }
  void close() {
    const YAML::anchor_t anchor = open_anchors_.back();
    open_anchors_.pop_back();
    merges_.pop_back();
    if (anchor != YAML::NullAnchor) remember(anchor, builder_.top());
    check(builder_.close());
  }

  // "<<": the merged members come first, in order, an own key standing in for a merged one; of several
  // merged objects in one list the first wins, of several "<<" the last (PyYAML's flatten_mapping).
  void merge(Node::Object& members) {
    Node::Object own, merged;
    for (Member& member : members) {
      if (member.key != "<<" || !take_merged(member.value, merged)) own.push_back(std::move(member));
    }
    std::unordered_map<std::string_view, std::size_t> names;
    Node::Object all;
    all.reserve(merged.size() + own.size());
    std::size_t total = 0;
    for (Node::Object* part : {&merged, &own}) {
      for (Member& member : *part) {
        total += size_of(member.value);
        const auto [found, fresh] = names.emplace(member.key, all.size());
        if (fresh) {
          all.push_back(std::move(member));  // reserved: names point into stable texts
          names.erase(found);
          names.emplace(all.back().key, all.size() - 1);
        } else {
          Member& before = all[found->second];
          before.line = member.line;
          before.column = member.column;
          before.value = std::move(member.value);
        }
      }
    }
    check(builder_.count(total, 0, 0));
    members = std::move(all);
  }
  static bool take_merged(const Node& value, Node::Object& merged) {
    if (value.is(Node::Kind::kObject)) {
      take_members(value.as_object(), merged);
      return true;
    }
    if (!value.is(Node::Kind::kArray)) return false;
    const Node::Array& items = value.as_array();
    if (!std::all_of(items.begin(), items.end(), [](const Node& item) { return item.is(Node::Kind::kObject); })) {
      return false;
    }
    for (auto item = items.rbegin(); item != items.rend(); ++item) take_members(item->as_object(), merged);
    return true;
  }
  static void take_members(const Node::Object& members, Node::Object& merged) {
    for (const Member& member : members) {
      merged.push_back(member);
      merged.back().value.flags |= Node::kAliased;
    }
  }

  static Node scalar(const std::string& tag, const std::string& value) {
    if (tag == "?") {
      Node node(yaml11_value(value));
      node.flags = Node::kPlain;
      return node;
    }
    if (tag.empty() || tag == "!") return Node(value);
    if (tag.starts_with(kYaml)) {
      const std::string_view name = std::string_view(tag).substr(kYaml.size());
      if (name == "int" || name == "float" || name == "bool" || name == "null") return Node(yaml11_value(value));
      return Node(value);
    }
    Node node(value);
    node.flags = Node::kTagged;
    return node;
  }

  static constexpr std::string_view kYaml = "tag:yaml.org,2002:";
  TreeBuilder& builder_;
  std::string_view text_;
  int number_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::vector<YAML::anchor_t> open_anchors_;
  std::vector<bool> merges_;  // per open list or object: has "<<"
};

Error located(const YAML::Exception& error, std::string_view name) {
  const bool deep = dynamic_cast<const YAML::DeepRecursion*>(&error) != nullptr;
  return {deep ? ErrorCode::kLimit : ErrorCode::kInvalid,
          "not valid YAML: " + error.msg,
          {},
          {std::string(name), error.mark.line + 1, error.mark.column + 1, 0, 0}};
}

}  // namespace

Result<LenientText> parse_lenient_yaml(std::string_view text, std::string_view name, const LenientLimits& limits) {
  LenientText out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  std::size_t left = limits.max_values;
  try {  // yaml-cpp reports by exception; nothing of it leaves this function
    YAML::Parser parser(stream);
    while (true) {
      std::vector<DuplicateKey> duplicates;
      TreeBuilder builder(name, {&duplicates, left});
      Handler handler(builder, text, static_cast<int>(out.documents.size()) + 1);
      try {
        if (!parser.HandleNextDocument(handler)) break;
      } catch (const Stop&) {
        return tl::unexpected<Error>(builder.error());
      }
      left -= std::min(left, builder.counted());
      Result<Node> root = builder.take();
      if (!root) return tl::unexpected<Error>(root.error());
      out.documents.push_back({std::move(*root), std::move(duplicates)});
      if (out.documents.size() > left) return fail(ErrorCode::kLimit, "too many documents in one text");
    }
  } catch (const YAML::Exception& error) {
    return tl::unexpected<Error>(located(error, name));
  }
  return out;
}

Result<LenientText> parse_lenient_json(std::string_view text, std::string_view name, const LenientLimits& limits) {
  LenientText::Document document;
  Result<Node> root = parse_json(text, name, {&document.duplicates, limits.max_values});
  if (!root) return tl::unexpected<Error>(root.error());
  document.root = std::move(*root);
  LenientText out;
  out.documents.push_back(std::move(document));
  return out;
}

}  // namespace berth
