// Time of served language models: first token, further tokens, throughput.
#pragma once

#include "estimate/serving_plan.hpp"

namespace berth::estimation {

struct ServingTime {
  double ttft_s = 0;        // from a request's arrival to its first token
  double tpot_s = 0;        // per further token of one request
  double tokens_per_s = 0;  // generated, all replicas together
  double latency_s = 0;     // of a whole request
  double weights_s = 0, cache_s = 0, compute_s = 0, network_s = 0, launch_s = 0;  // of one decode step
  double model_flops_per_token = 0;
  bool single_stream = false;  // by the one-sequence formula
  double in_flight = 1;        // sequences per replica that memory allows
};

// Errors: kUnsupported when the device has no peak rate or memory bandwidth. Cost: constant.
Result<ServingTime> serving_time(const Shape& shape, const ServingPlan& plan, const Links& links,
                                 const Calibration& calibration);

}  // namespace berth::estimation
