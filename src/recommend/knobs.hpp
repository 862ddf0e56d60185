// The facts of a document that a user can change, with the values worth trying.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recommend/session.hpp"
#include "rules/cells.hpp"

namespace berth {

bool is_above(const FactValue& value, const FactValue& than);

struct Knob {
  std::uint32_t slot = 0;
  std::string path;
  FactValue now;
  std::vector<FactValue> values;  // nearest first
  double cost = 1;                // of changing it
  bool is_ladder = false;         // a number that estimates read: values are doublings and halvings
};

class Knobs {
 public:
  explicit Knobs(const Session& base);

  // The cheap ones to try first, then by the cost of the change, then by path.
  [[nodiscard]] const std::vector<Knob>& all() const { return knobs_; }

  // False when no rule that can reach the answer says anything else with `value`, in any of the pipeline's
  // stages: then the answer is the same, whatever the value.
  [[nodiscard]] bool matters(const Knob& knob, const FactValue& value);

 private:
  void find_rules();
  void add_cuts(class Cuts& cuts);
  [[nodiscard]] std::vector<std::uint32_t> readers(std::uint32_t slot) const;

  const Session& base_;
  const RuleSet::State& set_;
  std::vector<std::uint32_t> rules_;      // that can reach the answer, with what they are derived from
  std::vector<std::vector<bool>> reads_;  // as rules_ stand
  std::vector<FactSheet> stages_;
  std::vector<Knob> knobs_;
};

}  // namespace berth
