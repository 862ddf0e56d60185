#include "core/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/node_parsers.hpp"
#include "core/text.hpp"

namespace berth {

const Node* Node::find(std::string_view key) const {
  if (!is(Kind::kObject)) return nullptr;
  for (const Member& member : as_object()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string describe(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kNull: return "null";
    case Node::Kind::kBool: return node.as_bool() ? "true" : "false";
    case Node::Kind::kInt: return fmt::format("the number {}", node.as_int());
    case Node::Kind::kDouble: return "the number " + number_text(node.as_double());
    case Node::Kind::kString: return fmt::format("the text '{}'", shorten(node.as_string()));
    case Node::Kind::kArray: return "a list";
    case Node::Kind::kObject: return "an object";
  }
  return "a value";
}

TreeBuilder::TreeBuilder(std::string_view file, BuildRules rules) : file_(file), rules_(rules) {}

bool TreeBuilder::fail_at(ErrorCode code, std::string message, std::string fix, int line, int column) {
  if (!error_) {
    error_ = Error{code, std::move(message), std::move(fix), SourceSpan{std::string(file_), line, column, 0, 0}};
  }
  return false;
}

bool TreeBuilder::count(std::size_t values, int line, int column) {
  values_ += values;
  if (values_ <= rules_.max_values) return true;
  return fail_at(ErrorCode::kLimit, fmt::format("more than {} values", rules_.max_values),
                 "this is data rather than a config", line, column);
}

bool TreeBuilder::value(Node node, int line, int column) {
  if (error_ || !count(1, line, column)) return false;
  node.line = line;
  node.column = column;
  if (open_.empty()) {
    root_ = std::move(node);
    return true;
  }
  Frame& frame = open_.back();
  if (frame.node.is(Node::Kind::kArray)) {
    frame.node.as_array().push_back(std::move(node));
  } else {
    Member member{std::move(frame.key), frame.key_line, frame.key_column, std::move(node)};
    if (frame.replaces != SIZE_MAX) {
      frame.node.as_object()[std::exchange(frame.replaces, SIZE_MAX)] = std::move(member);
    } else {
      frame.node.as_object().push_back(std::move(member));
    }
    frame.has_key = false;
  }
  return true;
}

bool TreeBuilder::open(Node::Kind kind, int line, int column) {
  if (error_) return false;
  if (open_.size() >= kMaxDepth) {
    return fail_at(ErrorCode::kLimit, fmt::format("nested deeper than {} levels", kMaxDepth), "flatten the document",
                   line, column);
  }
  Frame frame;
  frame.node = kind == Node::Kind::kArray ? Node(Node::Array{}) : Node(Node::Object{});
  frame.node.line = line;
  frame.node.column = column;
  open_.push_back(std::move(frame));
  return true;
}

bool TreeBuilder::close() {
  if (error_) return false;
  Frame frame = std::move(open_.back());
  open_.pop_back();
  const int line = frame.node.line;
  const int column = frame.node.column;
  return value(std::move(frame.node), line, column);
}

// SIZE_MAX when the object has no such key. A linear search is quicker than hashing for the few keys that
// most objects have.
std::size_t TreeBuilder::index_of(Frame& frame, const std::string& name) const {
  constexpr std::size_t kHashFrom = 32;
  const Node::Object& members = frame.node.as_object();
  if (members.size() < kHashFrom) {
    const auto found = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == name; });
    return found == members.end() ? SIZE_MAX : static_cast<std::size_t>(found - members.begin());
  }
  for (; frame.indexed < members.size(); ++frame.indexed) {
    frame.names.emplace(members[frame.indexed].key, frame.indexed);
  }
  const auto found = frame.names.find(name);
  return found == frame.names.end() ? SIZE_MAX : found->second;
}

std::string TreeBuilder::path_of(const std::string& last) const {
  std::string path;
  for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
    const Frame& frame = open_[i];
    if (frame.node.is(Node::Kind::kArray)) {
      path += fmt::format("[{}]", frame.node.as_array().size());
    } else {
      path += (path.empty() ? "" : ".") + shorten(frame.key, 200);
    }
  }
  return path.empty() ? last : path + "." + last;
}

bool TreeBuilder::duplicate(Frame& frame, std::size_t index, const std::string& name, int line, int column) {
  if (!rules_.duplicates) {
    return fail_at(ErrorCode::kInvalid, fmt::format("duplicate key '{}'", shorten(name)), "keep one of them", line,
                   column);
  }
  constexpr std::size_t kReported = 1000;  // of one file; a file of nothing else needs no longer list
  const Member& first = frame.node.as_object()[index];
  if (rules_.duplicates->size() < kReported) {
    std::string key = shorten(name, 200);
    std::string path = path_of(key);
    rules_.duplicates->push_back({std::move(path), std::move(key), line, column, first.line, first.column});
  }
  frame.replaces = index;
  return true;
}

bool TreeBuilder::key(std::string name, int line, int column) {
  if (error_) return false;
  Frame& frame = open_.back();
  const bool merge = rules_.duplicates && name == "<<";  // may stand twice
  const std::size_t index = merge ? SIZE_MAX : index_of(frame, name);
  if (index != SIZE_MAX && !duplicate(frame, index, name, line, column)) return false;
  frame.key = std::move(name);
  frame.key_line = line;
  frame.key_column = column;
  frame.has_key = true;
  return true;
}

bool TreeBuilder::expects_key() const {
  return !open_.empty() && open_.back().node.is(Node::Kind::kObject) && !open_.back().has_key;
}

Result<Node> TreeBuilder::take() {
  if (error_) return tl::unexpected<Error>(*error_);
  return std::move(root_);
}

namespace {

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

}  // namespace

Result<Node> parse_document(std::string_view text, std::string_view name, Syntax syntax) {
  if (text.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "the text has a NUL byte: this is no text file", "name a JSON or YAML document",
                {std::string(name), 0, 0, 0, 0});
  }
  if (!is_valid_utf8(text)) {
    return fail(ErrorCode::kInvalid, "the text is not valid UTF-8", "save it as UTF-8",
                SourceSpan{std::string(name), 0, 0, 0, 0});
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "the document is empty", {}, SourceSpan{std::string(name), 0, 0, 0, 0});
  }
  if (syntax == Syntax::kJson || name.ends_with(".json")) return parse_json(text, name);
  if (syntax == Syntax::kAuto && looks_like_json(text)) {
    // "{a: b}" is YAML; when neither reads, the YAML error is the one with the wider grammar.
    if (Result<Node> node = parse_json(text, name); node || node.error().code == ErrorCode::kLimit) return node;
  }
  return parse_yaml(text, name);
}

Result<Node> parse_scalar_or_flow(std::string_view text, std::string_view name) {
  return parse_yaml(text, name);
}

}  // namespace berth
