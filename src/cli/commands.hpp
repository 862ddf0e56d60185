// What each command takes and the function that runs it. arguments.cpp fills these structs from the
// command line; command_<name>.cpp runs them. Nothing here knows CLI11.
//
// The namespace is berth::cli because some structs are named like the library's own options
// (berth::ProfileOptions, berth::RecommendOptions): write the library's with their full name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "berth/recommend.hpp"
#include "berth/rules.hpp"
#include "cli/terminal.hpp"

namespace berth::cli {

// The exit codes of the program (docs/reference/cli.md). CLI11's own never leave arguments.cpp.
enum ExitCode : int {
  kDone = 0,      // an answer, also an undecided one
  kFindings = 1,  // findings, or no feasible candidate
  kUsage = 2,     // wrong usage or unreadable input
  kFault = 3,     // a fault of berth's own
};

enum class Format : std::uint8_t { kJson, kText };

// Where rules, catalog and calibration come from; see inputs.hpp for the loaders.
struct KnowledgeOptions {
  std::string rules_dir;                  // --rules-dir: replaces the embedded data
  std::vector<std::string> catalog_dirs;  // --catalog: adds entries, replaces those of the same id
  std::string host;                       // --host: a file of `berth probe`
  std::string calibration;                // --calibration: replaces the embedded one
};

// Which workload documents to read, and what the command line changes in them.
struct DocumentOptions {
  std::vector<std::string> inputs;  // workload documents, model files or folders; "-" is stdin
  std::vector<std::string> set;     // --set KEY=VALUE and --task, --cloud, --region, --objective, in this form
  bool jsonl = false;               // one document a line in, one result a line out
  Format format = Format::kJson;
};

struct RecommendOptions {
  KnowledgeOptions knowledge;
  DocumentOptions documents;
  int top = 5;
  std::string as_of;  // ISO date; empty: the catalog's
  int flips = berth::RecommendOptions::kDefaultFlips;
  std::string why, why_not;  // explain one decision instead; at most one of the two
};
int run_recommend(const RecommendOptions& options, Terminal& terminal);

struct PlanOptions {
  KnowledgeOptions knowledge;
  DocumentOptions documents;
  int top = 5;
  std::string as_of;
};
int run_plan(const PlanOptions& options, Terminal& terminal);

struct EstimateOptions {
  KnowledgeOptions knowledge;
  DocumentOptions documents;
};
int run_estimate(const EstimateOptions& options, Terminal& terminal);

struct ProfileOptions {
  KnowledgeOptions knowledge;
  DocumentOptions documents;
  bool operators = false;                       // include the operator table
  std::optional<std::int64_t> batch;            // absent: the document's job.micro_batch, else 1
  std::optional<std::int64_t> sequence_length;  // absent: the document's job.sequence_length, else the model's
  std::string pass;                             // "forward", "decode", "training"; empty: from job.task, else forward
  bool precision = false;                       // measure the precision need on a sample of the weights
  std::optional<double> tolerance;              // of the measured error; implies precision
};
int run_profile(const ProfileOptions& options, Terminal& terminal);

struct CheckCommandOptions {
  KnowledgeOptions knowledge;
  std::vector<std::string> inputs;            // files or folders; "-" is stdin
  std::vector<std::string> formats, outputs;  // "sarif", "sarif=out.sarif"
  std::string context;                        // --context FILE
  std::string device;                         // --device ID
  std::optional<std::int64_t> devices_per_machine, machines;
  std::vector<std::string> versions;  // --framework NAME=VERSION
  std::string fail_on = "error";
  bool fail_on_unknown = false, exit_zero = false, show_open = false, no_estimates = false, no_suppress = false;
  bool fix = false, unsafe_fixes = false, diff = false, update_baseline = false, list_rules = false;
  std::vector<std::string> select, ignore;
  std::string baseline, explain, as_of;
  std::vector<std::string> companions;
  std::string suppression_file = ".berth.toml";
};
int run_check(const CheckCommandOptions& options, Terminal& terminal);

struct ExplainOptions {
  KnowledgeOptions knowledge;
  std::string rule;  // id or name
  Format format = Format::kText;
};
int run_explain(const ExplainOptions& options, Terminal& terminal);

struct RulesListOptions {
  KnowledgeOptions knowledge;
  Format format = Format::kText;
};
int run_rules_list(const RulesListOptions& options, Terminal& terminal);

// `rules check`: load and verify.
struct RulesCheckOptions {
  KnowledgeOptions knowledge;  // rules_dir is the DIR given
  Format format = Format::kText;
  std::string as_of;  // ISO date; empty: the latest date of the rules' sources
  RuleFamily family = RuleFamily::kRecommend;
};
int run_rules_check(const RulesCheckOptions& options, Terminal& terminal);

// `rules test`: run the tests that travel with the rules, and say which are missing.
struct RulesFolderOptions {
  KnowledgeOptions knowledge;  // rules_dir is the DIR given
  Format format = Format::kText;
  RuleFamily family = RuleFamily::kRecommend;
};
int run_rules_test(const RulesFolderOptions& options, Terminal& terminal);

// The bare engine: facts, one JSON object a line, to fired and undetermined rules, one line each.
struct RulesEvalOptions {
  KnowledgeOptions knowledge;
  std::string facts;  // path or "-"
  std::string rules;  // one rule file in place of the embedded set; empty: the set
  RuleFamily family = RuleFamily::kRecommend;
  bool trace = false;
  bool ids_only = false;
};
int run_rules_eval(const RulesEvalOptions& options, Terminal& terminal);

struct CelOptions {
  std::string cases;  // path or "-"
};
int run_cel(const CelOptions& options, Terminal& terminal);

enum class ReportLayout : std::uint8_t { kJson, kText, kMarkdown };

// How a calibration is fitted (FitOptions).
struct FitChoices {
  int iterations = 25;
  std::int64_t rows_per_source = 150;
  std::string id;
  std::string date;
};

// Error table of the estimates over measurements.
struct ValidateOptions {
  KnowledgeOptions knowledge;
  std::vector<std::string> inputs;  // measurements files (JSON Lines) or folders of them
  ReportLayout layout = ReportLayout::kText;
  bool leave_out = false;  // refit without each source, and score it with that
  FitChoices fit;
};
int run_validate(const ValidateOptions& options, Terminal& terminal);

// Fits a calibration to measurements.
struct CalibrateOptions {
  KnowledgeOptions knowledge;
  std::vector<std::string> inputs;
  bool leave_out = false;  // widths of the intervals from left-out sources
  bool quiet = false;
  std::string out;    // file to write; empty: standard output
  std::string folds;  // folder for the calibrations of the left-out sources; empty: not written
  FitChoices fit;
};
int run_calibrate(const CalibrateOptions& options, Terminal& terminal);

struct CatalogListOptions {
  KnowledgeOptions knowledge;
  std::string kind;  // "devices", "machines", "links", "services", "weight-formats"; empty: all
  Format format = Format::kText;
};
int run_catalog_list(const CatalogListOptions& options, Terminal& terminal);

struct CatalogShowOptions {
  KnowledgeOptions knowledge;
  std::string id;
  Format format = Format::kText;
};
int run_catalog_show(const CatalogShowOptions& options, Terminal& terminal);

struct SchemaOptions {
  KnowledgeOptions knowledge;
  std::string name;  // empty: lists the names
};
int run_schema(const SchemaOptions& options, Terminal& terminal);

// Measures this machine; prints a catalog file with the device "host".
struct ProbeOptions {
  double seconds = 0.4;  // for each figure
};
int run_probe(const ProbeOptions& options, Terminal& terminal);

// berth's version, the rule set's hash and the catalog's date.
int run_version(Terminal& terminal);

}  // namespace berth::cli
