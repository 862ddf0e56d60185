// What a question of the user is about.
#pragma once

#include <string>
#include <string_view>

#include "recommend/session.hpp"

namespace berth {

struct Target {
  enum class Kind : std::uint8_t { kOption, kDevice, kMachine };
  Kind kind = Kind::kOption;
  std::string dimension;  // of the rules: "accelerator.class"
  std::string option;     // "tpu", a device id, a machine id
  std::string key;        // in an Outcome

  [[nodiscard]] std::string name() const { return key + "=" + option; }
  // Candidates are of one class or another; other decisions aren't about them.
  [[nodiscard]] bool has_candidates() const { return kind != Kind::kOption || dimension == "accelerator.class"; }
  [[nodiscard]] bool covers(const Judged& judged) const;
};

// "accelerator.class=tpu", a decision (then its option in the answer), an option, a device id, a machine id, or
// an instance's name. Errors: kNotFound with "did you mean".
Result<Target> find_target(const Session& session, std::string_view text);

}  // namespace berth
