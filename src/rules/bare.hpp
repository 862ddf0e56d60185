// The bare engine: facts, one JSON object a line, to fired and undetermined rules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "berth/result.hpp"
#include "berth/rules.hpp"

namespace berth {

enum class BareOutput : std::uint8_t {
  kIds,       // "BRT1001,BRT1004"
  kVerdicts,  // {"fired": [ids], "undetermined": {id: [missing facts]}}
  kTrace,     // and for each rule the facts that decided it and what is left of its condition
};

class BareEngine {
 public:
  // `rules` must outlive the engine.
  explicit BareEngine(const RuleSet& rules, BareOutput output);

  // Judges one line: `{"job": {"task": "train"}, "model.parameters": 7e9}`, nested or dotted. Appends
  // one line to `out`, its line break included.
  // Errors: kInvalid, located: no JSON object, undeclared facts, values of the wrong type.
  Status judge(std::string_view line, std::string_view file, int line_number, std::string& out);

 private:
  const RuleSet& rules_;
  BareOutput output_;
  FactSheet sheet_;
};

}  // namespace berth
