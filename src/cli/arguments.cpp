// The only file that includes CLI11: it fills the structs of commands.hpp and maps CLI11's exit codes.
#include "cli/arguments.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <functional>
#include <ostream>

#include "cli/commands.hpp"
#include "core/text.hpp"

namespace berth::cli {
namespace {

constexpr const char* kDescription = "Where should this machine-learning workload run, on what, and why.";
constexpr const char* kFooter =
    "Exit codes: 0 done; 1 findings, or no feasible candidate; 2 wrong usage or unreadable input; 3 a fault of berth.\n"
    "The workload document and every output: docs/reference/, or `berth schema`.";

// Flags that stand for one assignment each, kept until the whole line is parsed.
struct Shorthands {
  std::string task;
  std::string objective;
  std::vector<std::string> clouds;
  std::vector<std::string> regions;
  std::vector<std::string> dims;
  std::vector<std::string> set;
};

struct Options {
  bool version = false;
  bool quiet = false;
  bool verbose = false;
  Shorthands shorthands;
  RecommendOptions recommend;
  EstimateOptions estimate;
  PlanOptions plan;
  ProfileOptions profile;
  CheckCommandOptions check;
  ExplainOptions explain;
  RulesListOptions rules_list;
  RulesCheckOptions rules_check;
  RulesFolderOptions rules_test;
  RulesEvalOptions rules_eval;
  CelOptions cel;
  CatalogListOptions catalog_list;
  CatalogShowOptions catalog_show;
  SchemaOptions schema;
  ProbeOptions probe;
  ValidateOptions validate;
  CalibrateOptions calibrate;
  std::string shell;
};

using Command = std::function<int(Terminal&)>;

// A check that adds nothing to the help line: the type name says it already.
CLI::Validator silent(CLI::Validator validator) {
  validator.description("");
  return validator;
}

// A value out of a closed list; the list is shown in --help and offered by completions.
CLI::Option* add_choice(CLI::App& app, const std::string& flag, std::string& target,
                        const std::vector<std::string>& choices, const std::string& description) {
  std::string text;
  for (const std::string& choice : choices) text += (text.empty() ? "" : "|") + choice;
  return app.add_option(flag, target, description)->check(silent(CLI::IsMember(choices)))->type_name(text);
}

void add_format(CLI::App& app, Format& format) {
  app.add_option_function<std::string>(
         "--format", [&format](const std::string& word) { format = word == "text" ? Format::kText : Format::kJson; },
         std::string("Output format (default: ") + (format == Format::kText ? "text" : "json") + ")")
      ->check(silent(CLI::IsMember({"json", "text"})))
      ->type_name("json|text");
}

enum class Uses : std::uint8_t { kRules, kCatalog, kEstimates };

void add_knowledge(CLI::App& app, KnowledgeOptions& options, Uses uses) {
  app.add_option("--rules-dir", options.rules_dir, "Use this folder instead of the built-in rules and catalog")
      ->type_name("DIR");
  if (uses == Uses::kRules) return;
  app.add_option("--catalog", options.catalog_dirs, "Add devices, machines and prices from this folder (repeatable)")
      ->type_name("DIR")
      ->allow_extra_args(false);
  app.add_option("--host", options.host, "Add the machine measured by `berth probe > FILE`, as the device \"host\"")
      ->type_name("FILE");
  if (uses == Uses::kCatalog) return;
  app.add_option("--calibration", options.calibration, "Use this calibration instead of the built-in one")
      ->type_name("FILE");
}

std::string check_dim(std::string& text) {
  const std::size_t equals = text.rfind('=');
  bool good = equals != std::string::npos && equals > 0 && equals + 1 < text.size() && text.size() - equals < 14;
  for (std::size_t i = equals + 1; good && i < text.size(); ++i) good = text[i] >= '0' && text[i] <= '9';
  return good && text[equals + 1] != '0' ? std::string() : "'" + text + "' is no axis size; write it as batch=8";
}

void add_documents(CLI::App& app, DocumentOptions& options, Shorthands& shorthands) {
  app.add_option("INPUT", options.inputs,
                 "Workload documents (YAML, JSON), model files or folders; - is standard input")
      ->required()
      ->type_name("INPUT");
  add_format(app, options.format);
  app.add_flag("--jsonl", options.jsonl, "One document a line in, one result a line out, in order, on all cores");
  app.add_option("--set", shorthands.set, "Set a key of the document: job.micro_batch=32 (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--dim", shorthands.dims,
                 "Size of a dynamic axis of the model file, by its name or INPUT:AXIS: batch=8 (repeatable)")
      ->type_name("NAME=N")
      ->allow_extra_args(false)
      ->check(CLI::Validator(check_dim, ""));
  add_choice(app, "--task", shorthands.task, {"prototype", "train", "finetune", "search", "serve"},
             "Short for --set job.task=TASK");
  add_choice(app, "--objective", shorthands.objective, {"cost", "time", "balanced"},
             "Short for --set environment.objective=OBJECTIVE");
  app.add_option("--cloud", shorthands.clouds, "Allow only this cloud (repeatable)")
      ->type_name("CLOUD")
      ->allow_extra_args(false)
      ->delimiter(',');
  app.add_option("--region", shorthands.regions, "Allow only this region (repeatable)")
      ->type_name("REGION")
      ->allow_extra_args(false)
      ->delimiter(',');
}

std::string list_text(const std::vector<std::string>& words) {
  std::string text = "[";
  for (const std::string& word : words) text += (text.size() > 1 ? "," : "") + ("\"" + word + "\"");
  return text + "]";
}

// {"batch": 8, "x:0": 1}; check_dim has seen every one.
std::string dims_text(const std::vector<std::string>& dims) {
  std::string text = "{";
  for (const std::string& dim : dims) {
    const std::size_t equals = dim.rfind('=');
    text += text.size() > 1 ? ", \"" : "\"";
    for (const char c : dim.substr(0, equals)) text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    text += "\": " + dim.substr(equals + 1);
  }
  return text + "}";
}

// The shorthands come first, so that an explicit --set wins.
std::vector<std::string> assignments(const Shorthands& shorthands) {
  std::vector<std::string> out;
  if (!shorthands.task.empty()) out.push_back("job.task=" + shorthands.task);
  if (!shorthands.objective.empty()) out.push_back("environment.objective=" + shorthands.objective);
  if (!shorthands.clouds.empty()) out.push_back("environment.clouds=" + list_text(shorthands.clouds));
  if (!shorthands.regions.empty()) out.push_back("environment.regions=" + list_text(shorthands.regions));
  if (!shorthands.dims.empty()) out.push_back("model.dims=" + dims_text(shorthands.dims));
  out.insert(out.end(), shorthands.set.begin(), shorthands.set.end());
  return out;
}

std::string check_date(std::string& text) {
  const std::string shape = "dddd-dd-dd";
  bool good = text.size() == shape.size();
  for (std::size_t i = 0; good && i < shape.size(); ++i) {
    good = shape[i] == 'd' ? (text[i] >= '0' && text[i] <= '9') : text[i] == shape[i];
  }
  return good ? std::string() : "'" + text + "' is no date; write it as 2026-11-24";
}

class CommandLine {
 public:
  CommandLine() : app_(kDescription, "berth") {
    app_.footer(kFooter);
    app_.fallthrough();
    app_.require_subcommand(0, 1);
    app_.add_flag("--version", options_.version, "Print the version, the rule set's hash and the catalog's date");
    app_.add_flag("-q,--quiet", options_.quiet, "No log lines, only errors");
    app_.add_flag("-v,--verbose", options_.verbose, "More log lines, on standard error");
    add_answers();
    add_check();
    add_explanations();
    add_rules();
    add_catalog();
    add_measuring();
    add_tools();
  }

  int run(int argc, const char* const* argv, Terminal& terminal) {
    for (int i = 1; i < argc && first_word_.empty(); ++i) {
      if (*argv[i] != '-') first_word_ = argv[i];
    }
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return explain(error, terminal);
    }
    if (options_.quiet) terminal.set_verbosity(Verbosity::kQuiet);
    if (options_.verbose) terminal.set_verbosity(Verbosity::kVerbose);
    if (options_.version) return run_version(terminal);
    if (command_) return command_(terminal);
    terminal.err() << app_.help();
    return kUsage;
  }

  [[nodiscard]] const CLI::App& app() const { return app_; }

 private:
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& description, Command command) {
    CLI::App* added = parent.add_subcommand(name, description);
    if (command) added->callback([this, command = std::move(command)] { command_ = command; });
    return added;
  }

  // A command that takes workload documents: its assignments are complete only once all is parsed.
  template <class CommandOptions>
  CLI::App* add_answer(const std::string& name, const std::string& description, CommandOptions& options,
                       int (*runner)(const CommandOptions&, Terminal&)) {
    CLI::App* added = add(app_, name, description, [this, &options, runner](Terminal& terminal) {
      if (options.documents.jsonl && options.documents.format == Format::kText) {
        return terminal.report({ErrorCode::kInvalid, "--jsonl writes JSON lines", "leave out --format text", {}});
      }
      options.documents.set = assignments(options_.shorthands);
      return runner(options, terminal);
    });
    add_documents(*added, options.documents, options_.shorthands);
    add_knowledge(*added, options.knowledge, Uses::kEstimates);
    return added;
  }

  void add_answers() {
    CLI::App* recommend =
        add_answer("recommend", "Say where a workload should run, and why", options_.recommend, &run_recommend);
    recommend->add_option("--top", options_.recommend.top, "How many candidates to list (default: 5)")
        ->check(silent(CLI::Range(1, 100)))
        ->type_name("N");
    recommend->add_option("--as-of", options_.recommend.as_of, "Judge prices and rules as of this date")
        ->check(CLI::Validator(check_date, ""))
        ->type_name("DATE");
    CLI::Option* why = recommend
                           ->add_option("--why", options_.recommend.why,
                                        "Explain one decision instead: accelerator.class, gpu, a device or a machine")
                           ->type_name("TARGET");
    recommend
        ->add_option("--why-not", options_.recommend.why_not,
                     "Explain why TARGET wasn't chosen, and the smallest change after which it would be")
        ->type_name("TARGET")
        ->excludes(why);
    recommend
        ->add_option(
            "--flips", options_.recommend.flips,
            "Runs spent on what would change the answer (default: 16; 0: none; 2000: every change of one fact)")
        ->check(silent(CLI::Range(0, 100000)))
        ->type_name("N");
    add_answer("estimate", "Memory, time and cost on the cluster that the document fixes", options_.estimate,
               &run_estimate);
    CLI::App* plan =
        add_answer("plan", "Lay a training job out on the cluster that the document fixes", options_.plan, &run_plan);
    plan->add_option("--top", options_.plan.top, "How many layouts to list (default: 5)")
        ->check(silent(CLI::Range(1, 100)))
        ->type_name("N");
    plan->add_option("--as-of", options_.plan.as_of, "Judge rules as of this date")
        ->check(CLI::Validator(check_date, ""))
        ->type_name("DATE");
    CLI::App* profile = add_answer("profile", "What a model computes: operators, FLOPs, bytes, precision need",
                                   options_.profile, &run_profile);
    profile->add_flag("--operators", options_.profile.operators, "Include the operator table");
    profile->add_option("--batch", options_.profile.batch, "Items in one pass")
        ->check(silent(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40)))
        ->type_name("N");
    profile->add_option("--sequence-length", options_.profile.sequence_length, "Tokens in one item")
        ->check(silent(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40)))
        ->type_name("N");
    profile->add_flag("--precision", options_.profile.precision,
                      "Round a sample of the weights to narrower formats and measure the error of their products");
    profile
        ->add_option("--tolerance", options_.profile.tolerance,
                     "Largest tolerable error of a product, such as 0.01: names the narrowest format within it")
        ->check(silent(CLI::Range(1e-12, 1e3)))
        ->type_name("X");
    add_choice(*profile, "--pass", options_.profile.pass, {"forward", "decode", "training"}, "Which pass to profile");
  }

  void add_check() {
    CheckCommandOptions& o = options_.check;
    CLI::App* check = add(app_, "check", "Read training configs, say what will go wrong, and how to mend it",
                          [this](Terminal& t) { return run_check(options_.check, t); });
    check->add_option("PATH", o.inputs, "Training configs or folders of them; - is standard input")->type_name("PATH");
    add_check_output(*check, o);
    check->add_option("--context", o.context, "Hardware, model, data and versions that the configs don't hold")
        ->type_name("FILE");
    check->add_option("--device", o.device, "What it runs on: a catalog id, or a name such as A100-80GB")
        ->type_name("ID");
    check->add_option("--devices-per-machine", o.devices_per_machine, "Devices of one machine")
        ->check(silent(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20)))
        ->type_name("N");
    check->add_option("--machines", o.machines, "Machines")
        ->check(silent(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20)))
        ->type_name("N");
    check->add_option("--framework", o.versions, "Version of a package: transformers=4.46.1 (repeatable)")
        ->type_name("NAME=VERSION")
        ->allow_extra_args(false);
    check->add_option("--select", o.select, "Only rules whose id starts so, or of this name (repeatable)")
        ->type_name("RULE")
        ->allow_extra_args(false)
        ->delimiter(',');
    check->add_option("--ignore", o.ignore, "Leave out rules whose id starts so, or of this name (repeatable)")
        ->type_name("RULE")
        ->allow_extra_args(false)
        ->delimiter(',');
    check->add_option("--baseline", o.baseline, "Findings that are known; only others count")->type_name("FILE");
    check->add_flag("--update-baseline", o.update_baseline, "Write today's findings to the baseline");
    check->add_flag("--fix", o.fix, "Apply safe fixes, and check again");
    check->add_flag("--unsafe-fixes", o.unsafe_fixes, "Apply also fixes that change what is trained");
    check->add_flag("--diff", o.diff, "Print fixes as a diff instead of applying them");
    check
        ->add_option(
            "--with", o.companions,
            "A file that goes with the configs: an accelerate file, a training runtime, a SkyPilot task (repeatable)")
        ->type_name("FILE");
    check->add_flag("--no-suppress", o.no_suppress, "Ignore suppression comments");
    check->add_option("--suppressions", o.suppression_file, "Suppressions of JSON files (default: .berth.toml)")
        ->type_name("FILE");
    check->add_option("--as-of", o.as_of, "Judge dated suppressions as of this date")
        ->check(CLI::Validator(check_date, ""))
        ->type_name("DATE");
    check->add_flag("--no-estimates", o.no_estimates, "Schema and arithmetic only");
    check->add_option("--explain", o.explain, "Explain one rule: what, why, example, fix, source")->type_name("RULE");
    check->add_flag("--list-rules", o.list_rules, "List the check rules");
    add_knowledge(*check, o.knowledge, Uses::kEstimates);
  }

  void add_check_output(CLI::App& check, CheckCommandOptions& o) {
    check
        .add_option(
            "--format", o.formats,
            "text (default), json, jsonl, sarif, github, gitlab, junit, rdjson, rdjsonl; FORMAT=FILE writes to a "
            "file (repeatable)")
        ->type_name("FORMAT")
        ->allow_extra_args(false);
    check.add_option("--output", o.outputs, "FORMAT=FILE, one more output (repeatable)")
        ->type_name("FORMAT=FILE")
        ->allow_extra_args(false)
        ->delimiter(',');
    add_choice(check, "--fail-on", o.fail_on, {"error", "warning", "note", "never"},
               "Least level that makes the exit code 1 (default: error)");
    check.add_flag("--fail-on-unknown", o.fail_on_unknown, "Exit with 1 also when a rule lacks a fact");
    check.add_flag("--exit-zero", o.exit_zero, "Exit with 0 whatever is found");
    check.add_flag("--show-open", o.show_open, "Show also the rules that lack a fact");
  }

  void add_explanations() {
    CLI::App* explain = add(app_, "explain", "Explain one rule: statement, condition, source, examples",
                            [this](Terminal& t) { return run_explain(options_.explain, t); });
    explain->add_option("RULE", options_.explain.rule, "The rule's id (BRT1004) or name")
        ->required()
        ->type_name("RULE");
    add_format(*explain, options_.explain.format);
    add_knowledge(*explain, options_.explain.knowledge, Uses::kRules);
  }

  void add_rules() {
    CLI::App* rules = add(app_, "rules", "List, check, test and run the rules", {});
    rules->require_subcommand(1);
    add_rules_folder(*rules, "list", "List the rules", options_.rules_list, &run_rules_list);
    CLI::App* check = add_rules_folder(*rules, "check", "Verify the rules without running them", options_.rules_check,
                                       &run_rules_check);
    add_family(*check, options_.rules_check.family);
    check->add_option("--as-of", options_.rules_check.as_of, "Report rules that are no longer in force on this date")
        ->check(CLI::Validator(check_date, ""))
        ->type_name("DATE");
    CLI::App* test = add_rules_folder(*rules, "test", "Run the tests that travel with the rules", options_.rules_test,
                                      &run_rules_test);
    add_family(*test, options_.rules_test.family);
    CLI::App* eval = add(*rules, "eval", "Run the bare engine: one JSON object of facts a line in, fired rules out",
                         [this](Terminal& t) { return run_rules_eval(options_.rules_eval, t); });
    eval->add_option("--facts", options_.rules_eval.facts, "Facts, one JSON object a line; - is standard input")
        ->required()
        ->type_name("FILE");
    eval->add_option("--rules", options_.rules_eval.rules, "Run this rule file instead of the rule set")
        ->type_name("FILE");
    add_family(*eval, options_.rules_eval.family);
    eval->add_flag("--trace", options_.rules_eval.trace, "Include what each rule read");
    eval->add_flag("--ids-only", options_.rules_eval.ids_only, "Print only the fired ids, joined by commas");
    add_knowledge(*eval, options_.rules_eval.knowledge, Uses::kRules);
  }

  static void add_family(CLI::App& command, RuleFamily& family) {
    command.add_flag_callback(
        "--checks", [&family] { family = RuleFamily::kCheck; },
        "The rules of `berth check` instead of those of `berth recommend`");
  }

  template <class CommandOptions>
  CLI::App* add_rules_folder(CLI::App& rules, const std::string& name, const std::string& description,
                             CommandOptions& options, int (*runner)(const CommandOptions&, Terminal&)) {
    CLI::App* added = add(rules, name, description, [&options, runner](Terminal& t) { return runner(options, t); });
    added->add_option("DIR", options.knowledge.rules_dir, "A rules folder (default: the built-in one)")
        ->type_name("DIR");
    add_format(*added, options.format);
    return added;
  }

  void add_catalog() {
    CLI::App* catalog = add(app_, "catalog", "Look into the catalog: devices, machines, links, services", {});
    catalog->require_subcommand(1);
    CLI::App* list = add(*catalog, "list", "List the entries",
                         [this](Terminal& t) { return run_catalog_list(options_.catalog_list, t); });
    list->add_option("KIND", options_.catalog_list.kind, "Only this kind")
        ->check(silent(CLI::IsMember({"devices", "machines", "links", "services", "weight-formats"})))
        ->type_name("devices|machines|links|services|weight-formats");
    add_format(*list, options_.catalog_list.format);
    add_knowledge(*list, options_.catalog_list.knowledge, Uses::kCatalog);
    CLI::App* show = add(*catalog, "show", "Show one entry with the source and date of each figure",
                         [this](Terminal& t) { return run_catalog_show(options_.catalog_show, t); });
    show->add_option("ID", options_.catalog_show.id, "The entry's id")->required()->type_name("ID");
    add_format(*show, options_.catalog_show.format);
    add_knowledge(*show, options_.catalog_show.knowledge, Uses::kCatalog);
  }

  static void add_fit(CLI::App& app, FitChoices& fit) {
    app.add_option("--iterations", fit.iterations, "Of the fit, at most (default: 25)")
        ->check(silent(CLI::Range(1, 1000)))
        ->type_name("N");
    app.add_option("--rows-per-source", fit.rows_per_source,
                   "Fit on at most this many measurements of a source, evenly spaced; 0: all (default: 150)")
        ->check(silent(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40)))
        ->type_name("N");
  }

  void add_measuring() {
    CLI::App* validate = add(app_, "validate", "How far the estimates are from measurements",
                             [this](Terminal& t) { return run_validate(options_.validate, t); });
    ValidateOptions& v = options_.validate;
    validate
        ->add_option("FILE,--measurements", v.inputs,
                     "Measurements (JSON Lines), or folders of them; - is standard input")
        ->required()
        ->type_name("FILE");
    validate
        ->add_option_function<std::string>(
            "--format",
            [&v](const std::string& word) {
              v.layout = word == "json"   ? ReportLayout::kJson
                         : word == "text" ? ReportLayout::kText
                                          : ReportLayout::kMarkdown;
            },
            "Output format (default: text)")
        ->check(silent(CLI::IsMember({"json", "text", "markdown"})))
        ->type_name("json|text|markdown");
    validate->add_flag("--leave-out", v.leave_out, "Score each source by a fit that hasn't seen it (takes minutes)");
    add_fit(*validate, v.fit);
    add_knowledge(*validate, v.knowledge, Uses::kEstimates);
    CLI::App* calibrate =
        add(app_, "calibrate", "Fit the numbers of the estimates to measurements", [this](Terminal& t) {
          options_.calibrate.quiet = options_.quiet;
          return run_calibrate(options_.calibrate, t);
        });
    CalibrateOptions& c = options_.calibrate;
    calibrate
        ->add_option("FILE,--measurements", c.inputs,
                     "Measurements (JSON Lines), or folders of them; - is standard input")
        ->required()
        ->type_name("FILE");
    calibrate->add_option("--out", c.out, "Write the calibration here (default: standard output)")->type_name("FILE");
    calibrate->add_flag("--leave-one-source-out", c.leave_out,
                        "Set the intervals by the errors at sources that the fit hasn't seen (takes minutes)");
    calibrate->add_option("--folds", c.folds, "With the above: write each of those fits into this folder")
        ->type_name("DIR");
    calibrate->add_option("--id", c.fit.id, "Name of the calibration, shown in every basis")->type_name("ID");
    calibrate->add_option("--date", c.fit.date, "Date of the calibration")
        ->check(CLI::Validator(check_date, ""))
        ->type_name("DATE");
    add_fit(*calibrate, c.fit);
    add_knowledge(*calibrate, c.knowledge, Uses::kEstimates);
  }

  void add_tools() {
    CLI::App* schema = add(app_, "schema", "Print the JSON Schema of a document, or list their names",
                           [this](Terminal& t) { return run_schema(options_.schema, t); });
    schema->add_option("NAME", options_.schema.name, "workload, profile, estimate, recommendation, …")
        ->type_name("NAME");
    add_knowledge(*schema, options_.schema.knowledge, Uses::kRules);
    CLI::App* probe = add(app_, "probe", "Measure this machine: a catalog file for --host",
                          [this](Terminal& t) { return run_probe(options_.probe, t); });
    probe->add_option("--seconds", options_.probe.seconds, "Time for each of some 25 figures (default: 0.4)")
        ->check(silent(CLI::Range(0.01, 60.0)))
        ->type_name("S");
    CLI::App* completion =
        add(app_, "completion", "Print a completion script: source <(berth completion bash)", [this](Terminal& t) {
          t.out() << completion_script(command_tree(), options_.shell).value_or("");
          return int{kDone};
        });
    add_choice(*completion, "SHELL", options_.shell, {"bash", "zsh", "fish"}, "The shell")->required();
    CLI::App* cel = add(app_, "cel", "Run cases of the rules' expression language",
                        [this](Terminal& t) { return run_cel(options_.cel, t); });
    cel->add_option("--cases", options_.cel.cases, "Cases, as JSON; - is standard input")
        ->required()
        ->type_name("FILE");
  }

  // The innermost command that was named, and how to call it.
  [[nodiscard]] std::pair<const CLI::App*, std::string> named() const {
    const CLI::App* app = &app_;
    std::string path = "berth";
    for (auto inner = app->get_subcommands(); !inner.empty(); inner = app->get_subcommands()) {
      app = inner.front();
      path += " " + app->get_name();
    }
    return {app, path};
  }

  // Of the words left over, the one to complain about: an option; else, where a command is due, the
  // first word of the line (CLI11 keeps no order between levels); else any.
  [[nodiscard]] std::string unknown_among(const std::vector<std::string>& left, const CLI::App& app) const {
    const auto flag = std::find_if(left.begin(), left.end(), [](const auto& word) { return word.starts_with('-'); });
    if (flag != left.end()) return *flag;
    if (&app == &app_ && !left.empty()) return first_word_;
    return left.empty() ? std::string() : left.back();
  }

  [[nodiscard]] std::string unknown_word(const std::string& word, const CLI::App& app) const {
    std::vector<std::string> known;
    const bool is_flag = word.starts_with('-');
    if (is_flag) {
      for (const CLI::App* at : {&app, &app_}) {
        for (const CLI::Option* option : at->get_options()) {
          for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
        }
      }
    } else {
      for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
        known.push_back(inner->get_name());
      }
    }
    const char* what = is_flag ? "unknown option '" : known.empty() ? "unexpected argument '" : "unknown command '";
    return what + word + "'" + did_you_mean(word, known);
  }

  int explain(const CLI::ParseError& error, Terminal& terminal) {
    const auto [app, path] = named();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      terminal.out() << app->help(path.size() > 5 ? path.substr(0, path.rfind(' ')) : "");
      return kDone;
    }
    std::string message = error.what();
    const std::string word = unknown_among(app_.remaining(true), *app);
    const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
    if (!word.empty() && (code == CLI::ExitCodes::ExtrasError || code == CLI::ExitCodes::RequiredError)) {
      message = unknown_word(word, *app);
    }
    return terminal.report({ErrorCode::kInvalid, message, "see " + path + " --help", {}});
  }

  CLI::App app_;
  std::string first_word_;
  Options options_;
  Command command_;
};

std::string value_of(const CLI::Option& option) {
  return option.get_items_expected_max() == 0 ? std::string() : option.get_type_name();
}

CommandEntry entry_of(const CLI::App& app) {
  CommandEntry out{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    OptionEntry entry{{}, value_of(*option), option->get_description()};
    for (const std::string& name : option->get_snames()) entry.flags.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) entry.flags.push_back("--" + name);
    out.options.push_back(std::move(entry));
  }
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    out.commands.push_back(entry_of(*inner));
  }
  return out;
}

}  // namespace

int run_program(int argc, const char* const* argv, Terminal& terminal) {
  CommandLine command_line;
  return command_line.run(argc, argv, terminal);
}

CommandEntry command_tree() {
  const CommandLine command_line;
  return entry_of(command_line.app());
}

}  // namespace berth::cli
