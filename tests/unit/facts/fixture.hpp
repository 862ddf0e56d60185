// The shipped facts schema, and sheets over it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "berth/data.hpp"
#include "berth/rules.hpp"
#include "berth/workload.hpp"
#include "facts/facts.hpp"

namespace berth::testing {

inline const std::vector<SourceFile>& shipped_files() {
  static const Result<std::vector<SourceFile>> files = read_data_folder(std::string(BERTH_SOURCE_DIR) + "/rules");
  static const std::vector<SourceFile> none;
  return files ? *files : none;
}

inline const RuleSet& shipped_rules() {
  static const Result<RuleSet> set = RuleSet::load(shipped_files());
  if (!set) {
    ADD_FAILURE() << to_string(set.error());
    std::abort();
  }
  return *set;
}

inline Workload read_workload(const std::string& text) {
  static const Result<Catalog> catalog = Catalog::load(shipped_files());
  Result<Workload> workload = parse_workload(text, "job.yaml", catalog ? *catalog : Catalog());
  if (!workload) {
    ADD_FAILURE() << to_string(workload.error());
    std::abort();
  }
  return std::move(*workload);
}

// The value as JSON text, "unknown" when not set.
inline std::string value(const FactSheet& sheet, std::string_view path) {
  const FactValue* found = sheet.get(path);
  return found == nullptr ? "unknown" : to_json(*found);
}

inline FactSheet document_sheet(const Workload& workload) {
  FactSheet sheet(shipped_rules());
  const Status status = add_document_facts(sheet, workload);
  EXPECT_TRUE(status) << (status ? "" : to_string(status.error()));
  return sheet;
}

}  // namespace berth::testing
