// Check results as SARIF 2.1.0, within what GitHub's code scanning takes:
// https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
#include <algorithm>
#include <map>

#include "core/json.hpp"
#include "core/text.hpp"
#include "report/check_parts.hpp"

namespace berth::check_report_parts {

std::string uri_of(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  std::string out;
  constexpr std::string_view kPlain = "-._~/!$&'()*+,;=@";
  for (const char c : path) {
    if (c == '\\') {
      out += '/';
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

namespace {

constexpr std::size_t kMostResults = 25000;
constexpr std::size_t kMostText = 1000;  // GitHub cuts at 1,024 characters
constexpr std::size_t kMostTags = 10;

std::string pascal(const std::string& name) {
  std::string out;
  bool up = true;
  for (const char c : name) {
    if (c == '-') {
      up = true;
    } else {
      out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      up = false;
    }
  }
  return out;
}

std::string sentence(std::string text) {
  text = shorten(text, kMostText);
  if (!text.empty() && text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
  return text;
}

const char* level_word(const std::string& severity) {
  return severity == "error" ? "error" : severity == "note" ? "note" : "warning";
}

Json rule_json(const Rule& rule, const CheckRuleDoc& doc) {
  std::string help = doc.why;
  if (!doc.fix.empty()) help += "\n\nFix: " + doc.fix;
  std::string markdown = doc.why;
  if (!doc.error.empty()) markdown += "\n\nUsers see: `" + doc.error + "`";
  if (!doc.bad.empty()) markdown += "\n\nBad:\n\n```yaml\n" + doc.bad + "\n```";
  if (!doc.good.empty()) markdown += "\n\nGood:\n\n```yaml\n" + doc.good + "\n```";
  if (!doc.fix.empty()) markdown += "\n\nFix: " + doc.fix;
  markdown += "\n\nSource: [" + rule.source.title + "](" + rule.source.url + "), " + rule.source.locator;
  Json tags = Json::array();
  for (const std::string& tag : rule.tags) {
    if (tags.size() < kMostTags) tags.push_back(tag);
  }
  return {{"id", rule.id},
          {"name", pascal(rule.name)},
          {"shortDescription", {{"text", sentence(rule.title)}}},
          {"fullDescription", {{"text", sentence(rule.statement)}}},
          {"help", {{"text", shorten(help, kMostText)}, {"markdown", markdown}}},
          {"helpUri", rule_url(rule)},
          {"defaultConfiguration", {{"level", level_word(rule.severity)}}},
          {"properties",
           {{"tags", std::move(tags)},
            {"precision", "high"},
            {"problem.severity", rule.severity == "note" ? "recommendation" : rule.severity}}}};
}

struct Lines {
  std::vector<std::string> hashes;
};

Json region_of(const FileReport& report, const SourceSpan& span) {
  const bool here = span.file == report.file;
  Json region = {{"startLine", span.line}};
  if (!here) return region;
  region["startColumn"] = character_column(report.text, span.line, span.column);
  if (span.end_line > span.line || span.end_column > span.column) {
    region["endLine"] = span.end_line;
    region["endColumn"] = character_column(report.text, span.end_line, span.end_column);
  }
  return region;
}

// Paths are relative to the source tree, except those that start at the root of the machine.
Json artifact_of(const std::string& file) {
  if (file.starts_with('/')) return {{"uri", "file://" + uri_of(file)}};
  return {{"uri", uri_of(file)}, {"uriBaseId", "%SRCROOT%"}};
}

Json fix_json(const FileReport& report, const FindingFix& fix) {
  Json replacements = Json::array();
  for (const TextEdit& edit : fix.edits) {
    replacements.push_back({{"deletedRegion",
                             {{"startLine", edit.line},
                              {"startColumn", character_column(report.text, edit.line, edit.column)},
                              {"endLine", edit.end_line},
                              {"endColumn", character_column(report.text, edit.end_line, edit.end_column)}}},
                            {"insertedContent", {{"text", edit.text}}}});
  }
  return {{"description", {{"text", sentence(fix.description)}}},
          {"artifactChanges",
           Json::array({{{"artifactLocation", artifact_of(report.file)}, {"replacements", std::move(replacements)}}})}};
}

Json result_json(const FileReport& report, const Finding& finding, std::size_t rule_index,
                 const std::vector<std::string>& hashes) {
  const bool open = finding.level == Severity::kOpen;
  Json out = {{"ruleId", finding.rule_id}, {"ruleIndex", rule_index}};
  if (open) out["kind"] = "open";
  out["level"] = open ? "none" : to_string(finding.level);
  out["message"] = {{"text", sentence(finding.message)}};
  out["locations"] = Json::array(
      {{{"physicalLocation",
         {{"artifactLocation", artifact_of(finding.span.file)}, {"region", region_of(report, finding.span)}}}}});
  if (!finding.key_path.empty())
    out["locations"][0]["logicalLocations"] = Json::array({{{"fullyQualifiedName", finding.key_path}}});
  Json prints = {{"berth/v1", fingerprint(finding)}};
  const std::size_t line = static_cast<std::size_t>(finding.span.line);
  if (finding.span.file == report.file && line >= 1 && line <= hashes.size())
    prints["primaryLocationLineHash"] = hashes[line - 1];
  out["partialFingerprints"] = std::move(prints);
  if (finding.fix && !finding.fix->edits.empty() && finding.span.file == report.file)
    out["fixes"] = Json::array({fix_json(report, *finding.fix)});
  if (finding.suppressed)
    out["suppressions"] = Json::array({{{"kind", "inSource"}, {"justification", finding.suppression_reason}}});
  if (finding.baseline != BaselineState::kNone)
    out["baselineState"] = finding.baseline == BaselineState::kNew ? "new" : "unchanged";
  return out;
}

}  // namespace

std::string sarif(std::span<const FileReport> reports, const Checker& checker, const CheckStamp& stamp,
                  OpenFindings open) {
  Json rules = Json::array();
  std::map<std::string, std::size_t> index;
  for (const Rule& rule : checker.rules().rules()) {
    const CheckRuleDoc* doc = checker.doc(rule.id);
    if (doc == nullptr) continue;
    index[rule.id] = rules.size();
    rules.push_back(rule_json(rule, *doc));
  }
  Json results = Json::array();
  for (const FileReport& report : reports) {
    const std::vector<std::string> hashes =
        report.findings.empty() ? std::vector<std::string>() : line_hashes(report.text);
    for (const Finding& finding : report.findings) {
      if (finding.level == Severity::kOpen && open == OpenFindings::kCounted) continue;
      if (results.size() < kMostResults)
        results.push_back(result_json(report, finding, index[finding.rule_id], hashes));
    }
  }
  const Json run = {
      {"tool",
       {{"driver",
         {{"name", "berth"},
          {"semanticVersion", stamp.version},
          {"informationUri", "https://berth-project.github.io/"},
          {"rules", std::move(rules)},
          {"properties", {{"rulesHash", stamp.rules_hash}, {"catalogDate", stamp.catalog_as_of}}}}}}},
      {"automationDetails", {{"id", "berth/check/"}}},
      {"originalUriBaseIds", {{"%SRCROOT%", {{"description", {{"text", "The root of the source tree."}}}}}}},
      {"columnKind", "unicodeCodePoints"},
      {"invocations", Json::array({{{"executionSuccessful", true}}})},
      {"results", std::move(results)}};
  const Json out = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return json_text(out) + "\n";
}

}  // namespace berth::check_report_parts
