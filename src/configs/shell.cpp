// The arguments in a shell script. Not a shell: words, quotes, comments, line continuations and plain
// assignments are understood, nothing is run, and what depends on more is left open.
#include <cctype>
#include <map>
#include <string>

#include "configs/syntax.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

struct Word {
  std::string text;
  int line = 1, column = 1;
  bool quoted = false;
  bool ends = false;  // nothing more of this command follows
};

bool name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  std::vector<Word> all() {
    while (true) {
      skip();
      if (at_ >= text_.size()) return std::move(out_);
      read();
    }
  }

 private:
  void step() {
    if (text_[at_] == '\n') {
      ++line_;
      start_ = at_ + 1;
    }
    ++at_;
  }
  void end_command() {
    if (!out_.empty()) out_.back().ends = true;
  }
  void skip() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool continued = c == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r');
      if (continued) {
        step();
        if (text_[at_] == '\r') step();
      } else if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') step();
        continue;
      } else if (c == '(' || c == ')' || c == ';' || c == '|' || c == '&') {
        end_command();
      } else if (c == '\n') {
        ++breaks_;
      } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {  // the very set that ends a word
        return;
      }
      if (at_ < text_.size()) step();
    }
  }
  void read() {
    Word word{"", line_, static_cast<int>(at_ - start_) + 1, false, false};
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        word.quoted = true;
        quoted(c, word);
        continue;
      }
      if (c == '\\' && at_ + 1 < text_.size()) {
        if (text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r') break;
        step();
      } else if (c == '$' && at_ + 1 < text_.size() && (text_[at_ + 1] == '(' || text_[at_ + 1] == '{')) {
        expansion(word);
        continue;
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == ')' || c == ';' || c == '|' || c == '&' ||
                 c == '(') {
        break;
      }
      word.text += text_[at_];
      step();
    }
    out_.push_back(std::move(word));
  }
  void quoted(char quote, Word& word) {
    step();
    while (at_ < text_.size() && text_[at_] != quote) {
      if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) step();
      word.text += text_[at_];
      step();
    }
    if (at_ < text_.size()) step();
  }
  // "$(…)" and "${…}" whole, whatever stands in them.
  void expansion(Word& word) {
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      word.text += c;
      step();
      if (c == '(' || c == '{') ++depth;
      if ((c == ')' || c == '}') && --depth == 0) return;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0, start_ = 0;
  int line_ = 1;
  std::size_t breaks_ = 0;
  std::vector<Word> out_;
};

// NAME=value of plain assignments; names that are set twice or to something else map to nothing.
class Variables {
 public:
  void note(const Word& word) {
    const std::size_t equals = word.text.find('=');
    if (equals == std::string::npos || equals == 0 || std::isdigit(static_cast<unsigned char>(word.text[0])) != 0)
      return;
    for (std::size_t i = 0; i < equals; ++i) {
      if (!name_char(word.text[i])) return;
    }
    const std::string name = word.text.substr(0, equals);
    std::optional<std::string> value = expand(word.text.substr(equals + 1));
    const auto [found, fresh] = values_.emplace(name, value);
    if (!fresh && found->second != value) found->second.reset();
  }

  // The text with known variables written in; nullopt when one isn't known.
  [[nodiscard]] std::optional<std::string> expand(const std::string& text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '`') return std::nullopt;
      if (text[i] != '$') {
        out += text[i];
        continue;
      }
      const bool braces = i + 1 < text.size() && text[i + 1] == '{';
      const std::size_t start = i + (braces ? 2 : 1);
      std::size_t end = start;
      while (end < text.size() && name_char(text[end])) ++end;
      if (end == start || (braces && (end >= text.size() || text[end] != '}'))) return std::nullopt;
      const auto found = values_.find(text.substr(start, end - start));
      if (found == values_.end() || !found->second) return std::nullopt;
      out += *found->second;
      if (out.size() > 4096) return std::nullopt;
      i = braces ? end : end - 1;
    }
    return out;
  }

 private:
  std::map<std::string, std::optional<std::string>> values_;
};

bool is_flag(const Word& word) {
  return !word.quoted && word.text.size() > 2 && word.text.starts_with("--") &&
         std::isalpha(static_cast<unsigned char>(word.text[2])) != 0;
}

Node value_of(const Word& word, const std::string& text, const Variables& variables) {
  const std::optional<std::string> expanded = variables.expand(text);
  Node node = expanded ? Node(yaml11_value(*expanded)) : Node(text);
  if (expanded && node.is(Node::Kind::kNull)) node = Node(*expanded);
  node.flags = expanded ? (*expanded == text ? 0 : Node::kReplaced) : Node::kOpen;
  node.line = word.line;
  node.column = word.column;
  return node;
}

void put(Node::Object& arguments, Member member, std::vector<DuplicateKey>& duplicates) {
  for (Member& before : arguments) {
    if (before.key != member.key) continue;
    duplicates.push_back(
        {"MODEL_ARGS." + member.key, member.key, member.line, member.column, before.line, before.column});
    before = std::move(member);
    return;
  }
  arguments.push_back(std::move(member));
}

}  // namespace

LenientText::Document read_shell_arguments(std::string_view text) {
  constexpr std::size_t kMostArguments = 2000;
  const std::vector<Word> words = Words(text).all();
  LenientText::Document out;
  Variables variables;
  Node::Object arguments;
  for (std::size_t i = 0; i < words.size() && arguments.size() < kMostArguments; ++i) {
    const Word& word = words[i];
    if (!is_flag(word)) {
      variables.note(word);
      continue;
    }
    const std::size_t equals = word.text.find('=');
    Member member{word.text.substr(0, equals), word.line, word.column, Node(true)};
    member.value.line = word.line;
    member.value.column = word.column;
    if (equals != std::string::npos) {
      member.value = value_of(word, word.text.substr(equals + 1), variables);
    } else if (!word.ends && i + 1 < words.size() && !is_flag(words[i + 1])) {
      member.value = value_of(words[i + 1], words[i + 1].text, variables);
    }
    put(arguments, std::move(member), out.duplicates);
  }
  Node inner{std::move(arguments)};
  inner.line = inner.column = 1;
  Node::Object root;
  root.push_back(Member{"MODEL_ARGS", 1, 1, std::move(inner)});
  out.root = Node(std::move(root));
  out.root.line = out.root.column = 1;
  return out;
}

std::size_t count_flags(std::string_view text, const std::vector<std::string>& flags) {
  std::size_t found = 0;
  for (const std::string& flag : flags) {
    const std::size_t at = text.find(flag);
    if (at == std::string_view::npos) continue;
    const std::size_t end = at + flag.size();
    if (end == text.size() || std::string_view(" \t\r\n=\\\"'").find(text[end]) != std::string_view::npos) ++found;
  }
  return found;
}

}  // namespace berth
