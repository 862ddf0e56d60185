// Values of a fact at which a comparison turns, and the values that a search tries.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "rules/cells.hpp"

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using Kind = cel::Value::Kind;

std::optional<double> number_of(const cel::Value& value) {
  switch (value.kind) {
    case Kind::kInt: return static_cast<double>(value.i);
    case Kind::kUint: return static_cast<double>(value.u);
    case Kind::kDouble: return std::isfinite(value.d) ? std::optional(value.d) : std::nullopt;
    default: return std::nullopt;
  }
}

bool has_variable(const Expr& expr) {
  return expr.op == Op::kVariable ||
         std::any_of(expr.args.begin(), expr.args.end(), [](const Expr& arg) { return has_variable(arg); });
}

bool is_number_comparison(Op op) {
  return op >= Op::kEqual && op <= Op::kGreaterEqual;
}

// A value strictly between `from` and `to`, near `from` and with few digits.
double just_past(double from, double to) {
  const double gap = to - from;
  const double step = std::min(std::abs(gap) / 2, std::max(std::abs(from) * 0.01, 1e-9));
  const double value = from + (gap > 0 ? step : -step);
  for (int digits = 2; digits < 8; ++digits) {
    const double rounded = std::strtod(fmt::format("{:.{}g}", value, digits).c_str(), nullptr);
    const double share = (rounded - from) / gap;
    if (share > 0 && share <= 0.5) return rounded;
  }
  return value;
}

double clamp_end(const FactInfo& info, double value) {
  if (info.min) value = std::max(value, *info.min);
  if (info.max) value = std::min(value, *info.max);
  return value;
}

// Cells of the real line right and left of `now`: each cut itself, and the open cell beyond it.
std::vector<FactValue> real_others(const FactInfo& info, std::vector<double> cuts, double now) {
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<double> values;
  const auto far = [&](double from, double sign) {
    return clamp_end(info, from + sign * std::max(1.0, std::abs(from)));
  };
  const auto above = std::upper_bound(cuts.begin(), cuts.end(), now);
  for (auto at = above; at != cuts.end(); ++at) {
    values.push_back(*at);
    const double next = at + 1 != cuts.end() ? *(at + 1) : far(*at, 1);
    if (next > *at) values.push_back(just_past(*at, next));
  }
  for (auto at = std::lower_bound(cuts.begin(), cuts.end(), now); at != cuts.begin();) {
    --at;
    values.push_back(*at);
    const double next = at != cuts.begin() ? *(at - 1) : far(*at, -1);
    if (next < *at) values.push_back(just_past(*at, next));
  }
  // On a cut: the open cells on both sides of it.
  if (std::binary_search(cuts.begin(), cuts.end(), now)) {
    const double up = above != cuts.end() ? *above : far(now, 1);
    const auto here = std::lower_bound(cuts.begin(), cuts.end(), now);
    const double down = here != cuts.begin() ? *(here - 1) : far(now, -1);
    if (up > now) values.push_back(just_past(now, up));
    if (down < now) values.push_back(just_past(now, down));
  }
  std::vector<FactValue> out;
  for (const double value : values) {
    if ((!info.min || value >= *info.min) && (!info.max || value <= *info.max) && std::isfinite(value))
      out.emplace_back(value);
  }
  return out;
}

std::vector<FactValue> list_others(const std::vector<std::string>& words, const FactValue& now) {
  std::vector<FactValue> out;
  const auto* list = std::get_if<std::vector<std::string>>(&now);
  const std::vector<std::string> items = list != nullptr ? *list : std::vector<std::string>();
  for (const std::string& word : words) {
    std::vector<std::string> other = items;
    const auto at = std::find(other.begin(), other.end(), word);
    if (at != other.end())
      other.erase(at);
    else
      other.push_back(word);
    out.emplace_back(std::move(other));
  }
  if (!items.empty()) out.emplace_back(std::vector<std::string>());
  return out;
}

}  // namespace

std::optional<double> number_of(const FactValue& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(&value)) return *d;
  return std::nullopt;
}

void Cuts::add_thresholds(const cel::Program& program, std::span<const cel::Value> slots) {
  thresholds(program.root(), program, slots);
}

void Cuts::thresholds(const Expr& expr, const cel::Program& program, std::span<const cel::Value> slots) {
  if (expr.op == Op::kMacro) return;  // its variables have no values of their own
  if (is_number_comparison(expr.op)) {
    cel::Arena arena;
    for (const auto& [one, other] : {std::pair{0, 1}, std::pair{1, 0}}) {
      const Expr& side = expr.args[static_cast<std::size_t>(one)];
      const Expr& against = expr.args[static_cast<std::size_t>(other)];
      if (!has_variable(side) || (side.op == Op::kVariable && against.op == Op::kLiteral)) continue;
      if (const auto target = number_of(program.evaluate_part(against, slots, arena)))
        solve(side, *target, program, slots);
    }
  }
  for (const Expr& arg : expr.args) thresholds(arg, program, slots);
}

// Walks down to each variable of `side`, turning the operations around it.
void Cuts::solve(const Expr& side, double target, const cel::Program& program, std::span<const cel::Value> slots) {
  if (!std::isfinite(target)) return;
  if (side.op == Op::kVariable) return add_number(side.slot, target);
  if (side.op == Op::kNegate) return solve(side.args[0], -target, program, slots);
  if (side.op == Op::kInvoke && side.args.size() == 1) return solve(side.args[0], target, program, slots);  // double()
  if (side.args.size() != 2) return;
  cel::Arena arena;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    if (!has_variable(side.args[i])) continue;
    const auto other = number_of(program.evaluate_part(side.args[1 - i], slots, arena));
    if (!other) continue;
    double value = 0;
    switch (side.op) {
      case Op::kAdd: value = target - *other; break;
      case Op::kSubtract: value = i == 0 ? target + *other : *other - target; break;
      case Op::kMultiply: value = target / *other; break;
      case Op::kDivide: value = i == 0 ? target * *other : *other / target; break;
      default: continue;
    }
    solve(side.args[i], value, program, slots);
  }
}

std::vector<FactValue> Cuts::others(const FactInfo& info, std::uint32_t slot, const FactValue& now) const {
  const Slot& cuts = by_slot_[slot];
  const auto present = number_of(now);
  std::vector<FactValue> out;
  if (info.type == FactType::kStringList) {
    std::vector<std::string> words = cuts.words;
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    out = list_others(words, now);
  } else if (info.type == FactType::kDouble && present) {
    out = real_others(info, cuts.numbers, *present);
  } else if (info.type != FactType::kDouble || !cuts.numbers.empty()) {
    out = values(info, slot);
  }
  if (cuts.has) out.emplace_back();
  out.erase(std::remove(out.begin(), out.end(), now), out.end());
  std::stable_sort(out.begin(), out.end(), [&](const FactValue& a, const FactValue& b) {
    const auto x = number_of(a);
    const auto y = number_of(b);
    if (!present || !x || !y) return x.has_value() && !y.has_value();
    return std::abs(*x - *present) < std::abs(*y - *present);
  });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace berth
