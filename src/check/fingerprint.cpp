// Fingerprints: GitHub's hash of a line, berth's own for baselines, and the baseline itself.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "berth/check.hpp"
#include "core/fields.hpp"
#include "core/json.hpp"

namespace berth {
namespace {

// The text as UTF-16 code units, which is what GitHub's script walks over; bad bytes become U+FFFD.
std::vector<std::uint32_t> utf16(std::string_view text) {
  std::vector<std::uint32_t> out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    if (byte < 0x80 || i + length > text.size() || length == 1) {
      out.push_back(byte < 0x80 ? byte : 0xFFFD);
      ++i;
      continue;
    }
    std::uint32_t point = byte & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) point = point << 6U | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    i += length;
    if (point < 0x10000) {
      out.push_back(point);
    } else {
      out.push_back(0xD800 + ((point - 0x10000) >> 10U));
      out.push_back(0xDC00 + ((point - 0x10000) & 0x3FFU));
    }
  }
  return out;
}

// FNV-1a, 64 bit.
std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return (hash ^ 0xFFU) * 0x100000001b3ULL;
}

}  // namespace

std::vector<std::string> line_hashes(std::string_view text) {
  constexpr std::uint32_t kEndOfFile = 65535;
  constexpr std::size_t kBlock = 100;
  // What is hashed: without blanks and tabs, every line end as one LF, one mark at the end, then zeros.
  std::vector<std::uint32_t> units;
  std::vector<std::size_t> starts;
  bool line_start = true;
  bool after_cr = false;
  for (std::uint32_t unit : utf16(text)) {
    if (unit == ' ' || unit == '\t' || (after_cr && unit == '\n')) {
      after_cr = false;
      continue;
    }
    after_cr = unit == '\r';
    if (after_cr) unit = '\n';
    if (line_start) starts.push_back(units.size());
    line_start = unit == '\n';
    units.push_back(unit);
  }
  if (line_start) starts.push_back(units.size());
  units.push_back(kEndOfFile);
  std::map<std::uint64_t, int> seen;
  std::vector<std::string> out;
  out.reserve(starts.size());
  for (const std::size_t start : starts) {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < kBlock; ++i) hash = hash * 37 + (start + i < units.size() ? units[start + i] : 0);
    out.push_back(fmt::format("{:x}:{}", hash, ++seen[hash]));
  }
  return out;
}

std::string fingerprint(const Finding& finding) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const std::string* part : {&finding.rule_id, &finding.span.file, &finding.key_path, &finding.value})
    hash = mix(hash, *part);
  return fmt::format("{:016x}", hash);
}

std::string write_baseline(std::span<const FileReport> reports) {
  std::vector<std::string> lines;
  for (const FileReport& report : reports) {
    for (const Finding& finding : report.findings) {
      if (finding.level == Severity::kOpen || finding.suppressed) continue;
      const Json line = {{"rule", finding.rule_id},
                         {"file", finding.span.file},
                         {"key_path", finding.key_path},
                         {"fingerprint", fingerprint(finding)}};
      lines.push_back(json_text(line, -1));
    }
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

Result<std::vector<StaleEntry>> apply_baseline(std::vector<FileReport>& reports, std::string_view text,
                                               std::string_view name) {
  std::multimap<std::string, StaleEntry> known;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Result<Node> node = parse_document(line, name, Syntax::kJson);
    StaleEntry entry;
    std::string print;
    Status status;
    if (node) {
      Fields fields(*node, name, "");
      fields.read("rule", entry.rule);
      fields.read("file", entry.file);
      fields.read("key_path", entry.key_path);
      fields.read("fingerprint", print);
      status = fields.finish();
    } else {
      status = tl::unexpected<Error>(node.error());
    }
    if (!status) {
      Error error = status.error();
      error.span.line = number;
      return tl::unexpected<Error>(std::move(error));
    }
    known.emplace(print, std::move(entry));
  }
  for (FileReport& report : reports) {
    for (Finding& finding : report.findings) {
      if (finding.level == Severity::kOpen) continue;
      const auto found = known.find(fingerprint(finding));
      finding.baseline = found == known.end() ? BaselineState::kNew : BaselineState::kUnchanged;
      if (found != known.end()) known.erase(found);
    }
  }
  std::vector<StaleEntry> stale;
  for (auto& [print, entry] : known) stale.push_back(std::move(entry));
  return stale;
}

}  // namespace berth
