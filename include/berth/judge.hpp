/// The rule engine without texts: for whoever judges many fact sheets with one rule set.
///
/// RuleSet::evaluate() answers with messages, decisions and lists of paths; this answers with numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "berth/rules.hpp"

namespace berth {

/// Judges many sheets, one after another, for verdicts alone: no texts are made, and nothing is allocated
/// once it is warm, but for what conditions make themselves. One thread's; `rules` must outlive it.
class Judge {
 public:
  explicit Judge(const RuleSet& rules);
  Judge(Judge&&) noexcept;
  Judge& operator=(Judge&&) noexcept;
  ~Judge();

  /// Runs the derive rules, then says of every rule, in id order and of both scopes, whether its condition
  /// holds: the verdicts that RuleSet::evaluate() gives. Valid until the next call. `sheet` must stay
  /// as it is while decisive() and missing() are asked.
  std::span<const Verdict> judge(FactSheet& sheet, std::string_view as_of = {});
  /// The same for many sheets in order: `use(i, verdicts)` after sheets[i]. Facts of the next sheets are
  /// fetched from memory meanwhile, which for thousands of sheets takes longer than judging them.
  template <class F>
  void judge_each(std::span<FactSheet> sheets, F use, std::string_view as_of = {}) {
    for (std::size_t i = 0; i < sheets.size(); ++i) {
      fetch_after(sheets, i);
      use(i, judge(sheets[i], as_of));
    }
  }

  /// Facts that decided rule number `rule` of the sheet last judged, by their index in RuleSet::facts(),
  /// sorted: of a true || the first true operand, of a false && the first false one, else all that are
  /// known. Valid until the next call of either. The trace of a rule costs about 20 ns a fact.
  std::span<const std::uint32_t> decisive(std::size_t rule);
  /// Of an undetermined rule the facts whose values it needs, likewise; else empty.
  std::span<const std::uint32_t> missing(std::size_t rule);

 private:
  static void fetch_after(std::span<FactSheet> sheets, std::size_t i);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth
