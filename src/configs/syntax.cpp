#include "configs/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace berth {
namespace {

constexpr std::size_t kEnoughFlags = 3;  // fewer may be any program's

Detection verdict(ConfigKind kind, std::string why, SourceSpan span) {
  Detection out;
  out.kind = kind;
  out.why = std::move(why);
  out.span = std::move(span);
  return out;
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

// The first line that holds more than a comment, and its number.
std::string_view first_line(std::string_view text, int& number) {
  number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos || line[start] == '#') continue;
    line.remove_prefix(start);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    return line;
  }
  return {};
}

// "[table]" or "key = value".
bool looks_like_toml(std::string_view line) {
  if (line.starts_with('[') && line.find(']') != std::string_view::npos && line.find(',') == std::string_view::npos) {
    return true;
  }
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.\"");
  if (end == std::string_view::npos || end == 0) return false;
  const std::size_t equals = line.find_first_not_of(" \t", end);
  return equals != std::string_view::npos && line[equals] == '=';
}

std::optional<SourceSpan> template_mark(std::string_view text, std::string_view name) {
  int line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view row = text.substr(0, end);
    const std::size_t at = std::min(row.find("{{"), row.find("{%"));
    if (at != std::string_view::npos) {
      const auto column = static_cast<int>(at) + 1;
      return SourceSpan{std::string(name), line, column, line, column + 2};
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

// CONFIG_BATCH_SIZE without quotes, in what is JSON otherwise: filled in by sed or the like.
const Node* bare_placeholder(const Node& node) {
  if (node.is(Node::Kind::kString)) {
    const std::string& text = node.as_string();
    const bool plain = (node.flags & Node::kPlain) != 0 && text.size() >= 3 &&
                       text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos &&
                       text.find('_') != std::string::npos;
    return plain ? &node : nullptr;
  }
  if (node.is(Node::Kind::kArray)) {
    for (const Node& item : node.as_array()) {
      if (const Node* found = bare_placeholder(item)) return found;
    }
  } else if (node.is(Node::Kind::kObject)) {
    for (const Member& member : node.as_object()) {
      if (const Node* found = bare_placeholder(member.value)) return found;
    }
  }
  return nullptr;
}

class TextReader {
 public:
  TextReader(std::string_view text, std::string_view name, const std::vector<std::string>& flags)
      : text_(without_mark(text)), name_(name), flags_(flags) {}

  ReadText run() {
    line_ = first_line(text_, line_number_);
    if (line_.empty())
      return judged(ConfigKind::kOther, "no content: nothing but comments", {std::string(name_), 1, 1, 0, 0});
    if (line_.starts_with("version https://git-lfs.github.com/spec/")) {
      return judged(ConfigKind::kOther, "a Git LFS pointer: the content is not here", here());
    }
    if (name_.ends_with(".py")) return judged(ConfigKind::kOther, "a Python program: its config is in code", here());
    if (text_.starts_with("#!") || name_.ends_with(".sh")) return shell();
    if (name_.ends_with(".toml")) return take(parse_toml(text_, name_));
    if (line_.front() == '{' || line_.front() == '[') return json();
    return yaml();
  }

 private:
  [[nodiscard]] SourceSpan here() const { return {std::string(name_), line_number_, 1, line_number_, 1}; }
  static ReadText judged(ConfigKind kind, std::string why, SourceSpan span) {
    ReadText out;
    out.verdict = verdict(kind, std::move(why), std::move(span));
    return out;
  }
  static ReadText failed(const Error& error) { return judged(ConfigKind::kUnparsable, error.message, error.span); }
  static ReadText take(Result<LenientText> read) {
    if (!read) return failed(read.error());
    ReadText out;
    out.documents = std::move(read->documents);
    return out;
  }

  ReadText shell() {
    if (count_flags(text_, flags_) < kEnoughFlags) {
      return judged(ConfigKind::kOther, "a script without a known trainer's arguments", here());
    }
    ReadText out;
    out.shell = true;
    out.documents.push_back(read_shell_arguments(text_));
    return out;
  }

  ReadText json() {
    if (!line_.starts_with("{{") && !line_.starts_with("{%")) {
      Result<LenientText> read = parse_lenient_json(text_, name_);
      if (read || read.error().code == ErrorCode::kLimit) return take(std::move(read));
      Result<LenientText> flow = parse_lenient_yaml(text_, name_);  // comments, trailing commas, True
      if (!flow && name_.ends_with(".json")) return fallback(read.error());
      if (!flow) return fallback(flow.error());
      return placeholders(std::move(*flow));
    }
    return yaml();
  }

  ReadText placeholders(LenientText read) {
    for (const LenientText::Document& document : read.documents) {
      if (const Node* found = bare_placeholder(document.root)) {
        return judged(ConfigKind::kTemplate,
                      fmt::format("a template: the placeholder {} stands in it", shorten(found->as_string())),
                      {std::string(name_), found->line, found->column, found->line,
                       found->column + static_cast<int>(found->as_string().size())});
      }
    }
    return take(std::move(read));
  }

  ReadText yaml() {
    Result<LenientText> read = parse_lenient_yaml(text_, name_);
    if (!read) return fallback(read.error());
    const bool one_text = read->documents.size() == 1 && read->documents.front().root.is(Node::Kind::kString);
    if (one_text && looks_like_toml(line_)) {
      Result<LenientText> toml = parse_toml(text_, name_);
      if (toml) return take(std::move(toml));
    }
    if (one_text && count_flags(text_, flags_) >= kEnoughFlags) return shell();
    return take(std::move(read));
  }

  // No YAML and no JSON: what else it may be.
  ReadText fallback(const Error& error) {
    if (error.code == ErrorCode::kLimit) return failed(error);
    if (looks_like_toml(line_)) {
      Result<LenientText> toml = parse_toml(text_, name_);
      if (toml) return take(std::move(toml));
    }
    if (std::optional<SourceSpan> mark = template_mark(text_, name_)) {
      return judged(ConfigKind::kTemplate, "a template (Helm or Jinja): it is no YAML before it is filled in",
                    std::move(*mark));
    }
    if (count_flags(text_, flags_) >= kEnoughFlags) return shell();
    return failed(error);
  }

  std::string_view text_, name_, line_;
  int line_number_ = 0;
  const std::vector<std::string>& flags_;
};

}  // namespace

ReadText read_text(std::string_view text, std::string_view name, std::size_t max_bytes,
                   const std::vector<std::string>& flags) {
  const auto refuse = [&](std::string why) {
    ReadText out;
    out.verdict = verdict(ConfigKind::kUnparsable, std::move(why), {std::string(name), 1, 1, 1, 1});
    return out;
  };
  if (text.size() > max_bytes) return refuse(fmt::format("larger than {} bytes: no config is", max_bytes));
  if (text.find('\0') != std::string_view::npos) return refuse("the text has a NUL byte: this is no text file");
  if (!is_valid_utf8(text)) return refuse("the text is not valid UTF-8");
  return TextReader(text, name, flags).run();
}

}  // namespace berth
