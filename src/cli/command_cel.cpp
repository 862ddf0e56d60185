#include <ostream>

#include "cel/cases.hpp"
#include "cli/commands.hpp"

namespace berth::cli {

int run_cel(const CelOptions& options, Terminal& terminal) {
  const Result<std::string> text = terminal.read(options.cases);
  if (!text) return terminal.report(text.error());
  const Result<cel::CaseReport> report = cel::run_cases(*text, options.cases);
  if (!report) return terminal.report(report.error());
  for (const std::string& failure : report->failures) terminal.out() << failure << "\n";
  for (const cel::TierCount& tier : report->tiers) terminal.out() << cel::to_string(tier) << "\n";
  return report->passed() ? kDone : kFindings;
}

}  // namespace berth::cli
