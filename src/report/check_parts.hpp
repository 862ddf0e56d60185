// What the writers of check results share.
#pragma once

#include <string>
#include <string_view>

#include "berth/check_report.hpp"

namespace berth::check_report_parts {

std::string sarif(std::span<const FileReport> reports, const Checker& checker, const CheckStamp& stamp,
                  OpenFindings open);
std::string json(std::span<const FileReport> reports, const Checker& checker, const CheckStamp& stamp);
std::string jsonl(std::span<const FileReport> reports);
std::string gitlab(std::span<const FileReport> reports);
std::string rdjson(std::span<const FileReport> reports, const Checker& checker);
std::string rdjsonl(std::span<const FileReport> reports, const Checker& checker);
std::string github(std::span<const FileReport> reports);
std::string junit(std::span<const FileReport> reports);
std::string text(std::span<const FileReport> reports, OpenFindings open);

// Whether a finding is one for machines that count problems: not open, not suppressed, not in the baseline.
bool is_live(const Finding& finding);
// Columns of SARIF and editors count characters; ours count bytes.
int character_column(std::string_view file_text, int line, int column);
std::string_view line_of(std::string_view text, int line);
// A path as a URI reference: no leading "./", "/" for "\", other characters escaped.
std::string uri_of(std::string_view path);

}  // namespace berth::check_report_parts
