#include "recommend/flips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "recommend/knobs.hpp"

namespace berth {
namespace {

std::string main_part(const Outcome& then) {
  std::string out;
  for (const auto& [key, value] : then) {
    if (is_main(key)) out += key + "=" + value + ";";
  }
  return out;
}

const std::string* said(const Outcome& then, std::string_view key) {
  const auto at = std::find_if(then.begin(), then.end(), [&](const auto& entry) { return entry.first == key; });
  return at != then.end() ? &at->second : nullptr;
}

bool is_infeasible(const Outcome& then) {
  const std::string* feasible = said(then, "feasible");
  return feasible != nullptr && *feasible == "false";
}

// "If you ask for a CPU you get one", "with a budget of nothing, or a batch of a billion, nothing is left": says
// nothing.
bool is_trivial(const FactChange& change, const Outcome& then) {
  constexpr double kFar = 64;  // beyond the last rung of a ladder (knobs.cpp)
  if (is_infeasible(then)) {
    const auto now = number_of(change.from);
    const auto to = number_of(change.to);
    if (to &&
        (!now || std::max(std::abs(*to), 1e-300) > kFar * std::abs(*now) || std::abs(*to) * kFar < std::abs(*now)))
      return true;
  }
  const auto* word = std::get_if<std::string>(&change.to);
  return word != nullptr && std::any_of(then.begin(), then.end(), [&](const auto& entry) {
           return is_main(entry.first) && entry.second == to_json(change.to);
         });
}

// What a reader looks for first: another answer, another machine for the same one, no answer yet, none at all.
int order_of(const Outcome& then) {
  if (is_infeasible(then)) return 3;
  const bool open = std::any_of(then.begin(), then.end(),
                                [](const auto& entry) { return is_main(entry.first) && entry.second == "null"; });
  if (open) return 2;
  return main_part(then).empty() ? 1 : 0;
}

// What becomes of the answer as it is reported: without a feasible candidate there is no more to say; a decision
// that nothing settles any longer is undecided, and has no device, count or machine.
Outcome as_reported(const Outcome& then) {
  if (is_infeasible(then)) return {{"feasible", "false"}};
  Outcome out;
  for (const auto& [key, value] : then) {
    if (value != "null")
      out.emplace_back(key, value);
    else if (key == "accelerator.class" || !(key == "machine" || key.starts_with("accelerator.")))
      out.emplace_back(key, to_json(FactValue(std::string("undecided"))));
  }
  return out;
}

// The next number with three digits, upwards or downwards.
double rounded(double value, bool up) {
  const double scale = std::pow(10, 2 - std::floor(std::log10(std::abs(value))));
  const double out = (up ? std::ceil(value * scale) : std::floor(value * scale)) / scale;
  return std::strtod(fmt::format("{:.3g}", out).c_str(), nullptr);
}

struct Found {
  std::vector<FactChange> changes;
  Outcome then;
  double cost = 0;
  bool nearest = true;  // no nearer value of the fact flips
};

class Finder {
 public:
  Finder(const Session& base, WhatIf& what_if, const FlipRequest& request)
      : base_(base), what_if_(what_if), request_(request), knobs_(base) {}

  std::vector<WouldChange> run() {
    for (const Knob& knob : knobs_.all()) turn(knob);
    if (request_.budget >= RecommendOptions::kDeepFlips) pairs();
    std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
      const int mine = order_of(a.then);
      const int theirs = order_of(b.then);
      if (mine != theirs) return mine < theirs;
      return a.cost != b.cost ? a.cost < b.cost : a.changes.size() < b.changes.size();
    });
    if (found_.size() > request_.most) found_.resize(request_.most);
    std::vector<WouldChange> out;
    for (const Found& found : found_) out.push_back(report(found));
    return out;
  }

 private:
  [[nodiscard]] bool affordable(int cost) const { return what_if_.spent() - before_ + cost <= request_.budget; }

  // What changes with `changes`; empty: nothing, or they can't be made.
  Outcome differing(std::span<const FactChange> changes) {
    const Result<Outcome> now = what_if_.run(changes);
    return now ? difference(what_if_.base(), *now) : Outcome();
  }

  [[nodiscard]] bool counts(const Outcome& then) const {
    if (request_.wanted) return request_.wanted(then);
    return std::any_of(then.begin(), then.end(), [](const auto& entry) { return entry.first != "machine"; });
  }

  void turn(const Knob& knob) {
    const int cost = cost_of_change(knob.path);
    std::set<std::string> seen;
    std::optional<double> last_up, last_down;
    for (const FactValue& value : knob.values) {
      if (!knobs_.matters(knob, value)) continue;
      if (!affordable(cost)) {
        complete_ = false;
        return;
      }
      const FactChange change{knob.path, knob.now, value};
      Outcome then = differing({&change, 1});
      const bool up = is_above(value, knob.now);
      if (!counts(then)) {
        if (const auto number = number_of(value)) (up ? last_up : last_down) = *number;
        continue;
      }
      if (!is_trivial(change, then) && seen.insert(main_part(then) + (up ? "up" : "down")).second) {
        Found found{{change}, std::move(then), knob.cost, true};
        if (knob.is_ladder) narrow(knob, found, up ? last_up : last_down);
        round(knob, found);
        found_.push_back(std::move(found));
      }
      if (knob.is_ladder && stop(knob, up, seen)) return;
    }
  }

  // On a ladder the first flip of each direction is enough.
  static bool stop(const Knob& knob, bool, const std::set<std::string>& seen) {
    return knob.values.size() > 2 && seen.size() >= 2;
  }

  // Between the last rung that doesn't flip and the first that does, by halves.
  void narrow(const Knob& knob, Found& found, std::optional<double> last) {
    double same = last ? *last : number_of(knob.now).value_or(0);
    double flips = number_of(found.changes[0].to).value_or(0);
    const bool whole = std::holds_alternative<std::int64_t>(knob.now);
    for (int step = 0; step < kNarrowSteps; ++step) {
      double middle = (same + flips) / 2;
      if (whole) middle = same < flips ? std::ceil(middle) : std::floor(middle);
      if (middle == flips || middle == same || !affordable(cost_of_change(knob.path))) break;
      FactChange change{knob.path, knob.now, whole ? FactValue(std::llround(middle)) : FactValue(middle)};
      Outcome then = differing({&change, 1});
      if (counts(then) && main_part(then) == main_part(found.then)) {
        flips = middle;
        found.changes[0] = std::move(change);
        found.then = std::move(then);
      } else {
        same = middle;
      }
    }
    found.nearest = whole && std::abs(flips - same) <= 1;
  }

  // A value out of an estimate or a bisection has more digits than anybody would write: rounded away from the
  // present value, or where there is none to whichever side still flips.
  void round(const Knob& knob, Found& found) {
    const auto value = number_of(found.changes[0].to);
    if (!value || std::strtod(fmt::format("{:.6g}", *value).c_str(), nullptr) == *value) return;
    const bool whole = std::holds_alternative<std::int64_t>(found.changes[0].to);
    const bool has_now = number_of(knob.now).has_value();
    const bool away = has_now && is_above(found.changes[0].to, knob.now);
    for (const bool up : {away, !away}) {
      const double shorter = rounded(*value, up);
      if (shorter == *value || (has_now && up != away) || !affordable(cost_of_change(knob.path))) return;
      FactChange change{knob.path, knob.now, whole ? FactValue(std::llround(shorter)) : FactValue(shorter)};
      Outcome then = differing({&change, 1});
      if (!counts(then) || main_part(then) != main_part(found.then)) continue;
      found.changes[0] = std::move(change);
      found.then = std::move(then);
      return;
    }
  }

  // Two facts together, where neither does it alone. The rules name the pairs.
  void pairs() {
    FlipOptions options;
    options.max_facts = 2;
    options.max_flips = 50;
    options.as_of = base_.as_of();
    for (const Decision& decision : base_.evaluation().decisions) {
      if (!is_main(decision.dimension)) continue;
      const Result<FlipSearch> search = would_change(base_.rules(), base_.sheet(), decision.dimension, options);
      if (!search) continue;
      for (const Flip& flip : search->flips) {
        if (flip.changes.size() != 2 || !affordable(1)) continue;
        Outcome then = differing(flip.changes);
        if (!counts(then) || is_trivial(flip.changes[0], then) || is_trivial(flip.changes[1], then)) continue;
        if (!alone(flip.changes, then)) found_.push_back({flip.changes, std::move(then), flip.cost, true});
      }
    }
  }

  // Whether one of the changes does it by itself.
  bool alone(const std::vector<FactChange>& changes, const Outcome& then) {
    return std::any_of(changes.begin(), changes.end(), [&](const FactChange& change) {
      return main_part(differing({&change, 1})) == main_part(then);
    });
  }

  [[nodiscard]] WouldChange report(const Found& found) const {
    WouldChange out;
    const FactChange& first = found.changes.front();
    out.fact = first.fact;
    out.from = to_json(first.from);
    out.to = to_json(first.to);
    for (std::size_t i = 1; i < found.changes.size(); ++i) {
      const FactChange& other = found.changes[i];
      out.also.push_back({other.fact, to_json(other.from), to_json(other.to)});
    }
    out.then = as_reported(found.then);
    out.minimal = complete_ ? "proven up to 1 fact" : "best found";
    if (!found.nearest) out.minimal += "; the value by halving";
    return out;
  }

  static constexpr int kNarrowSteps = 12;
  const Session& base_;
  WhatIf& what_if_;
  const FlipRequest& request_;
  Knobs knobs_;
  int before_ = what_if_.spent();
  bool complete_ = true;  // every cell of every fact was tried
  std::vector<Found> found_;
};

}  // namespace

std::vector<WouldChange> find_flips(const Session& base, WhatIf& what_if, const FlipRequest& request) {
  if (request.budget <= 0) return {};
  return Finder(base, what_if, request).run();
}

}  // namespace berth
