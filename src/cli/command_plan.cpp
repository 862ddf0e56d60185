#include "berth/parallelism.hpp"
#include "berth/report.hpp"
#include "cli/inputs.hpp"

namespace berth::cli {

int run_plan(const PlanOptions& options, Terminal& terminal) {
  const Result<Knowledge> knowledge = load_knowledge(options.knowledge, terminal);
  if (!knowledge) return terminal.report(knowledge.error());
  const EstimateContext context{knowledge->catalog, knowledge->calibration};
  const Stamp stamp = stamp_of(*knowledge);
  const LayoutOptions how{options.top, options.as_of};
  return answer_documents(
      options.documents, knowledge->catalog, terminal, [&](const Workload& workload, Layout layout) -> Result<Answer> {
        const Result<LayoutSearch> found = plan_layouts(workload, knowledge->rules, context, how);
        if (!found) return tl::unexpected<Error>(found.error());
        const int code = found->layouts.empty() ? kFindings : kDone;
        if (layout == Layout::kText) return Answer{layouts_text(*found, stamp), code};
        const JsonStyle style = layout == Layout::kJson ? JsonStyle::kIndented : JsonStyle::kOneLine;
        return Answer{layouts_json(*found, stamp, style), code};
      });
}

}  // namespace berth::cli
