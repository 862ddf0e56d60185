#include <algorithm>

#include "berth/check.hpp"
#include "check/details.hpp"
#include "check/job_sheet.hpp"
#include "check/judge.hpp"
#include "check/suppressions.hpp"

namespace berth {

using checking::Item;
using checking::JobSheet;
using checking::Judge;
using checking::RuleDetails;
using checking::SheetTables;
using checking::Suppression;

struct Checker::State {
  explicit State(RuleSet set, ConfigFormats known) : rules(std::move(set)), formats(std::move(known)) {}
  RuleSet rules;
  ConfigFormats formats;
  std::map<std::string, RuleDetails> details;
  SheetTables tables;
};

Checker::Checker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;
Checker::~Checker() = default;

Result<Checker> Checker::load(std::span<const SourceFile> files, const Catalog& catalog,
                              const Calibration& calibration) {
  Result<RuleSet> rules = RuleSet::load(files, RuleFamily::kCheck);
  if (!rules) return tl::unexpected<Error>(rules.error());
  Result<ConfigFormats> formats = ConfigFormats::load(files);
  if (!formats) return tl::unexpected<Error>(formats.error());
  auto state = std::make_unique<State>(std::move(*rules), std::move(*formats));
  auto details = checking::load_details(files, state->rules);
  if (!details) return tl::unexpected<Error>(details.error());
  auto models = checking::ModelTable::load(files);
  if (!models) return tl::unexpected<Error>(models.error());
  auto devices = checking::DeviceNames::load(files);
  if (!devices) return tl::unexpected<Error>(devices.error());
  auto keys = checking::load_key_lists(files);
  if (!keys) return tl::unexpected<Error>(keys.error());
  state->details = std::move(*details);
  SheetTables& tables = state->tables;
  tables.catalog = &catalog;
  tables.calibration = &calibration;
  tables.rules = &state->rules;
  tables.formats = &state->formats;
  tables.models = std::move(*models);
  tables.devices = std::move(*devices);
  tables.keys = std::move(*keys);
  checking::prepare(tables);
  return Checker(std::move(state));
}

const RuleSet& Checker::rules() const {
  return state_->rules;
}
const ConfigFormats& Checker::formats() const {
  return state_->formats;
}

const CheckRuleDoc* Checker::doc(std::string_view rule_id) const {
  const auto found = state_->details.find(std::string(rule_id));
  return found == state_->details.end() ? nullptr : &found->second.doc;
}

namespace {

constexpr const char* kUnreadable = "BRT7001";
constexpr const char* kInvalidWorkload = "BRT7002";
constexpr const char* kNoReason = "BRT9001";
constexpr const char* kUnused = "BRT9002";
constexpr const char* kExpired = "BRT9003";

bool kept(const CheckOptions& options, const Finding& finding) {
  if (!options.select.empty() && !checking::names_rule(options.select, finding.rule_id, finding.rule_name))
    return false;
  return !checking::names_rule(options.ignore, finding.rule_id, finding.rule_name);
}

void sort_findings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(a.span.line, a.span.column, std::string_view(a.rule_id)) <
           std::tuple(b.span.line, b.span.column, std::string_view(b.rule_id));
  });
}

Item item_of(const Suppression& suppression, const std::string& file) {
  std::string rules;
  for (const std::string& rule : suppression.rules) rules += (rules.empty() ? "" : ",") + rule;
  Item item{rules, suppression.until, suppression.reason, {}};
  item.place.span = {file, std::max(1, suppression.line), std::max(1, suppression.column),
                     std::max(1, suppression.line), std::max(1, suppression.column)};
  return item;
}

class Suppressor {
 public:
  Suppressor(const Judge& judge, const FactSheet& blank, FileReport& report)
      : judge_(judge), facts_(blank), report_(report) {}

  void run() {
    std::vector<Suppression> found = checking::comments_of(report_.text);
    if (!judge_.options.suppression_file.empty()) {
      auto entries =
          checking::entries_for(judge_.options.suppression_file, judge_.options.suppression_file_name, report_.file);
      if (entries) found.insert(found.end(), entries->begin(), entries->end());
    }
    std::vector<Finding> own;
    for (Suppression& suppression : found) {
      const Item item = item_of(suppression, report_.file);
      if (suppression.reason.empty()) {
        own.push_back(judge_.about(kNoReason, facts_, item));
        continue;
      }
      if (!suppression.until.empty() && !judge_.options.today.empty() && suppression.until < judge_.options.today) {
        own.push_back(judge_.about(kExpired, facts_, item));
        continue;
      }
      apply(suppression);
      if (!suppression.used && suppression.line > 0) own.push_back(judge_.about(kUnused, facts_, item));
    }
    for (Finding& finding : own) {
      if (kept(judge_.options, finding)) report_.findings.push_back(std::move(finding));
    }
  }

 private:
  void apply(Suppression& suppression) {
    for (Finding& finding : report_.findings) {
      if (suppression.target_line != 0 && finding.span.line != suppression.target_line &&
          finding.span.line != suppression.line)
        continue;
      if (!suppression.key.empty() && suppression.key != finding.key_path) continue;
      if (!checking::names_rule(suppression.rules, finding.rule_id, finding.rule_name)) continue;
      suppression.used = true;
      finding.suppressed = true;
      finding.suppression_reason = suppression.reason;
    }
  }

  const Judge& judge_;
  FactSheet facts_;
  FileReport& report_;
};

// Whether a file given beside a config is what the config leaves outside: its launcher's, its runtime's, its cluster's.
bool goes_with(const Config& config, const Config& other) {
  const auto launches = [](const Config& one) {
    const std::string& id = one.detection.ecosystem;
    return id == "accelerate" || id == "skypilot" || id == "kubeflow" || id == "jobset" || id == "mpi-operator";
  };
  if (other.detection.kind != ConfigKind::kConfig) return false;
  if (launches(other)) return !launches(config) && config.detection.ecosystem != "kubeflow-trainer";
  const Located name = other.tree->find("metadata.name");
  if (name.node == nullptr || !name.node->is(Node::Kind::kString)) return false;
  return std::any_of(config.links.begin(), config.links.end(), [&](const ConfigLink& link) {
    return link.role == "runtime" && !link.read && link.target == name.node->as_string();
  });
}

void pair_with_companions(std::vector<Config>& configs, const ConfigFormats& formats, const CheckOptions& options) {
  for (const SourceFile& companion : options.companions) {
    for (const Config& other : read_configs(companion.text, companion.name, formats)) {
      for (Config& config : configs) {
        if (!goes_with(config, other)) continue;
        pair_config(config, other);
        for (ConfigLink& link : config.links) {
          if (link.role != "runtime") continue;
          link.read = true;
          config.partial = false;
          config.partial_why.clear();
        }
      }
    }
  }
}

}  // namespace

FileReport Checker::check(std::string_view text, std::string_view name, const CheckContext& context,
                          const CheckOptions& options) const {
  FileReport report;
  report.file = name;
  report.text = text;
  const Judge judge{state_->rules, state_->details, options};
  ReadConfigOptions read;
  read.resolve = [&](const std::string& path) -> std::optional<std::string> {
    if (const auto found = context.referenced.find(path); found != context.referenced.end()) return found->second;
    return options.resolve ? options.resolve(path) : std::nullopt;
  };
  std::vector<Config> configs = read_configs(text, name, state_->formats, read);
  pair_with_companions(configs, state_->formats, options);
  for (const Config& config : configs) {
    report.documents.push_back({config.detection.answer(), config.detection.evidence, config.detection.why});
    if (config.detection.kind == ConfigKind::kUnparsable) {
      FactSheet facts(state_->tables.blank.at(""));
      Item item{"", "", config.detection.why, {}};
      item.place.span = config.detection.span;
      Finding finding = judge.about(kUnreadable, facts, item);
      finding.span.file = report.file;
      finding.span.line = std::max(1, finding.span.line);
      finding.span.column = std::max(1, finding.span.column);
      if (kept(options, finding)) report.findings.push_back(std::move(finding));
    }
    if (config.detection.kind != ConfigKind::kConfig && config.detection.kind != ConfigKind::kFragment) continue;
    if (config.detection.ecosystem.empty()) continue;
    if (config.detection.ecosystem == "berth") {
      const Result<Workload> workload = parse_workload(text, name, *state_->tables.catalog);
      if (!workload) {
        FactSheet facts(state_->tables.blank.at(""));
        Item item{"", "", workload.error().message, {}};
        item.place.span = workload.error().span;
        Finding finding = judge.about(kInvalidWorkload, facts, item);
        finding.span.line = std::max(1, finding.span.line);
        finding.span.column = std::max(1, finding.span.column);
        if (!workload.error().fix.empty()) finding.fix = FindingFix{workload.error().fix, false, {}};
        if (kept(options, finding)) report.findings.push_back(std::move(finding));
        continue;
      }
    }
    JobSheet sheet(state_->tables, config, context, options);
    report.rules_judged += judge.run(sheet, report.findings);
  }
  if (options.suppressions) Suppressor(judge, state_->tables.blank.at(""), report).run();
  sort_findings(report.findings);
  return report;
}

}  // namespace berth
