// Check results as JSON: berth's own form, GitLab's and reviewdog's.
#include <map>

#include "core/json.hpp"
#include "report/check_parts.hpp"

namespace berth::check_report_parts {
namespace {

Json fact_json(const std::string& text) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Json(text) : value;
}

Json edit_json(const TextEdit& edit) {
  return {{"line", edit.line},
          {"column", edit.column},
          {"end_line", edit.end_line},
          {"end_column", edit.end_column},
          {"text", edit.text}};
}

Json finding_json(const Finding& finding) {
  Json out = {
      {"rule_id", finding.rule_id},    {"rule", finding.rule_name},         {"level", to_string(finding.level)},
      {"message", finding.message},    {"file", finding.span.file},         {"line", finding.span.line},
      {"column", finding.span.column}, {"end_line", finding.span.end_line}, {"end_column", finding.span.end_column},
      {"key_path", finding.key_path}};
  if (!finding.value.empty()) out["value"] = finding.value;
  if (finding.fix) {
    Json fix = {{"description", finding.fix->description}, {"safe", finding.fix->safe}, {"edits", Json::array()}};
    for (const TextEdit& edit : finding.fix->edits) fix["edits"].push_back(edit_json(edit));
    out["fix"] = std::move(fix);
  }
  if (finding.level == Severity::kOpen) {
    out["missing"] = finding.missing;
  } else {
    Json because = Json::array();
    for (const auto& [fact, value] : finding.because) because.push_back({{"fact", fact}, {"value", fact_json(value)}});
    out["because"] = std::move(because);
  }
  if (finding.suppressed) out["suppressed"] = {{"reason", finding.suppression_reason}};
  if (finding.baseline != BaselineState::kNone)
    out["baseline"] = finding.baseline == BaselineState::kNew ? "new" : "unchanged";
  out["fingerprint"] = fingerprint(finding);
  return out;
}

Json file_json(const FileReport& report, const CheckedDocument& document, std::size_t index) {
  Json out = {{"file", report.file}, {"ecosystem", document.ecosystem}, {"evidence", document.evidence}};
  if (report.documents.size() > 1) out["document"] = index + 1;
  if (!document.why.empty()) out["why"] = document.why;
  return out;
}

const char* gitlab_severity(Severity level) {
  return level == Severity::kError ? "critical" : level == Severity::kWarning ? "major" : "info";
}

Json diagnostic(const FileReport& report, const Finding& finding, const Checker& checker) {
  const SourceSpan& span = finding.span;
  const auto at = [&](int line, int column) { return Json{{"line", line}, {"column", column}}; };
  Json out = {{"message", finding.message},
              {"location",
               {{"path", span.file},
                {"range", {{"start", at(span.line, span.column)}, {"end", at(span.end_line, span.end_column)}}}}},
              {"severity", finding.level == Severity::kError     ? "ERROR"
                           : finding.level == Severity::kWarning ? "WARNING"
                                                                 : "INFO"}};
  Json code = {{"value", finding.rule_id}};
  if (const Rule* rule = checker.rules().find(finding.rule_id)) code["url"] = rule_url(*rule);
  out["code"] = std::move(code);
  if (finding.fix && !finding.fix->edits.empty() && span.file == report.file) {
    out["suggestions"] = Json::array();
    for (const TextEdit& edit : finding.fix->edits) {
      out["suggestions"].push_back(
          {{"range", {{"start", at(edit.line, edit.column)}, {"end", at(edit.end_line, edit.end_column)}}},
           {"text", edit.text}});
    }
  }
  return out;
}

}  // namespace

std::string json(std::span<const FileReport> reports, const Checker& checker, const CheckStamp& stamp) {
  Json out = {{"schema", "berth/findings/v1"},
              {"berth", {{"version", stamp.version}, {"rules", stamp.rules_hash}, {"catalog", stamp.catalog_as_of}}},
              {"files", Json::array()},
              {"findings", Json::array()}};
  static_cast<void>(checker);
  for (const FileReport& report : reports) {
    for (std::size_t i = 0; i < report.documents.size(); ++i)
      out["files"].push_back(file_json(report, report.documents[i], i));
    for (const Finding& finding : report.findings) out["findings"].push_back(finding_json(finding));
  }
  return json_text(out) + "\n";
}

std::string jsonl(std::span<const FileReport> reports) {
  std::string out;
  for (const FileReport& report : reports) {
    for (const Finding& finding : report.findings) out += json_text(finding_json(finding), -1) + "\n";
  }
  return out;
}

std::string gitlab(std::span<const FileReport> reports) {
  Json out = Json::array();
  std::map<std::string, int> seen;  // equal fingerprints would vanish
  for (const FileReport& report : reports) {
    for (const Finding& finding : report.findings) {
      if (!is_live(finding)) continue;
      std::string print = fingerprint(finding);
      const int count = ++seen[print];
      if (count > 1) print += "-" + std::to_string(count);
      std::string description = finding.message;
      if (finding.fix && !finding.fix->description.empty()) description += " (fix: " + finding.fix->description + ")";
      out.push_back({{"description", description},
                     {"check_name", finding.rule_id},
                     {"fingerprint", print},
                     {"severity", gitlab_severity(finding.level)},
                     {"location", {{"path", finding.span.file}, {"lines", {{"begin", finding.span.line}}}}}});
    }
  }
  return json_text(out) + "\n";
}

std::string rdjson(std::span<const FileReport> reports, const Checker& checker) {
  Json out = {{"source", {{"name", "berth"}, {"url", "https://berth-project.github.io/"}}},
              {"diagnostics", Json::array()}};
  for (const FileReport& report : reports) {
    for (const Finding& finding : report.findings) {
      if (is_live(finding)) out["diagnostics"].push_back(diagnostic(report, finding, checker));
    }
  }
  return json_text(out) + "\n";
}

std::string rdjsonl(std::span<const FileReport> reports, const Checker& checker) {
  std::string out;
  for (const FileReport& report : reports) {
    for (const Finding& finding : report.findings) {
      if (is_live(finding)) out += json_text(diagnostic(report, finding, checker), -1) + "\n";
    }
  }
  return out;
}

}  // namespace berth::check_report_parts
