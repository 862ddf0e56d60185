// From options to what the library takes: the knowledge (catalog, rules, calibration) and workloads.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "berth/catalog.hpp"
#include "berth/estimate.hpp"
#include "berth/measurements.hpp"
#include "berth/report.hpp"
#include "berth/result.hpp"
#include "berth/rules.hpp"
#include "berth/workload.hpp"
#include "cli/commands.hpp"

namespace berth::cli {

// The data files that the options name: embedded or --rules-dir, then every --catalog folder.
Result<std::vector<SourceFile>> load_files(const KnowledgeOptions& options);
Result<Catalog> load_catalog(const KnowledgeOptions& options);
Result<RuleSet> load_rules(const KnowledgeOptions& options, RuleFamily family = RuleFamily::kRecommend);
Result<Calibration> load_calibration(const KnowledgeOptions& options, Terminal& terminal);

// All three, read once.
struct Knowledge {
  Catalog catalog;
  RuleSet rules;
  Calibration calibration;
};
Result<Knowledge> load_knowledge(const KnowledgeOptions& options, Terminal& terminal);
Stamp stamp_of(const Knowledge& knowledge);

// The measurements of all files; folders stand for the *.jsonl files in them, in order of their names.
Result<std::vector<Measurement>> load_measurement_files(const std::vector<std::string>& inputs, const Catalog& catalog,
                                                        Terminal& terminal);

// How an answer is to be written.
enum class Layout : std::uint8_t { kJson, kJsonLine, kText };

// One answer: the text to print (with its last newline) and the exit code that it means.
struct Answer {
  std::string text;
  int exit_code = kDone;
};
// Called from several threads at once under --jsonl.
using Answerer = std::function<Result<Answer>(const Workload& workload, Layout layout)>;

// Reads every input as a workload, answers it, and prints the answers in order. Several inputs give
// one line each. With --jsonl each line of each input is a document; a bad line gives
// {"error":{…}} on its own line. Returns the program's exit code: the worst of all.
int answer_documents(const DocumentOptions& options, const Catalog& catalog, Terminal& terminal,
                     const Answerer& answer);

}  // namespace berth::cli
