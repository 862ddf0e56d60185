// Dimensions: regions without an answer, rules that speak at once where only one may, options that are never
// chosen, and rules that never change what is decided.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

#include "rules/verifier.hpp"

namespace berth {
namespace {

constexpr std::size_t kSheetsPerRegion = 50000;
constexpr std::size_t kSheetsPerDifference = 4000;
constexpr int kDuels = 64;
constexpr std::size_t kSheetsPerDuel = 200;

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

// The search that is likely to be short first: nothing else fires; then little else; then only what is in one of
// `loud`. Only the second one tries all sheets, so what it finds none of isn't there.
Answer Verifier::settle(Goal goal, const Rules& others, const std::vector<Rules>& loud) {
  goal.quiet = others;
  Goal alone = goal;
  append(alone.silent, others);
  Answer sheet = search_.find(alone, kSheetsPerDifference);
  if (sheet.found()) return sheet;
  Answer all = search_.find(goal, kSheetsPerDifference);
  if (all.is != Answer::Is::kGaveUp) return all;
  goal.quiet.clear();
  Rules free = avoidable(goal, others);
  // What speaks for an option that is vetoed anyway may fire or not.
  std::set<int> vetoed;
  for (const std::uint32_t rule : others) {
    const bool avoided = std::find(free.begin(), free.end(), rule) != free.end();
    if (set_.rules[rule].effect == Effect::kVeto && !avoided) vetoed.insert(set_.compiled[rule].option);
  }
  free.erase(std::remove_if(free.begin(), free.end(),
                            [&](std::uint32_t rule) { return vetoed.count(set_.compiled[rule].option) != 0; }),
             free.end());
  for (const Rules& rules : loud) {
    sheet = duel(goal, free, rules);
    if (sheet.found()) return sheet;
  }
  return all;
}

// Sums of weights must come close: some of the loud rules fire, the others don't. Which ones is varied, by a fixed
// sequence, as no order of trying would come to the right ones soon.
Answer Verifier::duel(Goal goal, const Rules& free, const Rules& loud) {
  for (const std::uint32_t rule : free) {
    if (std::find(loud.begin(), loud.end(), rule) == loud.end()) goal.silent.push_back(rule);
  }
  std::minstd_rand sequence;  // the same on every machine
  Answer sheet;
  for (int attempt = 0; attempt < kDuels; ++attempt) {
    goal.loud.clear();
    goal.quiet.clear();
    for (const std::uint32_t rule : loud) ((sequence() >> 8U) % 2 == 0 ? goal.loud : goal.quiet).push_back(rule);
    sheet = search_.find(goal, kSheetsPerDuel);
    if (sheet.found() || sheet.is == Answer::Is::kNone) return sheet;
  }
  return sheet;
}

// The rules that don't fire by necessity where the goal holds.
Verifier::Rules Verifier::avoidable(const Goal& goal, const Rules& rules) {
  Rules out;
  for (const std::uint32_t rule : rules) {
    Goal avoided;
    avoided.fire = goal.fire;
    avoided.silent = goal.silent;
    avoided.silent.push_back(rule);
    if (search_.find(avoided, kSheetsPerDifference).found()) out.push_back(rule);
  }
  return out;
}

// A sheet on which the option is chosen, or one of those collected.
Answer Verifier::choice(std::size_t decision, const Sides& sides, std::size_t option) {
  const DecisionInfo& info = set_.decisions[decision];
  Answer best;
  for (const std::uint32_t rule : sides.recommend[option]) {
    Goal goal;
    goal.fire = {rule};
    goal.silent = sides.veto[option];
    Answer sheet;
    if (info.policy == HitPolicy::kCollect) {
      sheet = search_.find(goal, kSheetsPerDifference);
    } else {
      goal.settle = sides.all;
      goal.last = [&, option](World& world) {
        return decide_settled(set_, decision, fired(world, sides.all)).chosen == info.options[option];
      };
      sheet = settle(goal, without(sides.all, rule), {sides.recommend[option]});
    }
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
    RuleFinding& finding = add(
        "unreachable_option", info, "warning",
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
  const DecisionInfo& info = set_.decisions[decision];
  Rules all = sides.all;
  if (info.policy == HitPolicy::kCollect) {  // options don't touch each other
    all = sides.recommend[option];
    append(all, sides.against[option]);
    append(all, sides.veto[option]);
  }
  Goal goal;
  goal.fire = {rule};
  goal.silent = without(sides.veto[option], rule);
  goal.settle = all;
  goal.last = [&, rule](World& world) {
    const Rules now = fired(world, all);
    return !same_outcome(decide_settled(set_, decision, now), decide_settled(set_, decision, without(now, rule)));
  };
  const bool speaks_for = set_.rules[rule].effect == Effect::kRecommend && set_.rules[rule].weight > 0;
  std::vector<Rules> rivals;
  for (std::size_t other = 0; other < info.options.size(); ++other) {
    if (other == option || info.policy == HitPolicy::kCollect) continue;
    rivals.push_back(sides.recommend[other]);
    rivals.push_back(sides.recommend[other]);
    append(rivals.back(), without(sides.recommend[option], rule));
  }
  if (speaks_for || info.options.size() == 1) return settle(goal, without(all, rule), rivals);
  // What speaks against an option only matters where something speaks for it.
  Answer best;
  for (const std::uint32_t friendly : sides.recommend[option]) {
    goal.fire = {rule, friendly};
    Answer sheet = settle(goal, without(without(all, rule), friendly), rivals);
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
