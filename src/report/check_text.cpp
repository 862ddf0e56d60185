// Check results for people, and the lines that GitHub's log takes.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/check_parts.hpp"

namespace berth::check_report_parts {

bool is_live(const Finding& finding) {
  return finding.level != Severity::kOpen && !finding.suppressed && finding.baseline != BaselineState::kUnchanged;
}

std::string_view line_of(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

int character_column(std::string_view file_text, int line, int column) {
  const std::string_view before = line_of(file_text, line).substr(0, static_cast<std::size_t>(std::max(0, column - 1)));
  const auto continuation = std::count_if(before.begin(), before.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; });
  return column - static_cast<int>(continuation);
}

namespace {

// The source line with a caret under the span; long lines are cut around it.
std::string excerpt(const FileReport& report, const Finding& finding) {
  constexpr int kWidth = 110;
  const std::string_view line = line_of(report.text, finding.span.line);
  if (line.empty() || finding.span.file != report.file) return {};
  const int column = std::clamp(finding.span.column, 1, static_cast<int>(line.size()) + 1);
  const int from = column > kWidth ? column - kWidth / 2 : 1;
  std::string_view shown = line.substr(static_cast<std::size_t>(from) - 1, kWidth);
  while (!shown.empty() && (static_cast<unsigned char>(shown.front()) & 0xC0U) == 0x80U) shown.remove_prefix(1);
  std::string pad;
  for (int i = from; i < column; ++i) {
    const char c = line[static_cast<std::size_t>(i) - 1];
    if (c == '\t')
      pad += '\t';
    else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U)
      pad += ' ';
  }
  int width = finding.span.end_line == finding.span.line ? finding.span.end_column - column : 1;
  width = std::clamp(width, 1, std::max(1, static_cast<int>(shown.size()) - (column - from)));
  const std::string number = std::to_string(finding.span.line);
  return fmt::format("  {} | {}\n  {} | {}{}\n", number, shown, std::string(number.size(), ' '), pad,
                     std::string(static_cast<std::size_t>(width), '^'));
}

void add(std::string& out, const FileReport& report, const Finding& finding) {
  const char* mark = finding.suppressed                              ? " (suppressed)"
                     : finding.baseline == BaselineState::kUnchanged ? " (in the baseline)"
                                                                     : "";
  out += fmt::format("{}:{}:{}: {}: {} [{}]{}\n", finding.span.file, finding.span.line, finding.span.column,
                     to_string(finding.level), finding.message, finding.rule_id, mark);
  out += excerpt(report, finding);
  if (finding.fix && !finding.fix->description.empty())
    out += fmt::format("  = fix{}: {}\n",
                       finding.fix->edits.empty() ? ""
                       : finding.fix->safe        ? " (--fix)"
                                                  : " (--unsafe-fixes)",
                       finding.fix->description);
}

std::string plural(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

// GitHub's workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string text(std::span<const FileReport> reports, OpenFindings open) {
  std::string out;
  std::map<Severity, std::size_t> counts;
  std::size_t suppressed = 0;
  std::size_t known = 0;
  std::map<std::string, std::size_t> missing;
  for (const FileReport& report : reports) {
    for (const Finding& finding : report.findings) {
      if (finding.level == Severity::kOpen) {
        for (const std::string& fact : finding.missing) ++missing[fact];
        if (open == OpenFindings::kCounted) {
          ++counts[Severity::kOpen];
          continue;
        }
      }
      if (finding.suppressed || finding.baseline == BaselineState::kUnchanged) {
        ++(finding.suppressed ? suppressed : known);
        continue;
      }
      ++counts[finding.level];
      add(out, report, finding);
    }
  }
  out += fmt::format("{}: {}, {}, {}", plural(reports.size(), "file"), plural(counts[Severity::kError], "error"),
                     plural(counts[Severity::kWarning], "warning"), plural(counts[Severity::kNote], "note"));
  if (suppressed > 0) out += fmt::format(", {} suppressed", suppressed);
  if (known > 0) out += fmt::format(", {} in the baseline", known);
  out += "\n";
  if (counts[Severity::kOpen] == 0) return out;
  std::vector<std::pair<std::size_t, std::string>> most;
  for (const auto& [fact, count] : missing) most.emplace_back(count, fact);
  std::sort(most.begin(), most.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  std::string facts;
  for (std::size_t i = 0; i < std::min<std::size_t>(most.size(), 5); ++i)
    facts += (i == 0 ? "" : ", ") + most[i].second;
  out += fmt::format(
      "{} not checked for want of facts, most often {} (--show-open lists them; --context, --device give facts)\n",
      plural(counts[Severity::kOpen], "rule"), facts);
  return out;
}

std::string github(std::span<const FileReport> reports) {
  std::string out;
  // GitHub shows ten annotations of a kind and step: errors first.
  for (const Severity level : {Severity::kError, Severity::kWarning, Severity::kNote}) {
    for (const FileReport& report : reports) {
      for (const Finding& finding : report.findings) {
        if (finding.level != level || !is_live(finding)) continue;
        const SourceSpan& span = finding.span;
        const char* word = level == Severity::kError ? "error" : level == Severity::kWarning ? "warning" : "notice";
        std::string place = fmt::format("file={},line={}", escaped(span.file, true), span.line);
        const bool one_line = span.end_line == span.line && span.end_column > span.column;
        if (one_line)
          place += fmt::format(",col={},endLine={},endColumn={}", character_column(report.text, span.line, span.column),
                               span.line, character_column(report.text, span.line, span.end_column));
        std::string message = finding.message;
        if (finding.fix && !finding.fix->description.empty()) message += "\nFix: " + finding.fix->description;
        out += fmt::format("::{} {},title={}::{}\n", word, place,
                           escaped(finding.rule_id + " " + finding.rule_name, true), escaped(message, false));
      }
    }
  }
  return out;
}

}  // namespace berth::check_report_parts

namespace berth {

std::string text_diff(std::string_view before, std::string_view after, std::string_view name) {
  if (before == after) return {};
  const auto lines = [](std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      out.push_back(text.substr(0, end));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
  };
  const std::vector<std::string_view> a = lines(before);
  const std::vector<std::string_view> b = lines(after);
  // One hunk from the first line that differs to the last: fixes are few and small.
  std::size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) ++same;
  std::size_t tail = 0;
  while (tail < std::min(a.size(), b.size()) - same && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const std::size_t from = same > 3 ? same - 3 : 0;
  const std::size_t after_lines = std::min<std::size_t>(tail, 3);
  const std::size_t a_end = a.size() - tail;
  const std::size_t b_end = b.size() - tail;
  std::string out = fmt::format("--- a/{}\n+++ b/{}\n@@ -{},{} +{},{} @@\n", name, name, from + 1,
                                a_end + after_lines - from, from + 1, b_end + after_lines - from);
  for (std::size_t i = from; i < same; ++i) out += fmt::format(" {}\n", a[i]);
  for (std::size_t i = same; i < a_end; ++i) out += fmt::format("-{}\n", a[i]);
  for (std::size_t i = same; i < b_end; ++i) out += fmt::format("+{}\n", b[i]);
  for (std::size_t i = a_end; i < a_end + after_lines; ++i) out += fmt::format(" {}\n", a[i]);
  return out;
}

std::string rule_url(const Rule& rule) {
  return "https://berth-project.github.io/rules/" + rule.id + "/";
}

std::string rule_page(const Rule& rule, const CheckRuleDoc& doc) {
  std::string out = fmt::format("{} {}: {}\n", rule.id, rule.name, rule.title);
  const auto block = [&](std::string_view label, std::string_view body) {
    if (body.empty()) return;
    std::string indented;
    for (const char c : body) indented += c == '\n' ? std::string("\n            ") : std::string(1, c);
    out += fmt::format("  {:<9} {}\n", label, indented);
  };
  block("level", rule.severity);
  block("says", rule.message);
  block("why", doc.why);
  block("users see", doc.error);
  block("bad", doc.bad);
  block("good", doc.good);
  block("fix", doc.fix);
  if (doc.safe) block("", "--fix applies it");
  block("when", rule.when);
  std::string source = rule.source.title + ", " + rule.source.locator;
  if (!rule.source.url.empty()) source += " <" + rule.source.url + ">";
  block("source", source);
  std::string tags;
  for (const std::string& tag : rule.tags) tags += (tags.empty() ? "" : ", ") + tag;
  block("tags", tags);
  return out;
}

std::vector<std::string> check_formats() {
  return {"text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson", "rdjsonl"};
}

std::string check_report(std::string_view format, std::span<const FileReport> reports, const Checker& checker,
                         const CheckStamp& stamp, OpenFindings open) {
  namespace parts = check_report_parts;
  if (format == "text") return parts::text(reports, open);
  if (format == "json") return parts::json(reports, checker, stamp);
  if (format == "jsonl") return parts::jsonl(reports);
  if (format == "sarif") return parts::sarif(reports, checker, stamp, open);
  if (format == "github") return parts::github(reports);
  if (format == "gitlab") return parts::gitlab(reports);
  if (format == "junit") return parts::junit(reports);
  if (format == "rdjson") return parts::rdjson(reports, checker);
  if (format == "rdjsonl") return parts::rdjsonl(reports, checker);
  return {};
}

}  // namespace berth
