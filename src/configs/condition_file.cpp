// Conditions and steps of a format's table, from JSON.
#include "configs/condition_file.hpp"

#include <fmt/format.h>

#include "configs/format.hpp"

namespace berth {

std::vector<std::string> read_texts(Fields& fields, std::string_view key) {
  std::vector<std::string> out;
  const Node* node = fields.child(key);
  if (!node) return out;
  const auto add = [&](const Node& item) {
    if (std::optional<std::string> word = word_of(item)) {
      out.push_back(std::move(*word));
    } else {
      fields.fail_at(item, fmt::format("'{}' takes texts, numbers and true or false", fields.path_of(key)));
    }
  };
  if (node->is(Node::Kind::kArray)) {
    for (const Node& item : node->as_array()) add(item);
  } else {
    add(*node);
  }
  return out;
}

std::shared_ptr<const RE2> read_pattern(Fields& fields, std::string_view key) {
  std::string text;
  fields.read(key, text);
  if (text.empty()) return nullptr;
  auto pattern = std::make_shared<const RE2>(text, RE2::Quiet);
  if (!pattern->ok()) {
    fields.fail_at(*fields.child(key), fmt::format("'{}' is no RE2 pattern: {}", text, pattern->error()));
  }
  return pattern;
}

namespace {

using Kind = Condition::Kind;

class ConditionReader {
 public:
  ConditionReader(const Node& node, std::string_view file, std::string path)
      : node_(node), file_(file), fields_(node, file, path), path_(std::move(path)) {}

  Result<Condition> read() {
    group("all", Kind::kAll);
    group("any", Kind::kAny);
    group("not", Kind::kNot);
    paths("has", Kind::kHas);
    paths("set", Kind::kSet);
    paths("map", Kind::kMap);
    paths("list", Kind::kList);
    paths("text", Kind::kText);
    paths("any_of", Kind::kAnyOf);
    paths("anywhere", Kind::kAnywhere);
    counted();
    value();
    keys();
    if (std::optional<int> most; fields_.read("at_most", most, kPositiveCount), most) {
      add(Kind::kAtMost).at_least = static_cast<std::size_t>(*most);
    }
    if (parts_.empty()) fields_.fail_at(node_, "an empty condition", "give 'has', 'value', 'count', …");
    if (const Status status = fields_.finish(); !status) return tl::unexpected<Error>(status.error());
    if (parts_.size() == 1) return std::move(parts_.front());
    Condition all;
    all.parts = std::move(parts_);
    return all;
  }

 private:
  Condition& add(Kind kind) {
    parts_.emplace_back();
    parts_.back().kind = kind;
    return parts_.back();
  }
  void group(std::string_view key, Kind kind) {
    const Node* node = fields_.child(key);
    if (!node) return;
    Condition condition;
    condition.kind = kind;
    const std::string path = fields_.path_of(key);
    if (node->is(Node::Kind::kArray)) {
      for (const Node& item : node->as_array()) add_part(item, path, condition);
    } else {
      add_part(*node, path, condition);
    }
    parts_.push_back(std::move(condition));
  }
  void add_part(const Node& item, const std::string& path, Condition& condition) {
    Result<Condition> part = ConditionReader(item, file_, path).read();
    if (part) {
      condition.parts.push_back(std::move(*part));
    } else {
      fields_.fail_with(part.error());
    }
  }
  void paths(std::string_view key, Kind kind) {
    std::vector<std::string> found = read_texts(fields_, key);
    if (!found.empty()) add(kind).paths = std::move(found);
  }
  void counted() {
    std::vector<std::string> of = read_texts(fields_, "count");
    if (of.empty()) return;
    Condition& condition = add(Kind::kCount);
    condition.paths = std::move(of);
    condition.at_least = at_least();
  }
  std::size_t at_least() {
    int least = 1;
    fields_.read("at_least", least, kPositiveCount);
    return static_cast<std::size_t>(least);
  }
  void value() {
    std::vector<std::string> of = read_texts(fields_, "value");
    if (of.empty()) return;
    std::vector<std::string> words = read_texts(fields_, "in");
    std::shared_ptr<const RE2> match = read_pattern(fields_, "matches");
    Condition& condition = add(match ? Kind::kMatches : Kind::kIn);
    condition.paths = std::move(of);
    condition.words = std::move(words);
    condition.match = std::move(match);
  }
  void keys() {
    std::shared_ptr<const RE2> match = read_pattern(fields_, "keys");
    if (!match) return;
    Condition& condition = add(Kind::kKeys);
    condition.match = std::move(match);
    condition.at_least = at_least();
  }

  const Node& node_;
  std::string_view file_;
  Fields fields_;
  std::string path_;
  std::vector<Condition> parts_;
};

}  // namespace

Result<Condition> read_condition(const Node& node, std::string_view file, std::string path) {
  return ConditionReader(node, file, std::move(path)).read();
}

std::optional<Condition> read_condition(Fields& fields, std::string_view key, std::string_view file) {
  const Node* node = fields.child(key);
  if (!node) return std::nullopt;
  Result<Condition> condition = read_condition(*node, file, fields.path_of(key));
  if (condition) return std::move(*condition);
  fields.fail_with(condition.error());
  return std::nullopt;
}

}  // namespace berth
