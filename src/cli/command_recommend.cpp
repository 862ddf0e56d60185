#include "berth/explain.hpp"
#include "berth/recommend.hpp"
#include "berth/report.hpp"
#include "cli/inputs.hpp"

namespace berth::cli {
namespace {

JsonStyle style_of(Layout layout) {
  return layout == Layout::kJson ? JsonStyle::kIndented : JsonStyle::kOneLine;
}

}  // namespace

int run_recommend(const RecommendOptions& options, Terminal& terminal) {
  const Result<Knowledge> knowledge = load_knowledge(options.knowledge, terminal);
  if (!knowledge) return terminal.report(knowledge.error());
  const EstimateContext context{knowledge->catalog, knowledge->calibration};
  const Stamp stamp = stamp_of(*knowledge);
  berth::RecommendOptions how;
  how.top = options.top;
  how.as_of = options.as_of;
  how.logger = terminal.logger();
  how.flips = options.flips;
  const auto answer = [&](const Workload& workload, Layout layout) -> Result<Answer> {
    const Result<Recommendation> found = recommend(workload, knowledge->rules, context, how);
    if (!found) return tl::unexpected<Error>(found.error());
    const int code = found->feasible ? kDone : kFindings;
    if (layout == Layout::kText) return Answer{recommendation_text(*found, stamp), code};
    return Answer{recommendation_json(*found, stamp, style_of(layout)), code};
  };
  const bool why_not = !options.why_not.empty();
  const std::string& target = why_not ? options.why_not : options.why;
  const auto explanation = [&](const Workload& workload, Layout layout) -> Result<Answer> {
    const Result<Explanation> found =
        explain(workload, knowledge->rules, context, how, why_not ? "why_not" : "why", target);
    if (!found) return tl::unexpected<Error>(found.error());
    if (layout == Layout::kText) return Answer{explanation_text(*found, stamp)};
    return Answer{explanation_json(*found, stamp, style_of(layout))};
  };
  if (target.empty()) return answer_documents(options.documents, knowledge->catalog, terminal, answer);
  return answer_documents(options.documents, knowledge->catalog, terminal, explanation);
}

}  // namespace berth::cli
