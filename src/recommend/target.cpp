#include "recommend/target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "recommend/what_if.hpp"

namespace berth {
namespace {

Target option_of(const Decision& decision, const std::string& option) {
  return {Target::Kind::kOption, decision.dimension, option, decision.dimension};
}

bool has_option(const Decision& decision, std::string_view option) {
  return std::any_of(decision.standings.begin(), decision.standings.end(),
                     [&](const OptionStanding& standing) { return standing.option == option; });
}

Result<Target> of_decision(const Decision& decision, std::string_view option, std::string_view text) {
  if (!option.empty() && has_option(decision, option)) return option_of(decision, std::string(option));
  std::vector<std::string> known;
  for (const OptionStanding& standing : decision.standings) known.push_back(standing.option);
  return fail(ErrorCode::kNotFound, fmt::format("'{}' names no option of {}", shorten(text), decision.dimension),
              "its options are " + join_or(known));
}

}  // namespace

bool Target::covers(const Judged& judged) const {
  const Plan& plan = *judged.plan;
  switch (kind) {
    case Kind::kOption: return to_string(plan.offer->device->device_class) == option;
    case Kind::kDevice: return plan.offer->device->id == option;
    case Kind::kMachine:
      return std::any_of(plan.offer->machines.begin(), plan.offer->machines.end(),
                         [&](const Machine* machine) { return machine->id == option; });
  }
  return false;
}

Result<Target> find_target(const Session& session, std::string_view text) {
  const auto& decisions = session.evaluation().decisions;
  const auto equals = text.find('=');
  const std::string_view dimension = text.substr(0, equals);
  std::vector<std::string> known;
  for (const Decision& decision : decisions) {
    known.push_back(decision.dimension);
    for (const OptionStanding& standing : decision.standings) known.push_back(standing.option);
    if (decision.dimension != dimension) continue;
    if (equals != std::string_view::npos) return of_decision(decision, text.substr(equals + 1), text);
    for (const auto& [key, value] : outcome_of(session.recommendation())) {
      if (key == decision.dimension && value.size() > 2) return option_of(decision, value.substr(1, value.size() - 2));
    }
    return of_decision(decision, decision.chosen, text);
  }
  const std::string_view word =
      dimension == "accelerator.device" || dimension == "machine" ? text.substr(equals + 1) : text;
  for (const Decision& decision : decisions) {
    if (has_option(decision, word)) return option_of(decision, std::string(word));
  }
  const Catalog& catalog = session.context().catalog;
  for (const Device& device : catalog.devices()) {
    if (device.id == word) return Target{Target::Kind::kDevice, "accelerator.class", device.id, "accelerator.device"};
    known.push_back(device.id);
  }
  for (const Machine& machine : catalog.machines()) {
    if (machine.id == word || machine.instance == word)
      return Target{Target::Kind::kMachine, "accelerator.class", machine.id, "machine"};
    known.push_back(machine.instance);
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("'{}' is no decision, option, device or machine{}", shorten(text), did_you_mean(text, known)),
              "name one as in accelerator.class=gpu, gpu, nvidia-h100-sxm or gcp/a3-highgpu-8g/us-central1");
}

}  // namespace berth
