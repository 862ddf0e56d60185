// A located document tree: what JSON and YAML texts become before they become typed values.
//
// nlohmann::json has no positions (3.11) and yaml-cpp no JSON speed, so both feed this one tree;
// every reader sees the same type and every error can name file:line:column (docs/adr/0002).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "berth/result.hpp"

namespace berth {

struct Member;

class Node {
 public:
  enum class Kind : std::uint8_t { kNull, kBool, kInt, kDouble, kString, kArray, kObject };
  using Array = std::vector<Node>;
  using Object = std::vector<Member>;  // in document order

  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object>;

  // Defined below Member: clang 14 instantiates the vector of the incomplete type otherwise.
  Node();
  explicit Node(Value value);
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  [[nodiscard]] Kind kind() const { return static_cast<Kind>(value_.index()); }
  [[nodiscard]] bool is(Kind kind) const { return this->kind() == kind; }
  // Precondition of each: the kind matches.
  [[nodiscard]] bool as_bool() const { return *std::get_if<bool>(&value_); }
  [[nodiscard]] std::int64_t as_int() const { return *std::get_if<std::int64_t>(&value_); }
  [[nodiscard]] double as_double() const { return *std::get_if<double>(&value_); }
  [[nodiscard]] const std::string& as_string() const { return *std::get_if<std::string>(&value_); }
  [[nodiscard]] const Array& as_array() const { return *std::get_if<Array>(&value_); }
  [[nodiscard]] const Object& as_object() const { return *std::get_if<Object>(&value_); }
  [[nodiscard]] Array& as_array() { return *std::get_if<Array>(&value_); }
  [[nodiscard]] Object& as_object() { return *std::get_if<Object>(&value_); }
  // An int or a double as a double. Precondition: is a number.
  [[nodiscard]] double number() const { return is(Kind::kInt) ? static_cast<double>(as_int()) : as_double(); }
  [[nodiscard]] bool is_number() const { return is(Kind::kInt) || is(Kind::kDouble); }

  // nullptr when this is no object or has no such key.
  [[nodiscard]] const Node* find(std::string_view key) const;

  int line = 0;
  int column = 0;
  // How it was written: set by parse_lenient (core/lenient.hpp) only.
  static constexpr std::uint8_t kPlain = 1;    // a YAML scalar without quotes
  static constexpr std::uint8_t kBlock = 2;    // a YAML block text (| or >)
  static constexpr std::uint8_t kAliased = 4;  // stands here through an alias or a merge key; its place is the anchor's
  static constexpr std::uint8_t kTagged = 8;   // has a tag that no YAML schema knows
  static constexpr std::uint8_t kReplaced = 16;  // an interpolation, replaced by what it refers to
  static constexpr std::uint8_t kOpen = 32;      // an interpolation that refers to nothing in the document
  std::uint8_t flags = 0;

 private:
  Value value_;
};

struct Member {
  std::string key;
  int line = 0;
  int column = 0;
  Node value;
};

inline Node::Node() = default;
inline Node::Node(Value value) : value_(std::move(value)) {}
inline Node::Node(const Node&) = default;
inline Node::Node(Node&&) noexcept = default;
inline Node& Node::operator=(const Node&) = default;
inline Node& Node::operator=(Node&&) noexcept = default;
inline Node::~Node() = default;

// "an object", "the text \"abc\"", "the number 3.5": for messages.
std::string describe(const Node& node);

inline constexpr int kMaxDepth = 64;

enum class Syntax : std::uint8_t { kAuto, kJson, kYaml };

// Parses one document. kAuto: JSON when the name ends in .json or the text starts with '{' or '[' and
// reads as JSON; else YAML (1.2 core schema for plain scalars; aliases and tags are refused).
// Errors: kInvalid (syntax, duplicate key, not UTF-8, NaN or infinity), kLimit (deeper than kMaxDepth).
Result<Node> parse_document(std::string_view text, std::string_view name, Syntax syntax = Syntax::kAuto);

// Types one YAML plain scalar ("32", "bf16", "null"), for --set. Position 1:1.
Result<Node> parse_scalar_or_flow(std::string_view text, std::string_view name);

}  // namespace berth
