#include "report/definitions.hpp"

namespace berth {

std::vector<Definition> definitions_of(const TimeEstimate& t) {
  const bool serves_tokens = t.tpot_s.has_value();
  const bool trains = t.step_s.has_value();
  std::vector<Definition> out;
  const auto add = [&](const std::optional<Interval>& x, const char* figure, const char* text) {
    if (x) out.push_back({figure, text});
  };
  add(t.step_s, "step_s", "one optimizer step of the whole cluster, all accumulated micro-batches included");
  add(t.items_per_s, "items_per_s",
      trains          ? "items of the global batch over step_s"
      : serves_tokens ? "requests completed by all replicas together"
                      : "items completed by all devices together, batches back to back");
  add(t.tokens_per_s, "tokens_per_s",
      trains ? "tokens of the global batch over step_s, padding included"
             : "generated tokens of all replicas, prompts not counted");
  add(t.latency_s, "latency_s",
      serves_tokens ? "from a request's arrival to its last token"
                    : "one batch from start to end on one device, transfers to the host and network left out");
  add(t.ttft_s, "ttft_s",
      "time to first token: from a request's arrival to its first token, waiting for other prompts included");
  add(t.tpot_s, "tpot_s", "time per output token of one request after its first, mean");
  add(t.job_s, "job_s", "the job's steps or items at the rate above: start-up, evaluation, failures left out");
  if (t.mfu) {
    out.push_back({"mfu",
                   "useful operations (recomputation not counted, causal attention counted in full) over the dense "
                   "peak of the job's precision"});
  }
  return out;
}

}  // namespace berth
