#include <filesystem>
#include <ostream>

#include "berth/calibrate.hpp"
#include "cli/inputs.hpp"

namespace berth::cli {
namespace {

int print(const Accuracy& accuracy, const Knowledge& knowledge, const ValidateOptions& options, Terminal& terminal) {
  switch (options.layout) {
    case ReportLayout::kJson:
      terminal.out() << accuracy_json(accuracy, stamp_of(knowledge), JsonStyle::kIndented);
      break;
    case ReportLayout::kText: terminal.out() << accuracy_text(accuracy, AccuracyLayout::kText); break;
    case ReportLayout::kMarkdown: terminal.out() << accuracy_text(accuracy, AccuracyLayout::kMarkdown); break;
  }
  return kDone;
}

FitOptions fit_options(const FitChoices& choices) {
  FitOptions out;
  out.iterations = choices.iterations;
  out.rows_per_source = choices.rows_per_source;
  out.id = choices.id;
  out.date = choices.date;
  return out;
}

void log_fit(const Fit& fit, Terminal& terminal) {
  for (const FitTrace& trace : fit.groups) {
    terminal.err() << "fitted " << trace.parameters.size() << " parameters (" << trace.parameters.front() << " …) on "
                   << trace.measurements << " measurements in " << trace.iterations << " iterations: loss "
                   << trace.loss_before << " -> " << trace.loss_after << "\n";
  }
}

Status write_folds(const LeftOut& left_out, const std::string& folder, Terminal& terminal) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  for (const auto& [fold, calibration] : left_out.by_fold) {
    std::string name = fold;
    for (char& c : name) {
      if (c == '/' || c == ' ') c = '-';
    }
    const Status status = terminal.write(folder + "/" + name + ".json", calibration_json(calibration));
    if (!status) return status;
  }
  return {};
}

}  // namespace

int run_validate(const ValidateOptions& options, Terminal& terminal) {
  const Result<Knowledge> knowledge = load_knowledge(options.knowledge, terminal);
  if (!knowledge) return terminal.report(knowledge.error());
  const auto measurements = load_measurement_files(options.inputs, knowledge->catalog, terminal);
  if (!measurements) return terminal.report(measurements.error());
  if (!options.leave_out) {
    return print(validate(*measurements, knowledge->catalog,
                          [&](const std::string&) -> const Calibration& { return knowledge->calibration; }),
                 *knowledge, options, terminal);
  }
  const FitOptions fit = fit_options(options.fit);
  const Result<LeftOut> left_out =
      fit_leaving_out(*measurements, knowledge->catalog, knowledge->calibration, knowledge->calibration, fit);
  if (!left_out) return terminal.report(left_out.error());
  Accuracy accuracy = validate(*measurements, knowledge->catalog, [&](const std::string& fold) -> const Calibration& {
    return left_out->by_fold.find(fold)->second;
  });
  accuracy.left_out = true;
  return print(accuracy, *knowledge, options, terminal);
}

int run_calibrate(const CalibrateOptions& options, Terminal& terminal) {
  const Result<Knowledge> knowledge = load_knowledge(options.knowledge, terminal);
  if (!knowledge) return terminal.report(knowledge.error());
  const auto measurements = load_measurement_files(options.inputs, knowledge->catalog, terminal);
  if (!measurements) return terminal.report(measurements.error());
  const FitOptions choices = fit_options(options.fit);
  Result<Fit> fit = fit_calibration(*measurements, knowledge->catalog, knowledge->calibration, choices);
  if (!fit) return terminal.report(fit.error());
  if (!options.quiet) log_fit(*fit, terminal);
  if (options.leave_out) {
    const Result<LeftOut> left_out =
        fit_leaving_out(*measurements, knowledge->catalog, knowledge->calibration, fit->calibration, choices);
    if (!left_out) return terminal.report(left_out.error());
    set_widths(fit->calibration, *measurements, knowledge->catalog, *left_out);
    if (!options.folds.empty()) {
      if (Status status = write_folds(*left_out, options.folds, terminal); !status) {
        return terminal.report(status.error());
      }
    }
  }
  const std::string text = calibration_json(fit->calibration);
  if (options.out.empty()) {
    terminal.out() << text;
    return kDone;
  }
  if (Status status = terminal.write(options.out, text); !status) return terminal.report(status.error());
  return kDone;
}

}  // namespace berth::cli
