// The document behind a Config: the tree as the format's own tool reads it, and the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/configs.hpp"
#include "core/node.hpp"

namespace berth {

// Where a key path leads. `member` is null for list elements and the root.
struct Located {
  const Node* node = nullptr;
  const Member* member = nullptr;
};

class ConfigTree {
 public:
  ConfigTree(std::string file, std::shared_ptr<const std::string> text, Node root);

  [[nodiscard]] const Node& root() const { return root_; }
  [[nodiscard]] std::string_view text() const { return *text_; }
  [[nodiscard]] const std::string& file() const { return file_; }

  // By key path: "a.b[0].c". Keys that hold dots are found too ("limits.nvidia.com/gpu"): at each level
  // the longest key that fits is taken. Node is nullptr when nothing is there.
  [[nodiscard]] Located find(std::string_view path) const;
  // The nearest thing that is there: the path's own key, or the nearest parent's, or the first line.
  [[nodiscard]] SourceSpan nearest(std::string_view path) const;

  [[nodiscard]] SourceSpan key_span(const Member& member) const;
  [[nodiscard]] SourceSpan key_span(std::string_view key, int line, int column) const;
  // Scalars on one line have an exact end; else the end is the start.
  [[nodiscard]] SourceSpan value_span(const Node& node) const;
  // As written in the file, quotes included; empty for arrays, objects and block texts.
  [[nodiscard]] std::string_view written(const Node& node) const;
  // Line `number` (from 1) without its end; empty when there is none.
  [[nodiscard]] std::string_view line(int number) const;

 private:
  std::string file_;
  std::shared_ptr<const std::string> text_;
  Node root_;
  std::vector<std::size_t> line_starts_;
};

// What is known of one raw value: kGiven, kNull, kAuto, kDerive (a number -1), kOutside ("???"),
// kUnresolved (a text with ${…} left in it).
ValueState state_of(const Node& node);

// Calls visit(path, located) for every value below `root`, parents first, in document order.
void for_each_value(const Node& root, const std::function<void(const std::string&, const Located&)>& visit);

}  // namespace berth
