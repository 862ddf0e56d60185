// The constants that conditions compare a fact with cut its domain into cells, inside which no
// comparison changes; one value a cell stands for all of it.
#pragma once

#include <cstdint>
#include <vector>

#include "rules/state.hpp"

namespace berth {

// Of an int or a double.
std::optional<double> number_of(const FactValue& value);

// The literals that some conditions compare each fact with.
class Cuts {
 public:
  explicit Cuts(std::size_t facts) : by_slot_(facts) {}
  void add(const cel::Expr& expr);
  // Adds the values of single facts at which a comparison with something that isn't a literal turns (another
  // fact, a sum, a product), the other facts being what `slots` says: `job.batch >= policy.large_batch` cuts
  // job.batch at the policy's present value.
  void add_thresholds(const cel::Program& program, std::span<const cel::Value> slots);
  void add_number(std::uint32_t slot, double cut) { by_slot_[slot].numbers.push_back(cut); }
  // The values to try in place of `now`, nearest first: of each cell the end that is nearest; the words of an
  // enum; a list with or without each word that is looked for in it; null where has() is asked.
  [[nodiscard]] std::vector<FactValue> others(const FactInfo& info, std::uint32_t slot, const FactValue& now) const;
  // One value of each cell of the fact, in order; all words of an enum. Empty: the fact is of a kind
  // whose values can't be listed (lists).
  [[nodiscard]] std::vector<FactValue> values(const FactInfo& info, std::uint32_t slot) const;
  // has() is asked of the fact, so null is a cell of its own.
  [[nodiscard]] bool asks_has(std::uint32_t slot) const { return by_slot_[slot].has; }

 private:
  struct Slot {
    std::vector<double> numbers;
    std::vector<std::string> words;
    bool has = false;
  };
  void compare(const cel::Expr& fact, const cel::Expr& with);
  void solve(const cel::Expr& side, double target, const cel::Program& program, std::span<const cel::Value> slots);
  void thresholds(const cel::Expr& expr, const cel::Program& program, std::span<const cel::Value> slots);
  std::vector<Slot> by_slot_;
};

// Is `expr` a comparison of one fact with literals, a plain bool fact, or has()? Then its slot.
std::optional<std::uint32_t> single_fact(const cel::Expr& expr);

}  // namespace berth
