#include "check/suppressions.hpp"

#include <algorithm>

#include "core/fields.hpp"
#include "core/lenient.hpp"

namespace berth::checking {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::vector<std::string> words_in(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view word = trimmed(list.substr(0, comma));
    if (!word.empty()) out.emplace_back(word);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return out;
}

// " until=2027-01-01" out of the reason.
void take_until(Suppression& out) {
  const std::size_t at = out.reason.find("until=");
  if (at == std::string::npos) return;
  const std::size_t end = out.reason.find(' ', at);
  out.until = out.reason.substr(at + 6, end == std::string::npos ? end : end - at - 6);
  out.reason.erase(at, end == std::string::npos ? end : end - at + 1);
  out.reason = std::string(trimmed(out.reason));
}

bool is_comment(std::string_view line) {
  const std::string_view text = trimmed(line);
  return text.empty() || text.starts_with('#');
}

}  // namespace

std::vector<Suppression> comments_of(std::string_view text) {
  std::vector<Suppression> out;
  std::vector<std::size_t> waiting;  // own-line comments that wait for their line
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const bool comment = is_comment(line);
    if (!comment) {
      for (const std::size_t index : waiting) out[index].target_line = number;
      waiting.clear();
    }
    const std::size_t at = line.find("# berth: ignore");
    if (at == std::string_view::npos) continue;
    std::string_view rest = line.substr(at + 15);
    Suppression found;
    found.line = number;
    found.column = static_cast<int>(at) + 1;
    const bool whole_file = rest.starts_with("-file");
    if (whole_file) rest.remove_prefix(5);
    const std::size_t close = rest.find(']');
    if (!rest.starts_with('[') || close == std::string_view::npos) continue;
    found.rules = words_in(rest.substr(1, close - 1));
    found.reason = std::string(trimmed(rest.substr(close + 1)));
    take_until(found);
    if (!whole_file) {
      found.target_line = number;
      if (comment) waiting.push_back(out.size());
    }
    out.push_back(std::move(found));
  }
  return out;
}

bool matches(std::string_view pattern, std::string_view path) {
  if (pattern.find('/') == std::string_view::npos) {
    const std::size_t slash = path.find_last_of('/');
    if (slash != std::string_view::npos) path = path.substr(slash + 1);
  }
  // Iterative, with one point to come back to per kind of star: linear but for ** within **.
  std::size_t p = 0;
  std::size_t s = 0;
  std::size_t star_p = std::string_view::npos;
  std::size_t star_s = 0;
  bool crosses = false;
  while (s < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      crosses = p + 1 < pattern.size() && pattern[p + 1] == '*';
      p += crosses ? 2 : 1;
      if (crosses && p < pattern.size() && pattern[p] == '/') ++p;
      star_p = p;
      star_s = s;
    } else if (p < pattern.size() && (pattern[p] == path[s] || (pattern[p] == '?' && path[s] != '/'))) {
      ++p;
      ++s;
    } else if (star_p != std::string_view::npos && (crosses || path[star_s] != '/')) {
      p = star_p;
      s = ++star_s;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool names_rule(const std::vector<std::string>& words, std::string_view id, std::string_view name) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return !word.empty() && (id.starts_with(word) || name == word); });
}

Result<std::vector<Suppression>> entries_for(std::string_view toml, std::string_view toml_name, std::string_view file) {
  const Result<LenientText> text = parse_toml(toml, toml_name);
  if (!text) return tl::unexpected<Error>(text.error());
  std::vector<Suppression> out;
  if (text->documents.empty()) return out;
  const Node* list = text->documents.front().root.find("ignore");
  if (list == nullptr || !list->is(Node::Kind::kArray)) return out;
  for (const Node& node : list->as_array()) {
    Suppression entry;
    std::string pattern;
    Fields fields(node, toml_name, "ignore");
    fields.read("file", pattern);
    fields.read("rules", entry.rules);
    fields.read("key", entry.key);
    fields.read("reason", entry.reason);
    fields.read("until", entry.until);
    if (const Status status = fields.finish(); !status) return tl::unexpected<Error>(status.error());
    if (matches(pattern, file)) out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace berth::checking
