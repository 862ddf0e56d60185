// Any text as a line of facts for the bare engine. What may not happen: a crash, an error without a
// message or a place, a fired rule that one output names and another doesn't, an answer that is no JSON.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "core/node.hpp"
#include "rules/bare.hpp"

namespace {

using namespace berth;

const char* const kRules = R"json({"facts": {
  "job": {"stage": "string", "batch": "int", "hours": "double", "remote": "bool"},
  "model": {"framework": "string", "ops": "list(string)", "size": "double"}},
 "rules": [
  {"id": "r1", "effect": "recommend", "target": "cpu", "when": "job.stage == \"prototype\" || job.batch < 4"},
  {"id": "r2", "effect": "recommend", "target": "gpu",
   "when": "model.framework in [\"pytorch\", \"jax\"] && job.hours >= 2.5"},
  {"id": "r3", "effect": "recommend", "target": "gpu", "when": "model.ops.exists(o, !(o in [\"matmul\", \"add\"]))"},
  {"id": "r4", "effect": "veto", "target": "tpu", "when": "!job.remote && (job.batch < 3 || job.batch >= 3)"},
  {"id": "r5", "effect": "recommend", "target": "cpu",
   "when": "model.size / job.hours > 2.0 && size(model.ops) > 2"},
  {"id": "r6", "effect": "recommend", "target": "cpu", "when": "has(job.stage) && job.stage.startsWith(\"pro\")"}
 ]})json";

const RuleSet& rules() {
  static const RuleSet kSet = std::move(*RuleSet::load_file({"rules.json", kRules}));
  return kSet;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static BareEngine ids(rules(), BareOutput::kIds), verdicts(rules(), BareOutput::kVerdicts),
      traces(rules(), BareOutput::kTrace);
  std::string fired, answer, trace;
  const Status status = ids.judge(line, "facts.jsonl", 1, fired);
  const Status second = verdicts.judge(line, "facts.jsonl", 1, answer);
  const Status third = traces.judge(line, "facts.jsonl", 1, trace);
  fuzz::require(status.has_value() == second.has_value() && status.has_value() == third.has_value(),
                "an error in one output only", line);
  if (!status) {
    fuzz::require(!status.error().message.empty(), "an error without a message", line);
    fuzz::require(status.error().span.line == 1, "an error without a place", line);
    return 0;
  }
  for (const std::string* text : {&answer, &trace}) {
    const Result<Node> json = parse_document(*text, "answer", Syntax::kJson);
    fuzz::require(json.has_value(), "an answer that is no JSON", *text);
    std::string names;
    for (const Node& id : json->find("fired")->as_array()) names += (names.empty() ? "" : ",") + id.as_string();
    fuzz::require(names + "\n" == fired, "the outputs name other rules", names, fired);
  }
  return 0;
}
