#include "berth/report.hpp"
#include "cli/inputs.hpp"

namespace berth::cli {
namespace {

Result<Estimate> estimate_document(const Workload& workload, const EstimateContext& context) {
  if (!workload.cluster) {
    return fail(ErrorCode::kIncomplete, "'cluster' is not given", "give the fixed hardware, or use berth recommend");
  }
  const Machine* machine = cheapest_machine(workload, *workload.cluster, context.catalog);
  return estimate(workload, *workload.cluster, machine, context);
}

}  // namespace

int run_estimate(const EstimateOptions& options, Terminal& terminal) {
  const Result<Knowledge> knowledge = load_knowledge(options.knowledge, terminal);
  if (!knowledge) return terminal.report(knowledge.error());
  const EstimateContext context{knowledge->catalog, knowledge->calibration};
  const Stamp stamp = stamp_of(*knowledge);
  return answer_documents(
      options.documents, knowledge->catalog, terminal, [&](const Workload& workload, Layout layout) -> Result<Answer> {
        Result<Estimate> found = estimate_document(workload, context);
        if (!found) {
          Error error = found.error();
          if (error.span.file.empty()) error.span.file = workload.file;
          return tl::unexpected<Error>(std::move(error));
        }
        if (layout == Layout::kText) return Answer{estimate_text(*found, stamp), kDone};
        const JsonStyle style = layout == Layout::kJson ? JsonStyle::kIndented : JsonStyle::kOneLine;
        return Answer{estimate_json(*found, stamp, style), kDone};
      });
}

}  // namespace berth::cli
