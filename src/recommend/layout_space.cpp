#include "recommend/layout_space.hpp"

#include <algorithm>

namespace berth {
namespace {

constexpr std::int64_t kMostStages = 128;
constexpr std::int64_t kMostContext = 64;
constexpr std::int64_t kLeastTokens = 1024;  // of a sequence on one device: below, attention is latency only
constexpr std::int64_t kEmptyPlaces = 3;

std::vector<std::int64_t> tensors(const SplitSpace& space) {
  if (space.job.parallelism.tensor) return {*space.job.parallelism.tensor};
  const std::int64_t keys = space.model.kv_heads > 0 ? space.model.kv_heads : space.model.heads;
  std::vector<std::int64_t> out;
  for (const std::int64_t tensor : small_divisors(space.model.heads, space.domain)) {
    if (space.devices % tensor == 0 && (keys % tensor == 0 || tensor % keys == 0)) out.push_back(tensor);
  }
  return out;
}

std::vector<std::int64_t> pipelines(const SplitSpace& space) {
  if (space.job.parallelism.pipeline) return {*space.job.parallelism.pipeline};
  std::vector<std::int64_t> out;
  const std::int64_t layers = space.model.layers;
  for (std::int64_t stages = 1; stages <= std::min(kMostStages, layers); ++stages) {
    const std::int64_t empty = (layers + stages - 1) / stages * stages - layers;
    if (empty <= kEmptyPlaces && space.devices % stages == 0) out.push_back(stages);
  }
  return out;
}

std::vector<std::int64_t> contexts(const SplitSpace& space) {
  if (space.job.parallelism.context) return {*space.job.parallelism.context};
  std::vector<std::int64_t> out{1};
  for (std::int64_t parts = 2; parts <= kMostContext; parts *= 2) {
    // Each device takes an early and a late piece, so that causal attention is shared evenly.
    if (space.sequence % (2 * parts) == 0 && space.sequence / parts >= kLeastTokens) out.push_back(parts);
  }
  return out;
}

std::vector<std::int64_t> experts(const SplitSpace& space, std::int64_t stage_devices) {
  if (space.job.parallelism.expert) return {*space.job.parallelism.expert};
  if (space.model.experts <= 1) return {1};
  std::vector<std::int64_t> out;
  for (const std::int64_t parts : small_divisors(space.model.experts, stage_devices)) {
    if (stage_devices % parts == 0) out.push_back(parts);
  }
  return out;
}

std::vector<int> zero_stages(const SplitSpace& space, const Split& split) {
  if (space.job.parallelism.zero_stage) return {*space.job.parallelism.zero_stage};
  if (split.data * split.context == 1) return {0};
  if (split.pipeline > 1) return {1};
  return {1, 3};
}

}  // namespace

std::vector<std::int64_t> small_divisors(std::int64_t n, std::int64_t most) {
  std::vector<std::int64_t> out;
  for (std::int64_t power = 1; power <= most; power *= 2) {
    for (const std::int64_t candidate : {power, 3 * power}) {
      if (candidate <= most && n % candidate == 0) out.push_back(candidate);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Split> splits(const SplitSpace& space) {
  std::vector<Split> out;
  for (const std::int64_t tensor : tensors(space)) {
    for (const std::int64_t pipeline : pipelines(space)) {
      for (const std::int64_t context : contexts(space)) {
        const std::int64_t group = tensor * pipeline * context;
        if (group > space.devices || space.devices % group != 0) continue;
        Split split{space.devices / group, tensor, pipeline, context, 1, 0};
        const bool fixed = space.job.parallelism.data && *space.job.parallelism.data != split.data;
        if (fixed || space.batch % split.data != 0) continue;
        for (const std::int64_t expert : experts(space, space.devices / pipeline)) {
          split.expert = expert;
          for (const int zero : zero_stages(space, split)) {
            split.zero_stage = zero;
            out.push_back(split);
          }
        }
      }
    }
  }
  return out;
}

}  // namespace berth
