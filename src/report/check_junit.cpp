// Check results as JUnit XML: a suite per file, a case per finding, and one for a file without any.
#include <fmt/format.h>

#include "report/check_parts.hpp"

namespace berth::check_report_parts {
namespace {

// XML 1.0 text; control characters that XML has no form for become U+FFFD.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? std::string("\xEF\xBF\xBD") : std::string(1, c);
    }
  }
  return out;
}

struct Suite {
  std::string cases;
  std::size_t tests = 0, failures = 0, skipped = 0;
};

void add(Suite& suite, const Finding& finding) {
  ++suite.tests;
  const std::string open =
      fmt::format("    <testcase classname=\"{}\" name=\"{} {} line {}\">\n", xml(finding.span.file), finding.rule_id,
                  xml(finding.rule_name), finding.span.line);
  if (is_live(finding)) {
    ++suite.failures;
    suite.cases +=
        fmt::format("{}      <failure message=\"{}\" type=\"{}\">{}:{}:{}{}</failure>\n    </testcase>\n", open,
                    xml(finding.message), to_string(finding.level), xml(finding.span.file), finding.span.line,
                    finding.span.column, finding.fix ? xml("\nfix: " + finding.fix->description) : "");
    return;
  }
  ++suite.skipped;
  const std::string why = finding.level == Severity::kOpen ? finding.message
                          : finding.suppressed             ? "suppressed: " + finding.suppression_reason
                                                           : std::string("in the baseline");
  suite.cases += fmt::format("{}      <skipped message=\"{}\"/>\n    </testcase>\n", open, xml(why));
}

}  // namespace

std::string junit(std::span<const FileReport> reports) {
  std::string suites;
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t skipped = 0;
  for (const FileReport& report : reports) {
    Suite suite;
    for (const Finding& finding : report.findings) add(suite, finding);
    if (suite.failures == 0) {
      ++suite.tests;
      suite.cases +=
          fmt::format("    <testcase classname=\"{}\" name=\"{} rules\"/>\n", xml(report.file), report.rules_judged);
    }
    suites += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n{}  </testsuite>\n",
                          xml(report.file), suite.tests, suite.failures, suite.skipped, suite.cases);
    tests += suite.tests;
    failures += suite.failures;
    skipped += suite.skipped;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"berth\" tests=\"{}\" failures=\"{}\" "
      "skipped=\"{}\">\n{}"
      "</testsuites>\n",
      tests, failures, skipped, suites);
}

}  // namespace berth::check_report_parts
