/// `berth check`: training configs judged by rules, before a machine is rented.
///
/// A config's fields (configs.hpp), the model, the hardware and berth's own estimates become facts; the
/// rules of rules/check/ judge them. A rule whose facts are not all known yields a finding of level
/// kOpen ("not checked: needs …"): nothing is guessed. This header holds no judgement of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/configs.hpp"
#include "berth/diagnostic.hpp"
#include "berth/estimate.hpp"
#include "berth/result.hpp"
#include "berth/rules.hpp"
#include "berth/source_file.hpp"

namespace berth {

/// One replacement in a text: [line:column, end_line:end_column) becomes `text`. Columns count bytes.
struct TextEdit {
  int line = 0, column = 0, end_line = 0, end_column = 0;
  std::string text;
};

/// The smallest change that mends a finding.
struct FindingFix {
  std::string description;
  bool safe = false;            ///< keeps the meaning, or does what the author plainly meant
  std::vector<TextEdit> edits;  ///< in document order; empty: to be done by hand
};

enum class BaselineState : std::uint8_t { kNone, kNew, kUnchanged };

struct Finding {
  std::string rule_id;
  std::string rule_name;
  Severity level = Severity::kWarning;
  std::string message;
  SourceSpan span;       ///< line is at least 1
  std::string key_path;  ///< of the key that it belongs on; the key may be missing from the file
  std::string value;     ///< as written; empty for missing keys and whole sections
  std::optional<FindingFix> fix;
  std::vector<std::pair<std::string, std::string>> because;  ///< facts that decided, values as JSON text
  std::vector<std::string> missing;                          ///< kOpen: facts that are needed
  bool suppressed = false;
  std::string suppression_reason;
  BaselineState baseline = BaselineState::kNone;
};

/// What a file turned out to be.
struct CheckedDocument {
  std::string ecosystem;  ///< Detection::answer()
  std::vector<std::string> evidence;
  std::string why;  ///< for fragments, templates, others and unparsable files
};

/// All about one file.
struct FileReport {
  std::string file;
  std::string text;                        ///< for carets, fixes and fingerprints
  std::vector<CheckedDocument> documents;  ///< one a document of the file
  std::vector<Finding> findings;           ///< by line, column, rule id
  std::size_t rules_judged = 0;            ///< rules with a verdict: fired or not
};

/// Dimensions of a model that the context gives.
struct ContextModel {
  std::string id, architecture, block_class;
  std::optional<std::string> position;  ///< "learned", "rotary", …
  std::optional<double> parameters;
  std::optional<std::int64_t> layers, hidden, heads, kv_heads, head_dim, ffn, vocab, max_positions, experts,
      experts_per_token;
};

/// What the config doesn't hold: hardware, model, data and software. Every field may be unknown.
struct CheckContext {
  std::optional<std::string> device_class;  ///< "gpu", "tpu", "cpu", …
  std::optional<std::string> sku;           ///< "A100-80GB", a catalog id, …
  std::optional<std::int64_t> devices_per_machine, machines;
  std::optional<std::int64_t> cores;  ///< TPU cores, where the software counts those
  std::optional<double> memory_gib, compute_capability, host_memory_gib, disk_gib, nvme_gib;
  std::optional<ContextModel> model;
  std::vector<std::string> modules;          ///< names of the model's linear layers
  std::map<std::string, std::string> words;  ///< task, launcher, distribution, strategy, client_optimizer
  std::optional<bool> saves_model;
  std::optional<double> dataset_samples, dataset_mean_tokens;
  std::optional<std::int64_t> checkpoint_tensor_parallel;
  std::map<std::string, std::string> versions;    ///< by package: "transformers" -> "4.46.1"
  std::map<std::string, std::string> referenced;  ///< files that configs name, by the path as written
  bool overrides_known = false;                   ///< the command line's overrides are known: there are none
};

/// Reads a context file, JSON or YAML: `hardware`, `model`, `task`, `dataset`, `referenced`, `versions`, …
/// (docs/guide/check.md). Groups that berth doesn't know are left alone.
/// Errors: kInvalid, located. Thread-safe.
Result<CheckContext> parse_check_context(std::string_view text, std::string_view name);

/// What is judged, and how much is said.
struct CheckOptions {
  std::vector<std::string> select;  ///< prefixes of rule ids or names; empty: all
  std::vector<std::string> ignore;
  std::string as_of;      ///< ISO date for rules that are in force for a time; empty: all are
  std::string today;      ///< ISO date that suppressions with `until=` are held against; empty: none expires
  bool estimates = true;  ///< false: arithmetic and schema only, nothing is estimated
  bool suppressions = true;
  /// Suppressions of JSON files, which hold no comments: the text of .berth.toml, or empty.
  std::string suppression_file;
  std::string suppression_file_name;
  /// Files that go with every config: an accelerate file, a training runtime, a cluster object. They fill in what a
  /// config leaves to its launcher.
  std::vector<SourceFile> companions;
  /// Text of a file that the config names, relative to the config; empty: none is read.
  std::function<std::optional<std::string>(const std::string& path)> resolve;
};

/// What a rule says beyond the engine's fields: for documentation, SARIF and fixes.
struct CheckRuleDoc {
  std::string why;        ///< what goes wrong and when it shows
  std::string error;      ///< the message that users see, or empty
  std::string bad, good;  ///< snippets
  std::string fix;
  bool safe = false;
};

class Checker {
 public:
  /// Loads rules ("berth/check-rules/v1"), their facts, formats, the table of models
  /// ("berth/models/v1"), device names and key lists out of `files`. The catalog and calibration must
  /// outlive the checker. Errors: kInvalid, located.
  static Result<Checker> load(std::span<const SourceFile> files, const Catalog& catalog,
                              const Calibration& calibration);
  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;
  ~Checker();

  /// Judges one file. Never fails: what can't be read is answered as such. Thread-safe.
  /// Cost: linear in the text, plus about 0.1 ms for the rules and 0.05 ms for an estimate.
  [[nodiscard]] FileReport check(std::string_view text, std::string_view name, const CheckContext& context,
                                 const CheckOptions& options = {}) const;

  [[nodiscard]] const RuleSet& rules() const;
  [[nodiscard]] const ConfigFormats& formats() const;
  /// nullptr for an unknown id.
  [[nodiscard]] const CheckRuleDoc* doc(std::string_view rule_id) const;

  struct State;

 private:
  explicit Checker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Puts edits into a text. Overlapping edits: the later one is left out.
std::string apply_edits(std::string_view text, std::vector<TextEdit> edits);

/// What stays the same when lines move: over rule, file, key path and value. 16 hex digits.
std::string fingerprint(const Finding& finding);
/// The hash that GitHub's upload action gives each line, with the ":n" of its occurrence; element 0 is line 1:
/// github/codeql-action src/fingerprints.ts.
std::vector<std::string> line_hashes(std::string_view text);

/// A baseline: one JSON object a line, {"rule":…,"file":…,"key_path":…,"fingerprint":…}, sorted.
std::string write_baseline(std::span<const FileReport> reports);
struct StaleEntry {
  std::string rule, file, key_path;
};
/// Marks findings as new or unchanged, with multiplicity. Returns the entries that no longer occur.
/// Errors: kInvalid, located.
Result<std::vector<StaleEntry>> apply_baseline(std::vector<FileReport>& reports, std::string_view text,
                                               std::string_view name);

}  // namespace berth
