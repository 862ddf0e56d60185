// The run of the rules on one sheet, as findings.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "check/details.hpp"
#include "check/job_sheet.hpp"

namespace berth::checking {

struct Judge {
  const RuleSet& rules;
  const std::map<std::string, RuleDetails>& details;
  const CheckOptions& options;

  // Appends the findings of one config. Returns how many rules gave a verdict.
  std::size_t run(JobSheet& sheet, std::vector<Finding>& out) const;
  // One finding of a rule about an item, whatever its condition says: for the checker's own rules.
  [[nodiscard]] Finding about(const std::string& rule_id, FactSheet& facts, const Item& item) const;

 private:
  [[nodiscard]] bool wanted(const Rule& rule) const;
  [[nodiscard]] Finding fired(const RuleOutcome& outcome, JobSheet& sheet) const;
  void fired_each(const RuleOutcome& outcome, JobSheet& sheet, std::vector<Finding>& out) const;
  [[nodiscard]] Finding open(const RuleOutcome& outcome, JobSheet& sheet) const;
  void add_fix(const Rule& rule, const RuleDetails& details, JobSheet& sheet, const Item* item, Finding& out) const;
};

}  // namespace berth::checking
