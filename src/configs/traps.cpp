#include "configs/traps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace berth {
namespace {

constexpr std::size_t kReported = 1000;  // of one document

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_bool_word(std::string_view text) {
  return text == "true" || text == "false" || text == "True" || text == "False";
}

// Digits, an exponent and stray marks, such as 1.0e_8: somebody meant a number. Versions (1.2.3), dates
// and addresses have no exponent.
bool looks_like_float(std::string_view text) {
  if (text.size() < 3 || text.size() > 24) return false;
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent == std::string_view::npos || exponent == 0 || exponent + 1 == text.size()) return false;
  const std::string_view mantissa = text.substr(0, exponent);
  const std::string_view power = text.substr(exponent + 1);
  if (mantissa.find_first_not_of("0123456789.+-") != std::string_view::npos) return false;
  if (mantissa.find_first_of("0123456789") == std::string_view::npos) return false;
  return power.find_first_not_of("0123456789+-_ ") == std::string_view::npos &&
         power.find_first_of("0123456789") != std::string_view::npos;
}

// "1e-5" as "1.0e-5", which every YAML reader takes for a number.
std::string with_dot(const std::string& text) {
  const std::size_t exponent = text.find_first_of("eE");
  std::string mantissa = text.substr(0, exponent);
  std::string power = text.substr(exponent + 1);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  if (!power.empty() && power.front() != '-' && power.front() != '+') power.insert(0, "+");
  return mantissa + "e" + power;
}

class TrapFinder {
 public:
  TrapFinder(const ConfigTree& tree, const Format* format) : tree_(tree), format_(format) {}

  void look(const std::string& path, const Node& node) {
    if (out_.size() >= kReported || (node.flags & (Node::kAliased | Node::kTagged | Node::kReplaced)) != 0) return;
    if (node.is(Node::Kind::kString)) return look_at_text(path, node);
    if ((node.flags & Node::kPlain) == 0) return;
    if (node.is(Node::Kind::kBool)) {
      const std::string_view written = tree_.written(node);
      if (!written.empty() && written.front() != 't' && written.front() != 'T' && written.front() != 'f' &&
          written.front() != 'F') {
        add(TrapKind::kWordAsBool, path, node, fmt::format("'{}'", written));
      }
    } else if (node.is(Node::Kind::kInt)) {
      look_at_int(path, node);
    }
  }

  std::vector<ConfigTrap> take() { return std::move(out_); }

 private:
  void add(TrapKind kind, const std::string& path, const Node& node, std::string instead) {
    ConfigTrap trap;
    trap.kind = kind;
    trap.key = path;
    trap.span = tree_.value_span(node);
    trap.text = std::string(shorten(std::string(tree_.written(node)), 80));
    trap.instead = std::move(instead);
    const bool converts = format_ == nullptr || format_->float_texts == FloatTexts::kConverted;
    trap.tool_converts = kind == TrapKind::kFloatAsText && converts;
    out_.push_back(std::move(trap));
  }

  void look_at_int(const std::string& path, const Node& node) {
    const std::string_view written = tree_.written(node);
    if (written.find(':') != std::string_view::npos) {
      add(TrapKind::kSexagesimal, path, node, fmt::format("\"{}\"", written));
    } else if (written.size() > 1 && written.front() == '0' && all_digits(written)) {
      add(TrapKind::kOctal, path, node, fmt::format("{}", node.as_int()));
    }
  }

  void look_at_text(const std::string& path, const Node& node) {
    const std::string& text = node.as_string();
    if ((node.flags & Node::kOpen) != 0) return add(TrapKind::kUnresolved, path, node, "");
    if (text == "???") return add(TrapKind::kMandatory, path, node, "");
    if (text.size() > 32 || text.empty() || may_be_text(path)) return;
    const bool plain = (node.flags & Node::kPlain) != 0;
    if (is_bool_word(text)) {
      add(TrapKind::kBoolAsText, path, node, text == "true" || text == "True" ? "true" : "false");
    } else if (text == "None" || text == "null" || text == "Null") {
      add(TrapKind::kNullAsText, path, node, "null");
    } else if (all_digits(text) && (text == "0" || text.front() != '0')) {
      add(TrapKind::kNumberAsText, path, node, text);
    } else if (looks_like_float(text)) {
      if (!number_of(text)) {
        add(TrapKind::kBadNumber, path, node, "");
      } else {
        add(plain ? TrapKind::kFloatAsText : TrapKind::kNumberAsText, path, node, plain ? with_dot(text) : text);
      }
    }
  }

  // Kubernetes objects and their like hold many texts of digits (quantities, environment, arguments): there a text is
  // wrong only under the keys that are numbers by the object's schema.
  [[nodiscard]] bool may_be_text(const std::string& path) const {
    if (format_ == nullptr) return false;
    const std::string_view key = std::string_view(path).substr(path.rfind('.') + 1);
    const auto names = [&](const std::vector<std::string>& keys) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    return names(format_->text_keys) || (!format_->typed_keys.empty() && !names(format_->typed_keys));
  }

  const ConfigTree& tree_;
  const Format* format_;
  std::vector<ConfigTrap> out_;
};

constexpr std::array<const char*, 12> kNames = {"duplicate_key", "number_as_text", "float_as_text", "bad_number",
                                                "bool_as_text",  "null_as_text",   "word_as_bool",  "octal",
                                                "sexagesimal",   "mandatory",      "unresolved",    "cycle"};

}  // namespace

const char* to_string(TrapKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<ConfigTrap> find_traps(const ConfigTree& tree, const std::vector<DuplicateKey>& duplicates,
                                   const Format* format) {
  TrapFinder finder(tree, format);
  for_each_value(tree.root(), [&](const std::string& path, const Located& at) { finder.look(path, *at.node); });
  std::vector<ConfigTrap> out = finder.take();
  for (const DuplicateKey& key : duplicates) {
    ConfigTrap trap;
    trap.kind = TrapKind::kDuplicateKey;
    trap.key = key.path;
    trap.text = key.key;
    trap.span = tree.key_span(key.key, key.line, key.column);
    trap.other = tree.key_span(key.key, key.first_line, key.first_column);
    out.push_back(std::move(trap));
  }
  std::stable_sort(out.begin(), out.end(), [](const ConfigTrap& a, const ConfigTrap& b) {
    return a.span.line != b.span.line ? a.span.line < b.span.line : a.span.column < b.span.column;
  });
  return out;
}

}  // namespace berth
