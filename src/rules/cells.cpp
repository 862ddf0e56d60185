#include "rules/cells.hpp"

#include <algorithm>
#include <cmath>

namespace berth {
namespace {

using cel::Expr;
using cel::Op;
using Kind = cel::Value::Kind;

bool is_comparison(Op op) {
  return op >= Op::kEqual && op <= Op::kIn;
}

bool is_literal(const Expr& expr) {
  return expr.op == Op::kLiteral || (expr.op == Op::kList && expr.folded);
}

// 9e15 is below 2^53: ints up to there are exact as doubles.
constexpr double kMaxWhole = 9e15;

std::vector<FactValue> whole_values(const FactInfo& info, const std::vector<double>& cuts) {
  std::vector<double> values;
  for (const double cut : cuts) {
    for (const double value : {std::floor(cut) - 1, std::floor(cut), std::ceil(cut), std::ceil(cut) + 1})
      values.push_back(value);
  }
  if (info.min) values.push_back(std::ceil(*info.min));
  if (info.max) values.push_back(std::floor(*info.max));
  if (values.empty()) values.push_back(0);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::vector<FactValue> out;
  for (const double value : values) {
    const bool inside =
        (!info.min || value >= *info.min) && (!info.max || value <= *info.max) && std::abs(value) <= kMaxWhole;
    if (inside) out.emplace_back(static_cast<std::int64_t>(value));
  }
  return out;
}

std::vector<FactValue> real_values(const FactInfo& info, std::vector<double> cuts) {
  if (info.min) cuts.push_back(*info.min);
  if (info.max) cuts.push_back(*info.max);
  if (cuts.empty()) cuts.push_back(0);
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<double> values;
  if (!info.min) values.push_back(cuts.front() - std::max(1.0, std::abs(cuts.front())));
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    values.push_back(cuts[i]);
    if (i + 1 < cuts.size()) values.push_back(cuts[i] + (cuts[i + 1] - cuts[i]) / 2);
  }
  if (!info.max) values.push_back(cuts.back() + std::max(1.0, std::abs(cuts.back())));
  std::vector<FactValue> out;
  for (const double value : values) {
    if ((!info.min || value >= *info.min) && (!info.max || value <= *info.max) && std::isfinite(value))
      out.emplace_back(value);
  }
  return out;
}

}  // namespace

std::optional<std::uint32_t> single_fact(const Expr& expr) {
  if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) return expr.slot;
  if (!is_comparison(expr.op)) return std::nullopt;
  if (expr.args[0].op == Op::kVariable && is_literal(expr.args[1])) return expr.args[0].slot;
  if (expr.args[1].op == Op::kVariable && is_literal(expr.args[0]) && expr.op != Op::kIn) return expr.args[1].slot;
  return std::nullopt;
}

void Cuts::compare(const Expr& fact, const Expr& with) {
  if (fact.op != Op::kVariable || !is_literal(with)) return;
  Slot& slot = by_slot_[fact.slot];
  const auto add = [&](const cel::Value& value) {
    if (value.is(Kind::kString)) slot.words.emplace_back(value.str());
    if (value.is(Kind::kInt)) slot.numbers.push_back(static_cast<double>(value.i));
    if (value.is(Kind::kUint)) slot.numbers.push_back(static_cast<double>(value.u));
    if (value.is(Kind::kDouble) && std::isfinite(value.d)) slot.numbers.push_back(value.d);
  };
  if (!with.literal.is(Kind::kList)) return add(with.literal);
  for (const cel::Value& item : with.literal.items()) add(item);
}

void Cuts::add(const Expr& expr) {
  if (expr.op == Op::kHasVariable) by_slot_[expr.slot].has = true;
  if (is_comparison(expr.op)) {
    compare(expr.args[0], expr.args[1]);
    compare(expr.args[1], expr.args[0]);
  }
  for (const Expr& arg : expr.args) add(arg);
}

std::vector<FactValue> Cuts::values(const FactInfo& info, std::uint32_t slot) const {
  const Slot& cuts = by_slot_[slot];
  std::vector<FactValue> out;
  switch (info.type) {
    case FactType::kBool: out = {FactValue(false), FactValue(true)}; break;
    case FactType::kInt: out = whole_values(info, cuts.numbers); break;
    case FactType::kDouble: out = real_values(info, cuts.numbers); break;
    case FactType::kEnum:
    case FactType::kString: {
      std::vector<std::string> words = info.values.empty() ? cuts.words : info.values;
      std::sort(words.begin(), words.end());
      words.erase(std::unique(words.begin(), words.end()), words.end());
      if (info.values.empty()) words.emplace_back("(any other)");
      for (std::string& word : words) out.emplace_back(std::move(word));
      break;
    }
    default: return {};
  }
  if (cuts.has) out.emplace_back();
  return out;
}

}  // namespace berth
