// Dimensions: regions without an answer, rules that speak at once where only one may, options that are never
// chosen, and rules that never change what is decided.
#include <fmt/format.h>

#include <algorithm>

#include "rules/verifier.hpp"

namespace berth {
namespace {

constexpr std::size_t kSheetsPerRegion = 50000;
constexpr std::size_t kSheetsPerDifference = 4000;

bool same_outcome(const Decision& a, const Decision& b) {
  if (a.chosen != b.chosen || a.collected != b.collected) return false;
  // A dimension of one option decides nothing by itself: its score and its vetoes are what others read.
  if (a.standings.size() > 1) return true;
  return a.standings[0].vetoed == b.standings[0].vetoed &&
         (a.standings[0].vetoed == Verdict::kFired || a.standings[0].low == b.standings[0].low);
}

std::vector<std::uint32_t> fired(World& world, const std::vector<std::uint32_t>& rules) {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t rule : rules) {
    if (world.truth(rule) == Truth::kTrue) out.push_back(rule);
  }
  return out;
}

std::vector<std::uint32_t> without(std::vector<std::uint32_t> rules, std::uint32_t rule) {
  rules.erase(std::remove(rules.begin(), rules.end(), rule), rules.end());
  return rules;
}

void append(std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Verifier::Sides Verifier::sides(std::size_t decision) const {
  Sides out;
  const std::size_t options = set_.decisions[decision].options.size();
  out.recommend.resize(options);
  out.against.resize(options);
  out.veto.resize(options);
  for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
    const CompiledRule& compiled = set_.compiled[i];
    if (compiled.decision != static_cast<int>(decision) || compiled.option < 0) continue;
    const auto option = static_cast<std::size_t>(compiled.option);
    const Rule& rule = set_.rules[i];
    if (rule.effect == Effect::kVeto)
      out.veto[option].push_back(i);
    else if (rule.effect == Effect::kRecommend)
      (rule.weight > 0 ? out.recommend : out.against)[option].push_back(i);
    else
      continue;
    out.all.push_back(i);
    if (rule.effect == Effect::kRecommend && rule.weight > 0) out.all_recommend.push_back(i);
  }
  return out;
}

void Verifier::decisions() {
  for (std::size_t d = 0; d < set_.decisions.size(); ++d) {
    const DecisionInfo& info = set_.decisions[d];
    const Sides sides = this->sides(d);
    const bool one = info.options.size() > 1 && info.policy != HitPolicy::kCollect;
    if (info.policy == HitPolicy::kUnique || info.policy == HitPolicy::kAny) overlaps(info, sides);
    if (one && !sides.all_recommend.empty()) {
      Goal gap;
      gap.silent = sides.all_recommend;
      regions(info, "gap", gap, fmt::format("no rule recommends anything for {}", info.dimension));
    }
    if (one) {
      Goal vetoed;
      vetoed.one_of = sides.veto;
      regions(info, "total_veto", vetoed, fmt::format("every option of {} is vetoed", info.dimension));
    }
    if (info.options.size() > 1) unreachable(d, sides);
    never_decides(d, sides);
  }
}

// Two rules that speak for different options at once.
void Verifier::overlaps(const DecisionInfo& info, const Sides& sides) {
  for (std::size_t a = 0; a < info.options.size(); ++a) {
    for (std::size_t b = a + 1; b < info.options.size(); ++b) {
      for (const std::uint32_t i : sides.recommend[a]) {
        for (const std::uint32_t j : sides.recommend[b]) {
          Goal both;
          both.fire = {i, j};
          both.silent = sides.veto[a];
          append(both.silent, sides.veto[b]);
          const Answer sheet = search_.find(both, kSheetsPerRegion);
          if (sheet.proven_none()) continue;
          RuleFinding& finding = add("overlap", std::max(i, j), "error",
                                     fmt::format("{} and it recommend different options of {} at once, {} and {}",
                                                 id(std::min(i, j)), info.dimension, info.options[a], info.options[b]));
          finding.other = id(std::min(i, j));
          if (!sheet.found()) doubt(finding, sheet);
          show(finding, sheet, {i, j}, both.silent);
        }
      }
    }
  }
}

// A region of sheets that should not be there: what lies in the regions that the decision allows is shown as
// allowed, the rest as a finding.
void Verifier::regions(const DecisionInfo& info, const char* check, const Goal& goal, const std::string& message) {
  std::vector<std::pair<const Allowance*, cel::Program>> allowed;
  for (const Allowance& allowance : info.allow) {
    if (allowance.finding != check || allowance.where.empty()) continue;
    Result<cel::Program> program = cel::Program::compile(allowance.where, set_.environment, cel::Checking::kOn);
    if (program) allowed.emplace_back(&allowance, std::move(*program));
  }
  Rules fire_there;  // of the vetoes, on the sheet found
  const auto report = [&](const Answer& sheet) -> RuleFinding& {
    RuleFinding& finding = add(check, info, "warning", message);
    if (!sheet.found()) doubt(finding, sheet);
    show(finding, sheet, {}, goal.silent);
    finding.fires = ids(fire_there);
    return finding;
  };
  Goal outside = goal;
  for (const auto& [allowance, program] : allowed)
    outside.parts.push_back({&program, &program.root(), Goal::Wanted::kNotTrue});
  outside.last = [&](World& world) {
    fire_there.clear();
    for (const Rules& rules : goal.one_of) append(fire_there, fired(world, rules));
    return true;
  };
  const Answer sheet = search_.find(outside, kSheetsPerRegion);
  if (!sheet.proven_none()) report(sheet);
  for (const auto& [allowance, program] : allowed) {
    Goal inside = goal;
    inside.parts = {{&program, &program.root(), Goal::Wanted::kTrue}};
    inside.last = outside.last;
    const Answer there = search_.find(inside, kSheetsPerRegion);
    if (!there.found()) continue;
    RuleFinding& finding = report(there);
    finding.allowed = allowance->reason;
    regional_.push_back(allowance);
  }
}

// A sheet on which the option is chosen, or one of those collected.
Answer Verifier::choice(std::size_t decision, const Sides& sides, std::size_t option) {
  const DecisionInfo& info = set_.decisions[decision];
  Answer best;
  for (const std::uint32_t rule : sides.recommend[option]) {
    Goal goal;
    goal.fire = {rule};
    goal.silent = sides.veto[option];
    if (info.policy != HitPolicy::kCollect) {
      goal.settle = sides.all;
      goal.quiet = without(sides.all, rule);
      goal.last = [&, option](World& world) {
        return decide_settled(set_, decision, fired(world, sides.all)).chosen == info.options[option];
      };
    }
    Answer sheet = search_.find(goal, kSheetsPerDifference);
    if (sheet.found()) return sheet;
    if (!sheet.proven_none()) best = std::move(sheet);
  }
  return best;
}

void Verifier::unreachable(std::size_t decision, const Sides& sides) {
  const DecisionInfo& info = set_.decisions[decision];
  for (std::size_t option = 0; option < info.options.size(); ++option) {
    const Answer sheet = choice(decision, sides, option);
    if (sheet.found()) continue;
    const bool any = !sides.recommend[option].empty();
    RuleFinding& finding =
        add("unreachable_option", info, "warning",
            any ? fmt::format("{} is never chosen: its rules fire only where others beat or veto it", info.options[option])
                : fmt::format("{} is never chosen: no rule recommends it", info.options[option]));
    finding.other = fmt::format("{}={}", info.dimension, info.options[option]);
    doubt(finding, sheet);
    if (any) show(finding, fires_[sides.recommend[option].front()], {sides.recommend[option].front()}, {});
    if (!any) finding.witness.emplace();
  }
}

Answer Verifier::difference(std::size_t decision, const Sides& sides, std::uint32_t rule) {
  const auto option = static_cast<std::size_t>(set_.compiled[rule].option);
  const bool one_option = set_.decisions[decision].options.size() == 1;
  Goal goal;
  goal.fire = {rule};
  goal.silent = without(sides.veto[option], rule);
  goal.settle = sides.all;
  goal.quiet = without(sides.all, rule);
  goal.last = [&, rule](World& world) {
    const Rules now = fired(world, sides.all);
    return !same_outcome(decide_settled(set_, decision, now), decide_settled(set_, decision, without(now, rule)));
  };
  const bool speaks_for = set_.rules[rule].effect == Effect::kRecommend && set_.rules[rule].weight > 0;
  if (speaks_for || one_option) return search_.find(goal, kSheetsPerDifference);
  // What speaks against an option only matters where something speaks for it.
  Answer best;
  for (const std::uint32_t friendly : sides.recommend[option]) {
    goal.fire = {rule, friendly};
    goal.quiet = without(without(sides.all, rule), friendly);
    Answer sheet = search_.find(goal, kSheetsPerDifference);
    if (sheet.found()) return sheet;
    if (!sheet.proven_none()) best = std::move(sheet);
  }
  return best;
}

void Verifier::never_decides(std::size_t decision, const Sides& sides) {
  for (const std::uint32_t rule : sides.all) {
    if (!fires(rule)) continue;
    const Answer sheet = difference(decision, sides, rule);
    if (sheet.found()) continue;
    RuleFinding& finding = add("never_decides", rule, "warning",
                               fmt::format("{} comes out the same without it", set_.decisions[decision].dimension));
    finding.other = set_.decisions[decision].dimension;
    doubt(finding, sheet);
    show(finding, fires_[rule], {rule}, {});
  }
}

}  // namespace berth
