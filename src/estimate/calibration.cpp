#include <fmt/format.h>

#include <cassert>

#include "berth/estimate.hpp"
#include "core/fields.hpp"
#include "estimate/parameters.hpp"

namespace berth {
namespace {

Status read_parameter(const Node& node, std::string_view file, std::string path, CalibrationParameter& out) {
  Fields fields(node, file, std::move(path));
  double value = -1;
  fields.read("value", value, kNotNegative);
  fields.read("unit", out.unit);
  fields.read("from", out.from);
  fields.read("prior", out.prior, kPositive);
  fields.read("tolerance", out.tolerance, Range{1e-3, 10});
  fields.read("standard_error", out.standard_error, kNotNegative);
  fields.read("measurements", out.measurements);
  fields.read("sources", out.sources);
  if (fields.ok() && value < 0) fields.fail_at(node, "'value' is missing", "give it, in base units");
  if (fields.ok() && out.from.empty()) fields.fail_at(node, "'from' is missing", "say how the value was come by");
  if (fields.ok() && out.prior.has_value() != out.tolerance.has_value()) {
    fields.fail_at(node, "'prior' and 'tolerance' go together", "give both to have the value fitted, or neither");
  }
  if (fields.ok() && out.prior && value <= 0) fields.fail_at(node, "a fitted 'value' must be positive");
  out.value = value;
  return fields.finish();
}

Status read_residual(const Node& node, std::string_view file, std::string path, CalibrationResidual& out) {
  Fields fields(node, file, std::move(path));
  fields.read("figure", out.figure);
  fields.read("source", out.source);
  fields.read("measurements", out.measurements);
  fields.read("median", out.median, kNotNegative);
  fields.read("p90", out.p90, kNotNegative);
  fields.read("left_out_median", out.left_out_median, kNotNegative);
  fields.read("left_out_p90", out.left_out_p90, kNotNegative);
  return fields.finish();
}

Status read_residuals(Fields& fields, std::string_view file, std::vector<CalibrationResidual>& out) {
  const Node* list = fields.child("residuals");
  if (list == nullptr) return {};
  if (!list->is(Node::Kind::kArray)) {
    fields.fail_at(*list, fmt::format("'residuals' must be a list, found {}", describe(*list)));
    return fields.finish();
  }
  for (const Node& node : list->as_array()) {
    const std::string path = fmt::format("residuals[{}]", out.size());
    if (Status status = read_residual(node, file, path, out.emplace_back()); !status) return status;
  }
  return {};
}

Status read_parameters(Fields& fields, std::string_view file,
                       std::map<std::string, CalibrationParameter, std::less<>>& out) {
  const Node* parameters = fields.child("parameters");
  if (parameters == nullptr) return {};
  if (!parameters->is(Node::Kind::kObject)) {
    fields.fail_at(*parameters, fmt::format("'parameters' must be an object, found {}", describe(*parameters)));
    return fields.finish();
  }
  for (const Member& member : parameters->as_object()) {
    CalibrationParameter& parameter = out[member.key];
    if (Status status = read_parameter(member.value, file, "parameters." + member.key, parameter); !status) {
      return status;
    }
  }
  return {};
}

}  // namespace

Result<Calibration> Calibration::load(const SourceFile& file) {
  const Result<Node> document = parse_document(file.text, file.name);
  if (!document) return tl::unexpected(document.error());
  Fields fields(*document, file.name, "");
  std::string schema;
  Calibration out;
  fields.read("schema", schema);
  fields.read("id", out.id_);
  fields.read("date", out.date_);
  fields.read("doc", out.doc_);
  if (fields.ok() && schema != "berth/calibration/v1") {
    fields.fail_at(*document, "'schema' must be \"berth/calibration/v1\"");
  }
  if (!fields.ok()) return tl::unexpected(fields.finish().error());
  if (Status status = read_parameters(fields, file.name, out.parameters_); !status) {
    return tl::unexpected(status.error());
  }
  if (Status status = read_residuals(fields, file.name, out.residuals_); !status) {
    return tl::unexpected(status.error());
  }
  if (Status status = fields.finish(); !status) return tl::unexpected(status.error());
  for (const std::string_view name : estimation::kParameterNames) {
    if (out.parameters_.find(name) == out.parameters_.end()) {
      return fail(ErrorCode::kInvalid, fmt::format("the calibration lacks the parameter '{}'", name),
                  "start from a copy of the embedded rules/catalog/calibration.json",
                  SourceSpan{file.name, 1, 1, 0, 0});
    }
  }
  for (const auto& [name, parameter] : out.parameters_) out.index_.emplace(name, parameter.value);
  return out;
}

double Calibration::operator()(std::string_view name) const {
  const auto found = index_.find(name);
  assert(found != index_.end());
  return found == index_.end() ? 0.0 : found->second;
}

void Calibration::set(std::string_view name, double value) {
  const auto found = parameters_.find(name);
  assert(found != parameters_.end());
  if (found == parameters_.end()) return;
  found->second.value = value;
  index_.find(name)->second = value;
}

void Calibration::set_parameter(std::string_view name, CalibrationParameter parameter) {
  const double value = parameter.value;
  const auto found = parameters_.find(name);
  assert(found != parameters_.end());
  if (found == parameters_.end()) return;
  found->second = std::move(parameter);
  index_.find(name)->second = value;
}

void Calibration::set_origin(std::string id, std::string date) {
  id_ = std::move(id);
  date_ = std::move(date);
}

}  // namespace berth
