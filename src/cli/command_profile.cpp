#include "berth/estimate.hpp"
#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "berth/report.hpp"
#include "berth/version.hpp"
#include "cli/inputs.hpp"

namespace berth::cli {
namespace {

using Pass = berth::ProfileOptions::Pass;

Pass pass_of(const ProfileOptions& options, const Job& job) {
  if (const auto asked = parse_pass(options.pass)) return *asked;
  const bool learns = job.task && *job.task != Task::kServe && *job.task != Task::kPrototype;
  return learns ? Pass::kTraining : Pass::kForward;
}

// What the command line asks for, else what the document says.
berth::ProfileOptions how_to_profile(const ProfileOptions& options, const Workload& workload) {
  berth::ProfileOptions out;
  out.pass = pass_of(options, workload.job);
  out.dtype = workload.job.precision;
  std::optional<std::int64_t> batch = workload.job.micro_batch;
  if (!batch && workload.job.serving) batch = workload.job.serving->batch;
  out.batch = options.batch.value_or(batch.value_or(1));
  out.sequence_length = options.sequence_length.value_or(workload.job.sequence_length.value_or(0));
  return out;
}

// Adds the time of one run on the machine given by --host, for every number of threads that was measured.
Status add_host_latency(const Catalog& catalog, const Calibration& calibration, Profile& profile) {
  const Device* host = catalog.find_device("host");
  if (host == nullptr || !host->host || profile.operators.empty()) return {};
  for (const HostRates& rates : host->host->rates) {
    Result<HostLatency> latency = host_latency(profile, *host, rates.threads, calibration);
    if (!latency) return tl::unexpected<Error>(latency.error());
    profile.host_latency.push_back(*latency);
  }
  return {};
}

// Rounds a sample of the model's weights; the narrowest format within the tolerance becomes the need.
Status add_precision(const ProfileOptions& options, const Workload& workload, Profile& profile) {
  if (!options.precision && !options.tolerance) return {};
  if (workload.model->path.empty()) {
    return fail(ErrorCode::kIncomplete, "a precision need is measured on weights, and the model is not a file",
                "give model.file, or leave --precision out", {workload.file, 0, 0, 0, 0});
  }
  const Result<WeightTable> table = read_weights(workload.model->path);
  if (!table) return tl::unexpected<Error>(table.error());
  std::vector<std::string> notes;
  const Result<std::vector<WeightSample>> sample = sample_weights(*table, {}, notes);
  if (!sample) return tl::unexpected<Error>(sample.error());
  PrecisionOptions how;
  how.tolerance = options.tolerance;
  Result<PrecisionReport> report = measure_precision(*sample, how);
  if (!report) return tl::unexpected<Error>(report.error());
  report->notes.insert(report->notes.begin(), notes.begin(), notes.end());
  if (report->tolerance) {
    profile.precision_basis = "measured";
    profile.lowest_precision = report->lowest ? rounding_format(*report->lowest).dtype : DType::kFp32;
  }
  profile.precision = std::move(*report);
  return {};
}

void add_on_chip_memory(const Catalog& catalog, Profile& profile) {
  if (!profile.edge_tpu) return;
  const Device* device = catalog.find_device(profile.edge_tpu->device);
  if (device == nullptr || !device->on_chip_memory) return;
  profile.edge_tpu->on_chip_bytes = device->on_chip_memory->value();
}

Result<Answer> answer(const ProfileOptions& options, const Knowledge& knowledge, const Stamp& stamp,
                      const Workload& workload, Layout layout) {
  if (!workload.model) {
    return fail(ErrorCode::kIncomplete, "the document describes no model",
                "give model.file, model.transformer, model.summary, model.operators or model.trees",
                {workload.file, 0, 0, 0, 0});
  }
  Result<Profile> found = profile(*workload.model, how_to_profile(options, workload));
  if (!found) {
    Error error = found.error();
    if (error.span.file.empty()) error.span.file = workload.file;
    return tl::unexpected<Error>(std::move(error));
  }
  if (Status status = add_host_latency(knowledge.catalog, knowledge.calibration, *found); !status) {
    return tl::unexpected<Error>(status.error());
  }
  if (Status status = add_precision(options, workload, *found); !status) return tl::unexpected<Error>(status.error());
  add_on_chip_memory(knowledge.catalog, *found);
  if (!workload.name.empty()) found->name = workload.name;
  const OperatorRows rows = options.operators ? OperatorRows::kIncluded : OperatorRows::kLeftOut;
  if (layout == Layout::kText) return Answer{profile_text(*found, rows, stamp), kDone};
  const JsonStyle style = layout == Layout::kJson ? JsonStyle::kIndented : JsonStyle::kOneLine;
  return Answer{profile_json(*found, rows, stamp, style), kDone};
}

}  // namespace

int run_profile(const ProfileOptions& options, Terminal& terminal) {
  const Result<Knowledge> knowledge = load_knowledge(options.knowledge, terminal);
  if (!knowledge) return terminal.report(knowledge.error());
  const Stamp stamp = stamp_of(*knowledge);
  return answer_documents(
      options.documents, knowledge->catalog, terminal,
      [&](const Workload& workload, Layout layout) { return answer(options, *knowledge, stamp, workload, layout); });
}

}  // namespace berth::cli
