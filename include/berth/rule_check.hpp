/// Rule sets checked without a case at hand: static verification, and the tests that travel with the rules.
///
/// Knows nothing of what the facts mean. Which checks there are: docs/guide/rule-files.md.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "berth/result.hpp"
#include "berth/rules.hpp"
#include "berth/source_file.hpp"

namespace berth {

/// A fault of the rule set, found without facts.
struct RuleFinding {
  std::string check;  ///< "never_true", "subsumed", "gap", …: docs/guide/rule-files.md lists them
  std::string rule;   ///< id; empty when it is about no single rule
  std::string other;  ///< the other rule, option, dimension or fact that it is about
  std::string message;
  std::string fix;       ///< how to mend it, where there is more to say
  std::string severity;  ///< "error", "warning", "note"
  /// False: possible. `doubt` then says why: what was only sampled, or that the search gave up.
  bool proven = true;
  std::string doubt;
  /// Facts that show it, as JSON text by path; they leave unknown what doesn't matter. With them the rules
  /// `fires` fire, and the rules `silent` neither fire nor stay open. nullopt: no sheet could show it.
  std::optional<std::vector<std::pair<std::string, std::string>>> witness;
  std::vector<std::string> fires, silent;
  std::string allowed;  ///< the reason that the rule file gives; empty: the finding stands
  SourceSpan span;
};

struct VerifyOptions {
  std::string as_of;  ///< ISO date that `until` is held against; empty: the latest date of the rules' sources
  RuleFamily family = RuleFamily::kRecommend;  ///< which rules of the files (check_rules)
};
/// Verifies the rules against each other; docs/guide/rule-files.md lists the checks.
/// Method: the constants of the conditions cut the facts' domains into cells, and one value of each is tried,
/// pruned by what is decided already. Every witness is a sheet on which the conditions were evaluated.
/// Cost: under a second for some hundred rules. Thread-safe.
std::vector<RuleFinding> verify(const RuleSet& rules, const VerifyOptions& options = {});

/// What there is to say of the files of a rule set, also where they don't load.
struct RuleCheck {
  std::string hash;
  std::size_t rules = 0;              ///< that could be read
  std::vector<RuleFinding> findings;  ///< by rule; those about no rule last
};
/// verify(), with every fault of a single rule that keeps the set from loading as a finding of its own:
/// "malformed", "unknown_fact", "type_error", "outside_domain", "bad_pattern", "unknown_target",
/// "duplicate_id", "dependency_cycle", "bad_test". The rules that can be read are verified without the others.
/// Errors: kInvalid, located, where facts or decisions can't be read. Thread-safe.
Result<RuleCheck> check_rules(std::span<const SourceFile> files, const VerifyOptions& options = {});

/// One test that travels with a rule.
struct RuleTestResult {
  const Rule* rule = nullptr;
  int index = 0;  ///< in the rule's "tests", from 0
  Verdict expected = Verdict::kNot, found = Verdict::kNot;
  SourceSpan span;
  [[nodiscard]] bool passed() const { return expected == found; }
};
/// Runs the tests of all rules, in id order. Thread-safe.
std::vector<RuleTestResult> run_tests(const RuleSet& rules);
/// The findings "no_test" and "no_boundary_test" of verify(): rules without a test in which they fire, don't
/// fire, or stay open, as far as they can; and comparisons whose sides no test makes equal. Thread-safe.
std::vector<RuleFinding> missing_tests(const RuleSet& rules);

}  // namespace berth
