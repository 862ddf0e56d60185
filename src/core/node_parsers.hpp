// The two syntaxes behind parse_document and the builder that both feed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/node.hpp"

namespace berth {

// A key that an object has twice, with the path of the object's keys ("a.b[0].c").
struct DuplicateKey {
  std::string path;
  std::string key;                       // the path's last
  int line = 0, column = 0;              // of the last one, which wins
  int first_line = 0, first_column = 0;  // of the one before it
};

// What a builder does where the strict and the lenient readers differ.
struct BuildRules {
  // Where duplicate keys go, the last value winning; nullptr: they are errors.
  std::vector<DuplicateKey>* duplicates = nullptr;
  std::size_t max_values = SIZE_MAX;  // more are an error: kLimit
};

// Builds a Node from begin/end events, and checks depth and duplicate keys on the way. Every function
// returns false once an error is set.
class TreeBuilder {
 public:
  explicit TreeBuilder(std::string_view file, BuildRules rules = {});

  bool value(Node node, int line, int column);
  bool open(Node::Kind kind, int line, int column);
  bool close();
  bool key(std::string name, int line, int column);
  // True where the next scalar is a key.
  [[nodiscard]] bool expects_key() const;
  bool fail_at(ErrorCode code, std::string message, std::string fix, int line, int column);
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  // The object or list that is open. Precondition: there is one.
  [[nodiscard]] Node& top() { return open_.back().node; }
  [[nodiscard]] std::size_t depth() const { return open_.size(); }
  // Counts `values` more against the limit.
  bool count(std::size_t values, int line, int column);
  [[nodiscard]] std::size_t counted() const { return values_; }
  [[nodiscard]] const Error& error() const { return *error_; }  // precondition: failed()
  Result<Node> take();

 private:
  struct Frame {
    Node node;
    std::string key;
    int key_line = 0;
    int key_column = 0;
    bool has_key = false;
    std::size_t replaces = SIZE_MAX;  // the member that the next value takes the place of
    std::unordered_map<std::string, std::size_t> names;
    std::size_t indexed = 0;  // members that stand in `names`
  };
  [[nodiscard]] std::size_t index_of(Frame& frame, const std::string& name) const;
  bool duplicate(Frame& frame, std::size_t index, const std::string& name, int line, int column);
  [[nodiscard]] std::string path_of(const std::string& last) const;

  std::string_view file_;
  BuildRules rules_;
  std::size_t values_ = 0;
  std::vector<Frame> open_;
  Node root_;
  std::optional<Error> error_;
};

Result<Node> parse_json(std::string_view text, std::string_view name, BuildRules rules = {});
Result<Node> parse_yaml(std::string_view text, std::string_view name);

}  // namespace berth
