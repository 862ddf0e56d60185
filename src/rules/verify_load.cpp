// What keeps rules from loading, as findings: one for each rule, and the others verified all the same.
#include <memory>

#include "cel/checker.hpp"
#include "cel/parser.hpp"
#include "rules/loader.hpp"
#include "rules/verifier.hpp"

namespace berth {
namespace {

// Does the expression pass once every word may be any text? Then a literal lies outside an enum.
bool passes_without_domains(std::string_view expression, const RuleSet::State& state) {
  using cel::Type;
  cel::TypePool pool;
  cel::Environment environment;
  for (const FactInfo& info : state.facts) {
    const Type* type = cel::TypePool::basic(Type::Kind::kString);
    if (info.type == FactType::kStringList) type = pool.list(type);
    if (info.type == FactType::kBool || info.type == FactType::kInt || info.type == FactType::kDouble)
      type = state.environment.type(*state.environment.find(info.path));
    environment.declare(info.path, type);
  }
  return cel::Program::compile(expression, environment, cel::Checking::kOn).has_value();
}

}  // namespace

std::string fault_of(std::string_view expression, const RuleSet::State& state) {
  cel::Arena arena;
  Result<cel::Expr> parsed = cel::parse(expression, arena);
  if (!parsed) return parsed.error().code == ErrorCode::kLimit ? "cost" : "syntax_error";
  cel::TypePool pool;
  const Result<cel::Checked> checked =
      cel::check(*parsed, expression, state.environment, pool, arena, cel::Checking::kOn);
  if (checked) return "bad_pattern";
  if (checked.error().code == ErrorCode::kNotFound) return "unknown_fact";
  return passes_without_domains(expression, state) ? "outside_domain" : "type_error";
}

Result<RuleCheck> check_rules(std::span<const SourceFile> files, const VerifyOptions& options) {
  RuleSet::State state;
  std::vector<RuleFault> faults;
  if (const Status status = read_set(files, options.family, state, faults); !status)
    return tl::unexpected<Error>(status.error());
  RuleCheck out;
  out.hash = state.hash;
  out.rules = state.rules.size();
  for (const RuleFault& fault : faults) {
    RuleFinding& finding = out.findings.emplace_back();
    finding.check = fault.check;
    finding.rule = fault.rule;
    finding.severity = "error";
    // The error names the rule in front, as the finding does.
    const std::string head = fault.rule + ": ";
    finding.message =
        fault.error.message.starts_with(head) ? fault.error.message.substr(head.size()) : fault.error.message;
    finding.fix = fault.error.fix;
    finding.span = fault.error.span;
  }
  Verifier verifier(state, options);
  std::vector<std::string> left_out;
  for (const RuleFault& fault : faults) left_out.push_back(fault.derives);
  verifier.leave_out(std::move(left_out));
  std::vector<RuleFinding> verified = verifier.run();
  out.findings.insert(out.findings.end(), std::make_move_iterator(verified.begin()),
                      std::make_move_iterator(verified.end()));
  return out;
}

}  // namespace berth
