// YAML through yaml-cpp's event parser. Plain scalars are typed by the YAML 1.2 core schema, so "yes"
// and "on" stay texts. Anchors, aliases and tags have no place in the documents read here: refused.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "core/node_parsers.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

bool parse_int(std::string_view text, std::int64_t& out) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
}

// The core schema's float: [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool parse_float(const std::string& text, double& out) {
  if (text.find_first_not_of("0123456789.eE+-") != std::string::npos) return false;
  const auto digit = text.find_first_of("0123456789");
  if (digit == std::string::npos || (digit > 0 && text.substr(0, digit).find_first_of("eE") != std::string::npos)) {
    return false;
  }
  char* end = nullptr;
  out = std::strtod(text.c_str(), &end);
  return *end == '\0';
}

class Handler : public YAML::EventHandler {
 public:
  explicit Handler(TreeBuilder& builder) : builder_(builder) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { put(Node(), mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "aliases (*name) are not accepted here", "write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!plain(mark, tag, anchor)) return;
    if (builder_.expects_key()) {
      builder_.key(value, mark.line + 1, mark.column + 1);
    } else if (tag == "!") {  // quoted
      put(Node(value), mark);
    } else {
      put_plain(mark, value);
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::kArray, mark, tag, anchor);
  }
  void OnSequenceEnd() override { builder_.close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::kObject, mark, tag, anchor);
  }
  void OnMapEnd() override { builder_.close(); }

 private:
  void refuse(const YAML::Mark& mark, const char* message, const char* fix) {
    builder_.fail_at(ErrorCode::kInvalid, message, fix, mark.line + 1, mark.column + 1);
  }
  bool plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (builder_.failed()) return false;
    if (anchor != YAML::NullAnchor) {
      refuse(mark, "anchors (&name) are not accepted here", "write the value out");
    } else if (!tag.empty() && tag != "!" && tag != "?") {
      refuse(mark, "tags (!name) are not accepted here", "remove the tag");
    }
    return !builder_.failed();
  }
  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (!plain(mark, tag, anchor)) return;
    if (builder_.expects_key()) return refuse(mark, "a key must be a text", "quote it");
    builder_.open(kind, mark.line + 1, mark.column + 1);
  }
  void put(Node node, const YAML::Mark& mark) {
    if (builder_.expects_key()) return refuse(mark, "a key must be a text", "quote it");
    builder_.value(std::move(node), mark.line + 1, mark.column + 1);
  }
  void put_plain(const YAML::Mark& mark, const std::string& value) {
    std::int64_t integer = 0;
    double number = 0;
    if (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL") {
      put(Node(), mark);
    } else if (value == "true" || value == "True" || value == "TRUE") {
      put(Node(true), mark);
    } else if (value == "false" || value == "False" || value == "FALSE") {
      put(Node(false), mark);
    } else if (parse_int(value, integer)) {
      put(Node(integer), mark);
    } else if (parse_float(value, number)) {
      if (!std::isfinite(number)) return refuse(mark, "the number is too large", "");
      put(Node(number), mark);
    } else if (is_not_finite(value)) {
      refuse(mark, "NaN and infinity are not accepted", "leave the key out when the value is unknown");
    } else {
      put(Node(value), mark);
    }
  }
  static bool is_not_finite(const std::string& value) {
    const std::string_view word =
        value.front() == '-' || value.front() == '+' ? std::string_view(value).substr(1) : std::string_view(value);
    return word == ".inf" || word == ".Inf" || word == ".INF" || word == ".nan" || word == ".NaN" || word == ".NAN" ||
           word == "NaN" || word == "nan";
  }

  TreeBuilder& builder_;
};

}  // namespace

Result<Node> parse_yaml(std::string_view text, std::string_view name) {
  TreeBuilder builder(name);
  Handler handler(builder);
  std::istringstream stream{std::string(text)};
  try {  // yaml-cpp reports by exception; this is the only place that sees one
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(handler)) {
      builder.fail_at(ErrorCode::kInvalid, "the document is empty", {}, 0, 0);
    } else if (!builder.failed()) {
      TreeBuilder rest(name);
      Handler ignored(rest);
      if (parser.HandleNextDocument(ignored)) {
        builder.fail_at(ErrorCode::kInvalid, "more than one YAML document in the text", "split it at '---'", 0, 0);
      }
    }
  } catch (const YAML::Exception& error) {
    builder.fail_at(ErrorCode::kInvalid, "not valid YAML: " + error.msg, {}, error.mark.line + 1,
                    error.mark.column + 1);
  }
  return builder.take();
}

}  // namespace berth
