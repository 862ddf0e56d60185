// berth check: reads the files, hands each to the checker on all cores, writes what was found.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <set>
#include <thread>

#include "berth/check.hpp"
#include "berth/check_report.hpp"
#include "berth/version.hpp"
#include "cli/inputs.hpp"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

bool is_config_name(const fs::path& path) {
  const std::string end = path.extension().string();
  return end == ".yaml" || end == ".yml" || end == ".json" || end == ".toml" || end == ".sh";
}

// Files as given; of folders all files that may be configs, in path order.
Result<std::vector<std::string>> files_of(const std::vector<std::string>& inputs) {
  std::vector<std::string> out;
  for (const std::string& input : inputs) {
    std::error_code error;
    if (input == "-" || !fs::is_directory(input, error)) {
      out.push_back(input);
      continue;
    }
    std::vector<std::string> found;
    fs::recursive_directory_iterator it(input, fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (it->is_directory(error) && name.size() > 1 && name.starts_with('.')) it.disable_recursion_pending();
      if (it->is_regular_file(error) && is_config_name(it->path())) found.push_back(it->path().string());
    }
    std::sort(found.begin(), found.end());
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

// A config is some kilobytes; the readers refuse texts above 16 MiB, so no more than that is read.
std::optional<std::string> slurp(const fs::path& path) {
  constexpr std::size_t kMost = (std::size_t{16} << 20U) + 1;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text(std::min<std::uintmax_t>(kMost, fs::file_size(path, error)), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

// A file that a config names: beside the config, or from where berth runs.
std::optional<std::string> resolve_beside(const std::string& file, const std::string& target) {
  if (target.empty() || target.find('\0') != std::string::npos) return std::nullopt;
  if (auto text = slurp(fs::path(file).parent_path() / target)) return text;
  return slurp(target);
}

Result<CheckContext> context_of(const CheckCommandOptions& options, Terminal& terminal) {
  CheckContext context;
  if (!options.context.empty()) {
    const Result<std::string> text = terminal.read(options.context);
    if (!text) return tl::unexpected<Error>(text.error());
    Result<CheckContext> parsed = parse_check_context(*text, options.context);
    if (!parsed) return parsed;
    context = std::move(*parsed);
  }
  if (!options.device.empty()) {
    context.sku = options.device;
    context.device_class.reset();
    context.memory_gib.reset();
    context.compute_capability.reset();
  }
  if (options.devices_per_machine) context.devices_per_machine = options.devices_per_machine;
  if (options.machines) context.machines = options.machines;
  if (!options.device.empty()) {
    if (!context.devices_per_machine) context.devices_per_machine = 1;
    if (!context.machines) context.machines = 1;
  }
  for (const std::string& version : options.versions) {
    const std::size_t equals = version.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kInvalid, "--framework takes NAME=VERSION, found '" + version + "'",
                  "write it as transformers=4.46.1");
    }
    context.versions[version.substr(0, equals)] = version.substr(equals + 1);
  }
  return context;
}

class Run {
 public:
  Run(const Checker& checker, const CheckContext& context, const CheckOptions& options, Terminal& terminal)
      : checker_(checker), context_(context), options_(options), terminal_(terminal) {}

  // One report a file, in the files' order; a file that can't be read is reported and left out.
  std::vector<FileReport> all(const std::vector<std::string>& files) {
    std::vector<std::optional<FileReport>> reports(files.size());
    std::vector<std::optional<Error>> errors(files.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t i = next++; i < files.size(); i = next++) {
        const Result<std::string> text = read(files[i]);
        if (text)
          reports[i] = one(*text, files[i]);
        else
          errors[i] = text.error();
      }
    };
    const bool stdin_too = std::find(files.begin(), files.end(), "-") != files.end();
    const std::size_t cores = stdin_too ? 1 : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < std::min(cores, files.size()); ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    std::vector<FileReport> out;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (errors[i]) {
        terminal_.report(*errors[i]);
        failed_ = true;
      }
      if (reports[i]) out.push_back(std::move(*reports[i]));
    }
    return out;
  }

  FileReport one(const std::string& text, const std::string& file) const {
    CheckOptions options = options_;
    options.resolve = [&file](const std::string& target) { return resolve_beside(file, target); };
    return checker_.check(text, file == "-" ? "<stdin>" : file, context_, options);
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  Result<std::string> read(const std::string& file) {
    if (file == "-") return terminal_.read(file);
    if (auto text = slurp(file)) return *text;
    return fail(ErrorCode::kNotFound, "can't open the file", "give the path of a file, or - for standard input",
                {file, 0, 0, 0, 0});
  }

  const Checker& checker_;
  const CheckContext& context_;
  const CheckOptions& options_;
  Terminal& terminal_;
  bool failed_ = false;
};

bool counts(const Finding& finding, const CheckCommandOptions& options) {
  if (finding.suppressed || finding.baseline == BaselineState::kUnchanged) return false;
  if (finding.level == Severity::kOpen) return options.fail_on_unknown;
  if (options.fail_on == "never") return false;
  if (options.fail_on == "note") return true;
  if (options.fail_on == "warning") return finding.level >= Severity::kWarning;
  return finding.level == Severity::kError;
}

std::size_t serious(const FileReport& report) {
  return static_cast<std::size_t>(std::count_if(report.findings.begin(), report.findings.end(), [](const Finding& f) {
    return !f.suppressed && f.level >= Severity::kWarning;
  }));
}

// Applies fixes one by one; one that doesn't lessen the findings is taken back.
FileReport mended(const Run& run, const FileReport& before, bool unsafe_too) {
  FileReport report = before;
  std::set<std::string> tried;
  for (bool again = true; again;) {
    again = false;
    for (const Finding& finding : report.findings) {
      if (!finding.fix || finding.fix->edits.empty() || finding.suppressed || finding.span.file != report.file)
        continue;
      if (!finding.fix->safe && !unsafe_too) continue;
      if (!tried.insert(finding.rule_id + " " + finding.key_path).second) continue;
      const std::string text = apply_edits(report.text, finding.fix->edits);
      FileReport after = run.one(text, report.file);
      const bool gone = std::none_of(after.findings.begin(), after.findings.end(), [&](const Finding& f) {
        return f.rule_id == finding.rule_id && f.key_path == finding.key_path && f.level != Severity::kOpen;
      });
      if (!gone || serious(after) > serious(report)) continue;
      report = std::move(after);
      again = true;
      break;
    }
  }
  return report;
}

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  stream.flush();
  if (!stream)
    return fail(ErrorCode::kIo, "can't write the file", "check the folder and its rights", {path, 0, 0, 0, 0});
  return {};
}

int mend(const Run& run, std::vector<FileReport>& reports, const CheckCommandOptions& options, Terminal& terminal) {
  for (FileReport& report : reports) {
    FileReport after = mended(run, report, options.unsafe_fixes);
    if (after.text == report.text) continue;
    if (options.diff) {
      terminal.out() << text_diff(report.text, after.text, report.file);
    } else {
      if (const Status status = write_file(report.file, after.text); !status) return terminal.report(status.error());
      terminal.err() << report.file << ": mended\n";
    }
    report = std::move(after);
  }
  return kDone;
}

struct Output {
  std::string format, file;  // file empty: standard output
};

Result<std::vector<Output>> outputs_of(const CheckCommandOptions& options) {
  std::vector<std::string> words = options.formats;
  words.insert(words.end(), options.outputs.begin(), options.outputs.end());
  if (words.empty()) words.emplace_back("text");
  std::vector<Output> out;
  const std::vector<std::string> known = check_formats();
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    Output output{word.substr(0, equals), equals == std::string::npos ? "" : word.substr(equals + 1)};
    if (output.file == "-") output.file.clear();
    if (std::find(known.begin(), known.end(), output.format) == known.end()) {
      std::string list;
      for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
      return fail(ErrorCode::kInvalid, "there is no format '" + output.format + "'", "formats are " + list);
    }
    out.push_back(std::move(output));
  }
  if (std::count_if(out.begin(), out.end(), [](const Output& o) { return o.file.empty(); }) > 1) {
    return fail(ErrorCode::kInvalid, "two formats for standard output",
                "write one of them to a file: --format sarif=out.sarif");
  }
  return out;
}

int baseline(std::vector<FileReport>& reports, const CheckCommandOptions& options, Terminal& terminal) {
  if (options.baseline.empty()) return kDone;
  if (options.update_baseline) {
    const Status status = write_file(options.baseline, write_baseline(reports));
    if (!status) return terminal.report(status.error());
  }
  const Result<std::string> text = terminal.read(options.baseline);
  if (!text) return terminal.report(text.error());
  const Result<std::vector<StaleEntry>> stale = apply_baseline(reports, *text, options.baseline);
  if (!stale) return terminal.report(stale.error());
  for (const StaleEntry& entry : *stale) {
    terminal.err() << fmt::format("{}: {} at '{}' of {} no longer occurs: --update-baseline removes it\n",
                                  options.baseline, entry.rule, entry.key_path, entry.file);
  }
  return kDone;
}

CheckOptions judging(const CheckCommandOptions& options, const Catalog& catalog) {
  CheckOptions judge;
  judge.select = options.select;
  judge.ignore = options.ignore;
  judge.as_of = catalog.as_of();
  judge.today = options.as_of.empty() ? catalog.as_of() : options.as_of;
  judge.estimates = !options.no_estimates;
  judge.suppressions = !options.no_suppress;
  if (auto text = slurp(options.suppression_file)) {
    judge.suppression_file = std::move(*text);
    judge.suppression_file_name = options.suppression_file;
  }
  return judge;
}

int show_rules(const CheckCommandOptions& options, const Checker& checker, Terminal& terminal) {
  if (options.explain.empty()) {
    for (const Rule& rule : checker.rules().rules())
      terminal.out() << fmt::format("{:<8} {:<8} {:<44} {}\n", rule.id, rule.severity, rule.name, rule.title);
    return kDone;
  }
  const Rule* rule = checker.rules().find(options.explain);
  if (rule == nullptr) {
    return terminal.report({ErrorCode::kNotFound,
                            "there is no check rule '" + options.explain + "'",
                            "berth check --list-rules shows them all",
                            {}});
  }
  terminal.out() << rule_page(*rule, *checker.doc(rule->id));
  return kDone;
}

// What each document was taken for, and by which of its keys: shown by --verbose.
void log_recognition(const std::vector<FileReport>& reports, Terminal& terminal) {
  for (const FileReport& report : reports) {
    for (std::size_t i = 0; i < report.documents.size(); ++i) {
      const CheckedDocument& document = report.documents[i];
      std::string line = report.file;
      if (report.documents.size() > 1) line += fmt::format(" (document {})", i + 1);
      line += ": " + document.ecosystem;
      for (std::size_t k = 0; k < document.evidence.size(); ++k)
        line += (k == 0 ? ", recognised by " : ", ") + document.evidence[k];
      if (!document.why.empty()) line += "; " + document.why;
      terminal.logger()(LogLevel::kDebug, line);
    }
  }
}

int write_outputs(const std::vector<Output>& outputs, const std::vector<FileReport>& reports, const Checker& checker,
                  const CheckStamp& stamp, OpenFindings open, Terminal& terminal) {
  for (const Output& output : outputs) {
    const std::string text = check_report(output.format, reports, checker, stamp, open);
    if (output.file.empty()) {
      terminal.out() << text;
    } else if (const Status status = write_file(output.file, text); !status) {
      return terminal.report(status.error());
    }
  }
  return kDone;
}

}  // namespace

int run_check(const CheckCommandOptions& options, Terminal& terminal) {
  const Result<std::vector<Output>> outputs = outputs_of(options);
  if (!outputs) return terminal.report(outputs.error());
  const Result<std::vector<SourceFile>> files = load_files(options.knowledge);
  if (!files) return terminal.report(files.error());
  const Result<Catalog> catalog = Catalog::load(*files);
  if (!catalog) return terminal.report(catalog.error());
  const Result<Calibration> calibration = load_calibration(options.knowledge, terminal);
  if (!calibration) return terminal.report(calibration.error());
  const Result<Checker> checker = Checker::load(*files, *catalog, *calibration);
  if (!checker) return terminal.report(checker.error());
  if (!options.explain.empty() || options.list_rules) return show_rules(options, *checker, terminal);
  if (options.inputs.empty()) {
    return terminal.report({ErrorCode::kInvalid, "no file to check", "berth check PATH…, see berth check --help", {}});
  }
  const Result<CheckContext> context = context_of(options, terminal);
  if (!context) return terminal.report(context.error());
  const Result<std::vector<std::string>> paths = files_of(options.inputs);
  if (!paths) return terminal.report(paths.error());
  CheckOptions judge = judging(options, *catalog);
  for (const std::string& file : options.companions) {
    const Result<std::string> text = terminal.read(file);
    if (!text) return terminal.report(text.error());
    judge.companions.push_back({file, *text});
  }
  Run run(*checker, *context, judge, terminal);
  std::vector<FileReport> reports = run.all(*paths);
  log_recognition(reports, terminal);
  if (options.fix || options.unsafe_fixes || options.diff) {
    if (const int code = mend(run, reports, options, terminal); code != kDone) return code;
  }
  if (const int code = baseline(reports, options, terminal); code != kDone) return code;
  const CheckStamp stamp{version(), checker->rules().hash(), catalog->as_of()};
  const OpenFindings open = options.show_open ? OpenFindings::kShown : OpenFindings::kCounted;
  if (const int code = write_outputs(*outputs, reports, *checker, stamp, open, terminal); code != kDone) return code;
  if (run.failed()) return kUsage;
  if (options.exit_zero) return kDone;
  const bool found = std::any_of(reports.begin(), reports.end(), [&](const FileReport& report) {
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [&](const Finding& finding) { return counts(finding, options); });
  });
  return found ? kFindings : kDone;
}

}  // namespace berth::cli
