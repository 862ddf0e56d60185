/// The rule engine: typed facts in, fired / not / undetermined out, with decisions and a trace.
///
/// Knows rule files and the facts schema; knows nothing of estimates or of machine learning. The
/// language of conditions is CEL (docs/guide/language.md). A RuleSet is immutable after loading and
/// may be shared between threads; a FactSheet belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "berth/result.hpp"
#include "berth/source_file.hpp"

namespace berth {

/// A fact's value. std::monostate is JSON null: known to be absent.
using FactValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;
/// The value as JSON text: `"pytorch"`, `4096`, `null`. Thread-safe.
std::string to_json(const FactValue& value);

/// Where a fact's value comes from. kAssumption: the document doesn't say, and that means something of its
/// own (a wish that isn't stated is none).
struct Origin {
  enum class Kind : std::uint8_t { kDocument, kModel, kCatalog, kEstimate, kRule, kOption, kAssumption };
  Kind kind = Kind::kDocument;
  std::string text;  ///< rule id, catalog id, figure, or flag
  SourceSpan span;
};
/// "document", "model", "catalog", "estimate", "rule", "option", "assumption". Thread-safe.
const char* to_string(Origin::Kind kind);

enum class FactType : std::uint8_t { kBool, kInt, kDouble, kString, kEnum, kStringList };

/// One row of rules/facts.json.
struct FactInfo {
  std::string path;
  FactType type = FactType::kBool;
  std::vector<std::string> values;  ///< enums: the closed domain
  std::optional<double> min, max;   ///< numbers
  std::string unit;
  std::string doc;
  std::string ask;         ///< how to ask a user for it; empty: not to be asked
  std::string mutable_by;  ///< "none", "user", "derived", "catalog"
  double change_cost = 1;
};

enum class Effect : std::uint8_t { kDerive, kRequire, kVeto, kRecommend, kCheck };
const char* to_string(Effect effect);
/// kWorkload rules are judged once per document, kCandidate rules once per candidate machine.
enum class Scope : std::uint8_t { kWorkload, kCandidate };

struct RuleSource {
  std::string title, url, locator, retrieved;
};

/// A finding of verify() that is meant, with the reason: `allow` of a rule or a decision.
struct Allowance {
  std::string finding;  ///< its check: "subsumed"
  std::string with;     ///< the other rule, option or fact it is about; empty: any
  std::string where;    ///< gap, total_veto: CEL; the finding is meant where this holds. Empty: everywhere
  std::string reason;
  SourceSpan span;
};

/// One rule as written in its file.
struct Rule {
  std::string id;    ///< "BRT1004"
  std::string name;  ///< "cpu-when-prototyping"
  std::string title;
  std::vector<std::string> seed;  ///< rows of the seed chapter's criteria: "A8"
  std::string since, until;       ///< ISO dates, empty open
  Scope scope = Scope::kWorkload;
  std::string when;  ///< CEL
  Effect effect = Effect::kRecommend;
  std::string dimension, option;   ///< of `target` "dimension=option"; derive: dimension is the fact
  double weight = 0;               ///< recommend: negative is against
  std::string value;               ///< derive: CEL
  std::vector<std::string> facts;  ///< require: facts that must be known before `dimension` is decided
  std::string statement, message, fix;
  RuleSource source;
  std::vector<std::string> tags;
  std::string severity;  ///< check: "error", "warning", "note"
  std::vector<Allowance> allow;
  SourceSpan span;  ///< of the rule in its file
};

enum class Verdict : std::uint8_t { kNot, kFired, kUndetermined };

struct RuleOutcome {
  const Rule* rule = nullptr;
  Verdict verdict = Verdict::kNot;
  std::vector<std::string> missing;  ///< kUndetermined: facts whose value is needed, sorted
  std::string message;               ///< kFired: `message` with its {expressions} filled in; else empty
  /// kNot only, else empty: why the condition has no answer ("division by zero", a null where a number
  /// is needed) or why the rule is not in force.
  std::string note;
};

/// How a dimension's winner is found: kScore vetoes, then the highest sum of weights; kCollect every
/// option recommended and not vetoed; kUnique exactly one option may be recommended; kPriority the
/// recommended option that stands first in the declaration; kAny any one, all must agree.
enum class HitPolicy : std::uint8_t { kScore, kUnique, kPriority, kAny, kCollect };

struct OptionStanding {
  std::string option;
  double low = 0, high = 0;        ///< sum of weights: undetermined rules count min(0,w)..max(0,w)
  Verdict vetoed = Verdict::kNot;  ///< kUndetermined: at risk
  bool recommended = false;        ///< at least one recommend rule with positive weight fired
  std::vector<std::string> by;     ///< ids of rules that fired on it
};

/// What the rules say of one dimension.
struct Decision {
  std::string dimension;
  bool decided = false;                   ///< no missing fact can change it
  std::string chosen;                     ///< best option so far; empty: none recommended or a tie
  std::vector<std::string> collected;     ///< kCollect
  std::vector<OptionStanding> standings;  ///< in declaration order
  std::vector<std::string> missing;       ///< facts that could change it, most settling first
};

struct Evaluation {
  std::vector<RuleOutcome> outcomes;  ///< rules of the scope in id order; kNot ones included
  std::vector<Decision> decisions;    ///< dimensions of the scope, in declaration order
};

/// A part of a condition that settled it, with what it came to.
struct TraceLeaf {
  std::string text;   ///< "job.batch >= 256"; of exists() and all() the condition of the element that settled it
  std::string value;  ///< "true", "false", "unknown", or "error: division by zero"
  std::vector<std::string> facts;  ///< that it reads, sorted
};

/// How a rule's condition came to its answer.
struct RuleTrace {
  /// The decisive parts only: of a true || the branch that was true, of a false && the one that was false,
  /// of an undetermined condition those that are open.
  std::vector<TraceLeaf> leaves;
  std::string residual;  ///< undetermined: what is left of the condition; else empty
};

class RuleSet;

/// The facts of one case: a value, null or nothing (unknown) per declared fact.
class FactSheet {
 public:
  explicit FactSheet(const RuleSet& rules);
  FactSheet(const FactSheet&);
  FactSheet& operator=(const FactSheet&);
  FactSheet(FactSheet&&) noexcept;
  FactSheet& operator=(FactSheet&&) noexcept;
  ~FactSheet();

  /// Sets a fact. Errors: kNotFound (with "did you mean") for an undeclared path; kInvalid for a value
  /// of the wrong type or outside its domain. A double fact takes an int.
  Status set(std::string_view path, FactValue value, Origin origin = {});
  /// Makes a fact unknown again. Errors: kNotFound.
  Status clear(std::string_view path);
  /// Remembers which facts are known; forget_since_mark() makes every other one unknown again. For trying
  /// many candidates on one sheet: a fact that was known before and is overwritten keeps its new value.
  /// Cost: one pass over the declared facts.
  void mark();
  void forget_since_mark();
  /// nullptr when unknown or undeclared.
  [[nodiscard]] const FactValue* get(std::string_view path) const;
  /// The same by the fact's index in RuleSet::facts(). Precondition: there is such a fact.
  [[nodiscard]] const FactValue* value_of(std::size_t fact) const;
  [[nodiscard]] const Origin* origin(std::string_view path) const;

  /// For the library's own use: defined in no public header.
  struct State;
  [[nodiscard]] State& state() { return *state_; }
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  friend class RuleSet;
  std::unique_ptr<State> state_;
};

/// Which rules of the data files: those that recommend ("berth/rules/v1"), or those that judge training
/// configs ("berth/check-rules/v1"), which may also name the facts of "berth/check-facts/v1".
enum class RuleFamily : std::uint8_t { kRecommend, kCheck };

class RuleSet {
 public:
  /// Reads the facts schema ("berth/facts/v1"), decisions ("berth/decisions/v1") and rule files
  /// ("berth/rules/v1"), told apart by their "schema"; for kCheck see RuleFamily. Conditions are parsed and
  /// type-checked.
  /// Errors: kInvalid with file:line:column and "did you mean" for unknown facts, enum values outside
  /// their domain, unknown dimensions or options, duplicate ids, dependency cycles of derive rules.
  static Result<RuleSet> load(std::span<const SourceFile> files, RuleFamily family = RuleFamily::kRecommend);

  /// Reads one self-contained file: facts as nested groups of type words, and rules whose target is one
  /// word (docs/guide/rule-files.md, "The neutral form").
  /// Errors: kInvalid, located.
  static Result<RuleSet> load_file(const SourceFile& file);

  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;
  ~RuleSet();

  [[nodiscard]] std::span<const Rule> rules() const;      ///< in id order
  [[nodiscard]] std::span<const FactInfo> facts() const;  ///< in path order
  [[nodiscard]] const Rule* find(std::string_view id_or_name) const;
  /// 16 hex digits over all files read; equal sets give equal hashes.
  [[nodiscard]] const std::string& hash() const;

  /// Runs the derive rules, then all others of `scope`, on `sheet`. Derived facts stay in `sheet`.
  /// @param as_of  ISO date that since/until are held against; empty: every rule is in force
  /// Cost: linear in the rules. Thread-safe for different sheets.
  Evaluation evaluate(FactSheet& sheet, Scope scope, std::string_view as_of = {}) const;

  /// Facts that decided a rule's outcome, with their values as JSON text: the decisive leaves only.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> decisive(const Rule& rule,
                                                                          const FactSheet& sheet) const;
  /// The decisive parts of the rule's condition on `sheet`, as it stands since the last evaluate().
  [[nodiscard]] RuleTrace trace(const Rule& rule, const FactSheet& sheet) const;
  /// What is left of the rule's condition once the known facts are put in: "job.batch > 4". A decided
  /// condition leaves "true" or "false".
  [[nodiscard]] std::string residual(const Rule& rule, const FactSheet& sheet) const;

  /// For the library's own use: defined in no public header.
  struct State;
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  friend class FactSheet;
  explicit RuleSet(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// One fact changed.
struct FactChange {
  std::string fact;
  FactValue from, to;
};

/// A set of changes after which another option is chosen.
struct Flip {
  std::vector<FactChange> changes;  ///< by path
  double cost = 0;                  ///< sum of the facts' change_cost
  std::string then;                 ///< the option chosen then; empty: none
};

struct FlipOptions {
  int max_facts = 2;          ///< changed together, 1 to 3
  std::size_t max_flips = 5;  ///< returned
  std::size_t max_evaluations = 20000;
  std::string as_of;  ///< as in evaluate
};

struct FlipSearch {
  std::vector<Flip> flips;  ///< cheapest first, then fewest facts, then by path
  int proven_up_to = 0;     ///< all changes of so many facts were tried: smaller ones don't exist
  std::size_t evaluations = 0;
};

/// The smallest changes of known facts with mutable_by "user" that change what `dimension` chooses.
/// Constants that rules compare a fact with cut its domain into cells; one value a cell is tried, the
/// one nearest to the present value, so the search is exact for conditions over single facts. Every
/// flip comes out of a full evaluation. Changes that contain a smaller flip are left out.
/// Facts that code computes from others (estimates) stay as they are: re-estimate to search over those.
/// Errors: kNotFound for an unknown dimension (with "did you mean").
/// Cost: about n evaluations for one fact and n^2/2 for two, n the number of cells (some 60 for 16
/// rules). Thread-safe.
Result<FlipSearch> would_change(const RuleSet& rules, const FactSheet& sheet, std::string_view dimension,
                                const FlipOptions& options = {});

}  // namespace berth
