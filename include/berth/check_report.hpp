/// Writers of check results: text for people, and the formats that CI systems read.
///
/// Deterministic: no clock, no locale; the same reports give the same bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/check.hpp"

namespace berth {

/// Names the berth version, the rule-set hash and the catalog date.
struct CheckStamp {
  std::string version, rules_hash, catalog_as_of;
};

/// kShown: also findings of level kOpen; kCounted: their number only. The formats json and jsonl always hold them.
enum class OpenFindings : std::uint8_t { kCounted, kShown };

/// "text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson", "rdjsonl". Thread-safe.
std::vector<std::string> check_formats();

/// The reports in a format of check_formats(), with the last newline. An unknown format gives an empty text.
/// SARIF follows 2.1.0 and GitHub's limits (docs/guide/check.md). Thread-safe.
std::string check_report(std::string_view format, std::span<const FileReport> reports, const Checker& checker,
                         const CheckStamp& stamp, OpenFindings open = OpenFindings::kCounted);

/// One rule in words: what, why, example, fix, source.
std::string rule_page(const Rule& rule, const CheckRuleDoc& doc);

/// A unified diff of two texts, as `diff -u` writes it, with a/ and b/ before the name; empty when they are equal.
std::string text_diff(std::string_view before, std::string_view after, std::string_view name);

/// Where a rule's page is on the web, for helpUri.
std::string rule_url(const Rule& rule);

}  // namespace berth
