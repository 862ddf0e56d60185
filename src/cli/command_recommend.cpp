#include "berth/recommend.hpp"
#include "berth/report.hpp"
#include "cli/inputs.hpp"

namespace berth::cli {

int run_recommend(const RecommendOptions& options, Terminal& terminal) {
  const Result<Knowledge> knowledge = load_knowledge(options.knowledge, terminal);
  if (!knowledge) return terminal.report(knowledge.error());
  const EstimateContext context{knowledge->catalog, knowledge->calibration};
  const Stamp stamp = stamp_of(*knowledge);
  const berth::RecommendOptions how{options.top, options.as_of, terminal.logger()};
  return answer_documents(
      options.documents, knowledge->catalog, terminal, [&](const Workload& workload, Layout layout) -> Result<Answer> {
        const Result<Recommendation> found = recommend(workload, knowledge->rules, context, how);
        if (!found) return tl::unexpected<Error>(found.error());
        const int code = found->feasible ? kDone : kFindings;
        if (layout == Layout::kText) return Answer{recommendation_text(*found, stamp), code};
        const JsonStyle style = layout == Layout::kJson ? JsonStyle::kIndented : JsonStyle::kOneLine;
        return Answer{recommendation_json(*found, stamp, style), code};
      });
}

}  // namespace berth::cli
