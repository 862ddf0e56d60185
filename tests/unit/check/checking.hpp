// The shipped checker, loaded once for all tests of the room.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/check.hpp"
#include "berth/data.hpp"

namespace berth::testing {

struct Shipped {
  std::vector<SourceFile> files = embedded_data();
  Result<Catalog> catalog = Catalog::load(files);
  Result<Calibration> calibration = load_calibration();
  Result<Checker> checker = Checker::load(files, *catalog, *calibration);

 private:
  [[nodiscard]] Result<Calibration> load_calibration() const {
    for (const SourceFile& file : files) {
      if (file.name == "catalog/calibration.json") return Calibration::load(file);
    }
    return fail(ErrorCode::kNotFound, "no calibration");
  }
};

inline const Checker& shipped() {
  static const Shipped kShipped;
  EXPECT_TRUE(kShipped.checker) << (kShipped.checker ? std::string() : to_string(kShipped.checker.error()));
  return *kShipped.checker;
}

inline std::vector<Finding> real_findings(const FileReport& report) {
  std::vector<Finding> out;
  for (const Finding& finding : report.findings) {
    if (finding.level != Severity::kOpen) out.push_back(finding);
  }
  return out;
}

// "BRT7101 2 fp16.enabled; …": id, line, key path of every finding but the open ones.
inline std::string summary(const FileReport& report) {
  std::string out;
  for (const Finding& finding : real_findings(report)) {
    if (!out.empty()) out += "; ";
    out += finding.rule_id + " " + std::to_string(finding.span.line) + " " + finding.key_path;
  }
  return out;
}

inline FileReport check_text(std::string_view text, std::string_view name, std::string_view context = "{}",
                             const CheckOptions& options = {}) {
  const Result<CheckContext> parsed = parse_check_context(context, "context.json");
  EXPECT_TRUE(parsed) << (parsed ? std::string() : to_string(parsed.error()));
  return shipped().check(text, name, parsed ? *parsed : CheckContext(), options);
}

}  // namespace berth::testing
