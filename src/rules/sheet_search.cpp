#include "rules/sheet_search.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rules/run.hpp"

namespace berth {
namespace {

using Kind = cel::Value::Kind;

Truth to_truth(const cel::Value& value) {
  if (value.is(Kind::kBool)) return value.b ? Truth::kTrue : Truth::kFalse;
  return value.is(Kind::kUnknown) ? Truth::kUnknown : Truth::kError;
}

bool is_as_wanted(Truth truth, Goal::Wanted wanted) {
  switch (wanted) {
    case Goal::Wanted::kTrue: return truth == Truth::kTrue;
    case Goal::Wanted::kFalse: return truth == Truth::kFalse;
    case Goal::Wanted::kNotTrue: return truth != Truth::kTrue;
    default: return true;
  }
}

bool is_constant(const RuleSet::State& rules, const DerivedFact& fact) {
  return fact.constant && rules.facts[fact.slot].mutable_by == "derived";
}

}  // namespace

World::World(const RuleSet::State& rules) : rules_(rules), sheet_(rules) {
  derives_ = std::any_of(rules.derived.begin(), rules.derived.end(),
                         [&](const DerivedFact& fact) { return !is_constant(rules, fact); });
  Run(rules_, sheet_, {}, sheet_.scratch).derive();
}

void World::put(std::uint32_t slot, const FactValue& value) {
  sheet_.put(slot, value, {}, Known::kSet);
  changed_ = true;
}

void World::clear(std::uint32_t slot) {
  sheet_.forget(slot);
  changed_ = true;
}

void World::refresh() {
  if (!changed_) return;
  changed_ = false;
  if (derives_)
    Run(rules_, sheet_, {}, sheet_.scratch).derive();
  else
    rules_.predicates.judge(sheet_.slots, sheet_.scratch);
}

Truth World::truth(std::uint32_t rule) {
  refresh();
  return rules_.predicates.truth(rule, sheet_.slots, sheet_.scratch);
}

cel::Value World::value(const cel::Program& program, const cel::Expr& part) {
  refresh();
  arena_.reset();
  return program.evaluate_part(part, sheet_.slots, arena_);
}

Truth World::truth(const cel::Program& program, const cel::Expr& part) {
  return to_truth(value(program, part));
}

std::span<const std::uint32_t> World::needs(const cel::Program& program, const cel::Expr& part) {
  const cel::Value open = value(program, part);
  return open.is(Kind::kUnknown) ? open.slots() : std::span<const std::uint32_t>();
}

std::vector<std::pair<std::string, std::string>> World::facts() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::uint32_t slot = 0; slot < sheet_.known.size(); ++slot) {
    if (is_set(slot)) out.emplace_back(rules_.facts[slot].path, to_json(sheet_.values[slot]));
  }
  return out;
}

struct SheetSearch::Task {
  Task(const RuleSet::State& rules, std::span<const cel::Value> constants, const Goal& wanted, std::size_t limit)
      : goal(wanted), domains(rules, constants), world(rules), seen(rules.facts.size(), false), left(limit) {}

  const Goal& goal;
  Domains domains;
  World world;
  std::vector<bool> seen;                // facts whose domains are cut
  std::vector<std::uint32_t> overruled;  // facts that rules derive but a sheet may give: always given
  std::size_t left;
  bool found = false, gave_up = false;
  const cel::Program* open_program = nullptr;  // what judge() found to be open
  const cel::Expr* open_part = nullptr;
};

SheetSearch::SheetSearch(const RuleSet::State& rules)
    : rules_(rules), constant_sheet_(rules), derived_(rules.facts.size(), -1) {
  Run(rules_, constant_sheet_, {}, constant_sheet_.scratch).derive();
  for (std::uint32_t slot = 0; slot < rules.facts.size(); ++slot) constants_.push_back(rules.unknown(slot));
  for (std::size_t i = 0; i < rules.derived.size(); ++i) {
    const DerivedFact& fact = rules.derived[i];
    derived_[fact.slot] = static_cast<int>(i);
    if (is_constant(rules, fact)) constants_[fact.slot] = constant_sheet_.slots[fact.slot];
  }
}

void SheetSearch::add_program(const cel::Program& program, Task& task) {
  task.domains.add(program);
  for (const std::uint32_t slot : program.slots()) add_slot(slot, task);
}

void SheetSearch::add_slot(std::uint32_t slot, Task& task) {
  if (task.seen[slot]) return;
  task.seen[slot] = true;
  const int index = derived_[slot];
  if (index < 0) return;
  if (rules_.facts[slot].mutable_by != "derived") return task.overruled.push_back(slot);
  for (const std::uint32_t rule : rules_.derived[static_cast<std::size_t>(index)].rules) {
    const CompiledRule& compiled = rules_.compiled[rule];
    add_program(compiled.when, task);
    task.domains.add_value(*compiled.value, slot);
    for (const std::uint32_t read : compiled.value->slots()) add_slot(read, task);
  }
}

std::vector<std::uint32_t> SheetSearch::given_facts(std::span<const std::uint32_t> rules) const {
  std::vector<std::uint32_t> open, out;
  std::vector<bool> seen(rules_.facts.size(), false);
  for (const std::uint32_t rule : rules) {
    const auto& slots = rules_.compiled[rule].when.slots();
    open.insert(open.end(), slots.begin(), slots.end());
  }
  while (!open.empty()) {
    const std::uint32_t slot = open.back();
    open.pop_back();
    if (seen[slot]) continue;
    seen[slot] = true;
    const int index = derived_[slot];
    if (index < 0 || rules_.facts[slot].mutable_by != "derived") {
      out.push_back(slot);
      continue;
    }
    for (const std::uint32_t rule : rules_.derived[static_cast<std::size_t>(index)].rules) {
      const CompiledRule& compiled = rules_.compiled[rule];
      open.insert(open.end(), compiled.when.slots().begin(), compiled.when.slots().end());
      open.insert(open.end(), compiled.value->slots().begin(), compiled.value->slots().end());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

Answer SheetSearch::find(const Goal& goal, std::size_t limit) {
  Task task(rules_, constants_, goal, limit);
  const auto add = [&](const Goal::Rules& rules) {
    for (const std::uint32_t rule : rules) {
      add_program(rules_.compiled[rule].when, task);
      for (const RuleTest& test : rules_.compiled[rule].tests) {
        for (const auto& [slot, value] : test.facts) task.domains.add_sample(slot, value);
      }
    }
  };
  add(goal.fire);
  add(goal.silent);
  add(goal.settle);
  for (const Goal::Rules& rules : goal.one_of) add(rules);
  for (const Goal::Rules& rules : goal.some_silent) add(rules);
  for (const Goal::Part& part : goal.parts) add_program(*part.program, task);
  search(task);
  Answer answer;
  if (task.found) {
    answer.is = Answer::Is::kFound;
    answer.witness = task.world.facts();
    return answer;
  }
  if (task.gave_up) {
    answer.is = Answer::Is::kGaveUp;
    answer.doubt = fmt::format("gave up after {} sheets", limit);
  } else if (!task.domains.sampled().empty()) {
    answer.doubt = fmt::format("values were only sampled for {}", fmt::join(task.domains.sampled(), "; "));
  }
  return answer;
}

void SheetSearch::search(Task& task) {
  if (task.left == 0) {
    task.gave_up = true;
    return;
  }
  --task.left;
  std::uint32_t next = 0;
  const auto given = std::find_if(task.overruled.begin(), task.overruled.end(),
                                  [&](std::uint32_t slot) { return !task.world.is_set(slot); });
  const Truth truth = judge(task);
  if (truth == Truth::kTrue && given == task.overruled.end()) {
    task.found = true;
    return;
  }
  if (truth == Truth::kFalse || truth == Truth::kError) return;
  if (given != task.overruled.end()) {
    next = *given;
  } else {
    const auto needs = task.world.needs(*task.open_program, *task.open_part);
    const auto slot = std::find_if(needs.begin(), needs.end(), [&](std::uint32_t s) { return !task.world.is_set(s); });
    if (slot == needs.end()) {  // nothing left to set: can't be decided
      task.gave_up = true;
      return;
    }
    next = *slot;
  }
  for (const FactValue* value : ordered(task, next)) {
    task.world.put(next, *value);
    search(task);
    if (task.found) return;
  }
  task.world.clear(next);
}

// Values on which fewer of the quiet rules and more of the loud ones fire come first.
std::vector<const FactValue*> SheetSearch::ordered(Task& task, std::uint32_t slot) {
  std::vector<std::pair<int, const FactValue*>> scored;
  for (const FactValue& value : task.domains.values(slot)) {
    int score = 0;
    if (!task.goal.quiet.empty() || !task.goal.loud.empty()) {
      task.world.put(slot, value);
      const auto weight = [&](std::uint32_t rule) {
        const Truth truth = task.world.truth(rule);
        return truth == Truth::kTrue ? 2 : truth == Truth::kUnknown ? 1 : 0;
      };
      for (const std::uint32_t rule : task.goal.quiet) score += weight(rule);
      for (const std::uint32_t rule : task.goal.loud) score -= weight(rule);
    }
    scored.emplace_back(score, &value);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const FactValue*> out;
  out.reserve(scored.size());
  for (const auto& entry : scored) out.push_back(entry.second);
  return out;
}

bool SheetSearch::open(Task& task, const cel::Program& program, const cel::Expr& part) {
  if (task.open_part == nullptr) {
    task.open_program = &program;
    task.open_part = &part;
  }
  return true;
}

Truth SheetSearch::rules_are(Task& task, const Goal::Rules& rules, Goal::Wanted wanted) {
  bool unknown = false;
  for (const std::uint32_t rule : rules) {
    const Truth truth = task.world.truth(rule);
    if (truth == Truth::kUnknown) {
      const cel::Program& when = rules_.compiled[rule].when;
      unknown = open(task, when, when.root());
    } else if (!is_as_wanted(truth, wanted)) {
      return Truth::kFalse;
    }
  }
  return unknown ? Truth::kUnknown : Truth::kTrue;
}

Truth SheetSearch::one_of(Task& task) {
  bool unknown = false;
  for (const Goal::Rules& rules : task.goal.one_of) {
    bool fires = false;
    const cel::Program* maybe = nullptr;
    for (const std::uint32_t rule : rules) {
      const Truth truth = task.world.truth(rule);
      fires = fires || truth == Truth::kTrue;
      if (truth == Truth::kUnknown && maybe == nullptr) maybe = &rules_.compiled[rule].when;
    }
    if (fires) continue;
    if (maybe == nullptr) return Truth::kFalse;
    unknown = open(task, *maybe, maybe->root());
  }
  return unknown ? Truth::kUnknown : Truth::kTrue;
}

Truth SheetSearch::some_silent(Task& task) {
  if (task.goal.some_silent.empty()) return Truth::kTrue;
  const cel::Program* maybe = nullptr;
  for (const Goal::Rules& rules : task.goal.some_silent) {
    bool fires = false;
    const cel::Program* here = nullptr;
    for (const std::uint32_t rule : rules) {
      const Truth truth = task.world.truth(rule);
      fires = fires || truth == Truth::kTrue;
      if (truth == Truth::kUnknown && here == nullptr) here = &rules_.compiled[rule].when;
    }
    if (fires) continue;
    if (here == nullptr) return Truth::kTrue;
    if (maybe == nullptr) maybe = here;
  }
  if (maybe == nullptr) return Truth::kFalse;
  open(task, *maybe, maybe->root());
  return Truth::kUnknown;
}

Truth SheetSearch::judge(Task& task) {
  task.open_part = nullptr;
  bool unknown = false;
  for (const Truth truth :
       {rules_are(task, task.goal.fire, Goal::Wanted::kTrue), rules_are(task, task.goal.silent, Goal::Wanted::kNotTrue),
        one_of(task), some_silent(task)}) {
    if (truth == Truth::kFalse) return truth;
    unknown = unknown || truth == Truth::kUnknown;
  }
  for (const Goal::Part& part : task.goal.parts) {
    const Truth truth = task.world.truth(*part.program, *part.expr);
    if (truth == Truth::kUnknown)
      unknown = open(task, *part.program, *part.expr);
    else if (!is_as_wanted(truth, part.wanted))
      return Truth::kFalse;
  }
  if (unknown) return Truth::kUnknown;
  for (const std::uint32_t rule : task.goal.settle) {
    if (task.world.truth(rule) != Truth::kUnknown) continue;
    const cel::Program& when = rules_.compiled[rule].when;
    open(task, when, when.root());
    return Truth::kUnknown;
  }
  return !task.goal.last || task.goal.last(task.world) ? Truth::kTrue : Truth::kFalse;
}

}  // namespace berth
