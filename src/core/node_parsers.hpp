// The two syntaxes behind parse_document and the builder that both feed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/node.hpp"

namespace berth {

// Builds a Node from begin/end events, and checks depth and duplicate keys on the way. Every function
// returns false once an error is set.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::string_view file);

  bool value(Node node, int line, int column);
  bool open(Node::Kind kind, int line, int column);
  bool close();
  bool key(std::string name, int line, int column);
  // True where the next scalar is a key.
  [[nodiscard]] bool expects_key() const;
  bool fail_at(ErrorCode code, std::string message, std::string fix, int line, int column);
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  Result<Node> take();

 private:
  struct Frame {
    Node node;
    std::string key;
    int key_line = 0;
    int key_column = 0;
    bool has_key = false;
    std::unordered_set<std::string> names;
  };
  std::string_view file_;
  std::vector<Frame> open_;
  Node root_;
  std::optional<Error> error_;
};

Result<Node> parse_json(std::string_view text, std::string_view name);
Result<Node> parse_yaml(std::string_view text, std::string_view name);

}  // namespace berth
