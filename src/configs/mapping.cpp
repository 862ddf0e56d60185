#include "configs/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "configs/lookup.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<ConfigScalar> whole(double number) {
  constexpr double kLargest = 9e15;  // whole numbers up to here are exact in a double
  if (number != std::floor(number) || std::fabs(number) > kLargest) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<ConfigScalar> truth(std::string_view text) {
  for (const std::string_view word : {"true", "True", "TRUE", "yes", "Yes", "on", "On"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"false", "False", "FALSE", "no", "No", "off", "Off"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (!separator.empty() && at <= text.size()) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    std::string item = text.substr(at, end - at);
    item.erase(0, item.find_first_not_of(' '));
    item.erase(item.find_last_not_of(' ') + 1);
    if (!item.empty()) out.push_back(std::move(item));
    at = end + separator.size();
  }
  if (separator.empty()) out.push_back(text);
  return out;
}

using Evidence = std::vector<std::string>;

class FieldMapper {
 public:
  FieldMapper(const FieldMap& field, const View& view, const ConfigTree& tree)
      : field_(field), view_(view), tree_(tree) {}

  std::optional<ConfigField> run() {
    for (const Step& step : field_.steps) {
      if (take(step)) return std::move(result_);
    }
    if (unread_) return std::move(unread_);
    if (null_) return std::move(null_);
    if (!field_.fallback) return std::nullopt;
    ConfigField out = blank();
    std::optional<ConfigScalar> value = typed(field_.type, *field_.fallback);
    if (!value) return std::nullopt;
    out.value = std::move(*value);
    out.state = ValueState::kDefault;
    out.note = field_.fallback_note;
    return out;
  }

 private:
  [[nodiscard]] ConfigField blank() const {
    ConfigField out;
    out.path = field_.path;
    return out;
  }

  bool take(const Step& step) {
    Evidence evidence;
    if (step.when && !holds(*step.when, view_, evidence)) return false;
    if (!step.sizes.empty()) return take_sizes(step);
    if (step.keys.empty()) return take_constant(step, evidence);
    for (const std::string& key : step.keys) {
      const Located at = locate(*view_.root, key, view_.spelling);
      if (!at.node) continue;
      ConfigField out = at.member ? field_at(field_.path, view_.prefix + key, *at.member, tree_) : blank();
      return take_node(step, *at.node, std::move(out));
    }
    return false;
  }

  // What a condition alone says, placed at the first key that made it hold.
  bool take_constant(const Step& step, const Evidence& evidence) {
    ConfigField out = blank();
    if (!evidence.empty()) {
      std::string key = evidence.front().substr(view_.prefix.size());
      key = key.substr(0, key.find(": "));
      if (const Member* member = view_.member(key)) out = field_at(field_.path, view_.prefix + key, *member, tree_);
    }
    out.note = step.note;
    return finish(step, out, step.value.value_or(""));
  }

  bool take_sizes(const Step& step) {
    ConfigField out = blank();
    std::int64_t total = 0;
    for (const std::string& key : step.sizes) {
      const Located at = locate(*view_.root, key, view_.spelling);
      if (!at.node || !at.node->is(Node::Kind::kArray)) continue;
      if (out.key.empty() && at.member) out = field_at(field_.path, view_.prefix + key, *at.member, tree_);
      total += static_cast<std::int64_t>(at.node->as_array().size());
    }
    if (out.key.empty()) return false;
    out.value = total;
    out.state = ValueState::kComputed;
    out.note = step.note;
    return accept(std::move(out));
  }

  bool take_node(const Step& step, const Node& node, ConfigField out) {
    out.note = step.note;
    if (node.is(Node::Kind::kNull)) {
      out.state = ValueState::kNull;
      if (!null_) null_ = std::move(out);
      return false;
    }
    if ((node.flags & Node::kOpen) != 0) {
      out.state = ValueState::kUnresolved;
      out.note = "refers to what is not in the file";
      return accept(std::move(out));
    }
    if (field_.type == FieldType::kList && !step.value && !step.state && step.is.empty())
      return take_list(step, node, out);
    const std::optional<std::string> word = word_of(node);
    if (!step.is.empty() && (!word || !contains(step.is, *word))) return false;
    if (step.state || step.value) return finish(step, out, step.value.value_or(""));
    if (!word) return leave_unread(out, "expected one value, found a list or an object");
    return take_word(step, *word, std::move(out));
  }

  bool take_word(const Step& step, const std::string& word, ConfigField out) {
    if (word == "???") {
      out.state = ValueState::kOutside;
      out.note = "must be given on the command line";
      return accept(std::move(out));
    }
    if (contains(step.derive, word)) {
      out.state = ValueState::kDerive;
      return accept(std::move(out));
    }
    if (step.match) return take_match(step, word, std::move(out));
    for (const auto& known : step.words) {
      if (known.first == word) return finish(step, out, known.second);
    }
    if (word == "auto") {
      out.state = ValueState::kAuto;
      return accept(std::move(out));
    }
    return finish(step, out, word);
  }

  bool take_match(const Step& step, const std::string& word, ConfigField out) {
    std::string group;
    if (!RE2::PartialMatch(word, *step.match, &group)) return false;
    for (const auto& known : step.words) {
      if (known.first == group) return finish(step, out, known.second);
    }
    return finish(step, out, group);
  }

  bool take_list(const Step& step, const Node& node, ConfigField& out) {
    std::vector<std::string> items;
    if (node.is(Node::Kind::kArray)) {
      for (const Node& item : node.as_array()) {
        std::optional<std::string> word = word_of(item);
        if (!word) return leave_unread(out, "expected a list of texts");
        items.push_back(std::move(*word));
      }
    } else if (const std::optional<std::string> word = word_of(node)) {
      items = split(*word, step.split);
    } else {
      return leave_unread(out, "expected a list of texts");
    }
    out.value = std::move(items);
    return accept(std::move(out));
  }

  bool finish(const Step& step, ConfigField& out, const std::string& text) {
    if (step.state) {
      out.state = *step.state;
      return accept(std::move(out));
    }
    std::optional<ConfigScalar> value = typed(field_.type, text);
    if (!value) return leave_unread(out, fmt::format("expected {}, found '{}'", type_name(), shorten(text)));
    if (!field_.values.empty() && !contains(field_.values, text)) {
      return leave_unread(out, fmt::format("'{}' is not one of {}", shorten(text), join_or(field_.values)));
    }
    out.value = std::move(*value);
    return accept(std::move(out));
  }

  [[nodiscard]] const char* type_name() const {
    switch (field_.type) {
      case FieldType::kBool: return "true or false";
      case FieldType::kInt: return "a whole number";
      case FieldType::kDouble: return "a number";
      default: return "a text";
    }
  }

  bool leave_unread(ConfigField& out, std::string why) {
    out.state = ValueState::kUnread;
    out.note = std::move(why);
    if (!unread_) unread_ = std::move(out);
    return false;
  }
  bool accept(ConfigField out) {
    result_ = std::move(out);
    return true;
  }

  const FieldMap& field_;
  const View& view_;
  const ConfigTree& tree_;
  std::optional<ConfigField> result_, null_, unread_;
};

}  // namespace

std::optional<ConfigScalar> typed(FieldType type, const std::string& text) {
  if (type == FieldType::kBool) return truth(text);
  if (type == FieldType::kList) return std::vector<std::string>{text};
  if (type == FieldType::kString) return text;
  const std::optional<double> number = number_of(text);
  if (!number) return std::nullopt;
  if (type == FieldType::kInt) return whole(*number);
  return *number;
}

ConfigField field_at(std::string path, std::string key, const Member& member, const ConfigTree& tree) {
  ConfigField out;
  out.path = std::move(path);
  out.key = std::move(key);
  out.key_span = tree.key_span(member);
  out.value_span = tree.value_span(member.value);
  return out;
}

std::vector<ConfigField> map_fields(const Format& format, const View& view, const ConfigTree& tree) {
  std::vector<ConfigField> out;
  for (const FieldMap& map : format.fields) {
    if (std::optional<ConfigField> field = FieldMapper(map, view, tree).run()) out.push_back(std::move(*field));
  }
  for (const auto& outside : format.outside) {
    const bool there =
        std::any_of(out.begin(), out.end(), [&](const ConfigField& f) { return f.path == outside.first; });
    if (there) continue;
    ConfigField field;
    field.path = outside.first;
    field.state = ValueState::kOutside;
    field.note = outside.second;
    out.push_back(std::move(field));
  }
  return out;
}

}  // namespace berth
