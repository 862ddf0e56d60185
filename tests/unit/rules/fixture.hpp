// A small rule set for the tests of the rules room.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/rules.hpp"

namespace berth::testing {

inline const char* const kFacts = R"json({"schema": "berth/facts/v1", "facts": {
  "job.task": {"type": "enum", "values": ["prototype", "train", "serve"], "ask": "What is the job?", "mutable": "user"},
  "job.batch": {"type": "int", "domain": [1, 1000000], "mutable": "user"},
  "model.parameters": {"type": "double", "domain": [0, 1e15]},
  "model.ops": {"type": "list(string)"
}
, "model.large" : {"type" : "bool", "mutable" : "derived"}, "job.heavy" : {
  "type" : "bool", "mutable" : "derived"
}
}
})json";
inline const char* const kDecisions = R"json({"schema": "berth/decisions/v1", "decisions": [
  {"dimension": "accelerator.class", "options": ["cpu", "gpu", "tpu"]},
  {"dimension": "candidate", "scope": "candidate", "options": ["this"]}
]})json";

inline std::vector<SourceFile> files(const std::string& rules) {
  return {{"facts.json", kFacts},
          {"decisions.json", kDecisions},
          {"r.json", R"json({"schema": "berth/rules/v1", "rules": [)json" + rules + "]}"}};
}
inline RuleSet load(const std::string& rules) {
  Result<RuleSet> set = RuleSet::load(files(rules));
  if (!set) {
    ADD_FAILURE() << to_string(set.error());
    std::abort();
  }
  return std::move(*set);
}
inline std::string load_error(const std::string& rules) {
  const Result<RuleSet> set = RuleSet::load(files(rules));
  return set ? "loaded" : to_string(set.error());
}

}  // namespace berth::testing
