#include <gtest/gtest.h>

#include <string>

#include "berth/data.hpp"
#include "berth/workload.hpp"

namespace berth {
namespace {

const Catalog& catalog() {
  static const Catalog catalog = Catalog::load(embedded_data()).value();
  return catalog;
}

Result<Workload> parse(const std::string& body, const ParseOptions& options = {}) {
  return parse_workload("schema: berth/workload/v1\n" + body, "w.yaml", catalog(), options);
}

TEST(Workload, ReadsEverySection) {
  const auto w = parse(R"(name: demo
model:
  transformer: {kind: decoder, layers: 2, hidden: 64, heads: 4, kv_heads: 2, head_dim: 16, ffn: 128, gated_ffn: true, vocab: 100}
  framework: pytorch
job:
  task: train
  precision: bf16
  micro_batch: 4
  peft: {method: lora, rank: 16, target_modules: all-linear}
  parallelism: {data: 8, zero_stage: 3}
  dataset: {tokens: 1e9}
environment:
  budget_usd: $1000
  deadline_s: 24h
  users: [{name: a, distance_km: 4800}]
  edge: {power_w: 5W, uplink_bits_per_s: 64kbit/s}
cluster: {device: nvidia-a100-sxm-80gb, devices_per_machine: 8, host_memory_bytes: 1TiB}
)");
  ASSERT_TRUE(w) << to_string(w.error());
  EXPECT_EQ(w->model->transformer->kv_heads, 2);
  EXPECT_EQ(w->job.task, Task::kTrain);
  EXPECT_EQ(w->job.peft->target_modules, std::vector<std::string>{"all-linear"});
  EXPECT_EQ(w->job.parallelism.zero_stage, 3);
  EXPECT_EQ(w->environment.budget, Usd(1000));
  EXPECT_EQ(w->environment.deadline, Seconds(86400));
  EXPECT_EQ(w->environment.edge->uplink_bits_per_s, 64000);
  EXPECT_EQ(w->cluster->devices(), 8);
  EXPECT_EQ(w->cluster->host_memory, Bytes(std::int64_t{1} << 40));
}

TEST(Workload, KeepsAbsentKeysUnknownAndNullsKnown) {
  const auto w = parse("job: {task: train, precision: null}\n");
  ASSERT_TRUE(w) << to_string(w.error());
  EXPECT_FALSE(w->job.precision);
  EXPECT_FALSE(w->job.micro_batch);
  ASSERT_EQ(w->given.size(), 3U);  // schema, job.task, job.precision
  EXPECT_EQ(w->given[2].path, "job.precision");
  EXPECT_TRUE(w->given[2].is_null);
  EXPECT_EQ(w->given[1].line, 2);
  EXPECT_EQ(w->given[1].column, 13);
}

TEST(Workload, TakesOverridesOfPresentAndAbsentKeys) {
  ParseOptions options;
  options.overrides = {"job.micro_batch=32", "environment.clouds=[aws]", "job.task=serve"};
  const auto w = parse("job: {task: train}\n", options);
  ASSERT_TRUE(w) << to_string(w.error());
  EXPECT_EQ(w->job.micro_batch, 32);
  EXPECT_EQ(w->job.task, Task::kServe);
  EXPECT_EQ(w->environment.clouds, std::vector<std::string>{"aws"});
}

struct BadCase {
  const char* body;
  const char* says;
};

class BadWorkload : public testing::TestWithParam<BadCase> {};

TEST_P(BadWorkload, IsRefusedWithPlaceAndMend) {
  const auto w = parse(GetParam().body);
  ASSERT_FALSE(w);
  EXPECT_NE(to_string(w.error()).find(GetParam().says), std::string::npos) << to_string(w.error());
}

INSTANTIATE_TEST_SUITE_P(
    All, BadWorkload,
    testing::Values(BadCase{"jbo: {}\n", "w.yaml:2:1: error: unknown key 'jbo'; did you mean 'job'?"},
                    BadCase{"job: {taks: train}\n", "did you mean 'task'?"},
                    BadCase{"job: {task: trian}\n", "did you mean 'train'?"}, BadCase{"job: 3\n", "must be an object"},
                    BadCase{"job: {micro_batch: -1}\n", "w.yaml:2:20"},
                    BadCase{"job: {micro_batch: 1.5}\n", "a whole number"},
                    BadCase{"job: {micro_batch: many}\n", "found the text 'many'"},
                    BadCase{"job: {epochs: .nan}\n", "NaN"}, BadCase{"job: {steps: 1e300}\n", "'job.steps'"},
                    BadCase{"job: {sequence_length: 10, mean_length: 20}\n", "longer than"},
                    BadCase{"job: {peft: {rank: 8}}\n", "needs a method"},
                    BadCase{"environment: {clouds: [gpc]}\n", "did you mean 'gcp'?"},
                    BadCase{"environment: {budget_usd: 5EUR}\n", "unknown unit 'EUR'"},
                    BadCase{"environment: {users: [{name: x}]}\n", "distance_km"},
                    BadCase{"environment: {users: {name: x}}\n", "must be a list"},
                    BadCase{"environment: {devices: {allow: [nvidia-a100-smx-80gb]}}\n", "nvidia-a100-sxm-80gb"},
                    BadCase{"cluster: {device: nvidia-h100}\n", "w.yaml:2:19"},
                    BadCase{"cluster: {machines: 2}\n", "needs a device"},
                    BadCase{"cluster: {device: google-tpu-v4, topology: four}\n", "4x4x8"},
                    BadCase{"model: {summary: {parameters: 1}, trees: {count: 1, depth: 1}}\n", "keep one"},
                    BadCase{"model: {file: x.json}\n", "model.file"}));

TEST(Workload, NeedsItsSchema) {
  const auto none = parse_workload("name: x", "w.yaml", catalog());
  ASSERT_FALSE(none);
  EXPECT_NE(to_string(none.error()).find("add schema: berth/workload/v1"), std::string::npos);
  EXPECT_FALSE(parse_workload("schema: berth/workload/v9", "w.yaml", catalog()));
}

}  // namespace
}  // namespace berth
