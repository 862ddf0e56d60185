#include <fmt/format.h>

#include <cassert>

#include "berth/estimate.hpp"
#include "core/fields.hpp"
#include "estimate/parameters.hpp"

namespace berth {
namespace {

Status read_parameter(const Node& node, std::string_view file, std::string path, double& out) {
  Fields fields(node, file, std::move(path));
  std::string unit;
  std::string from;
  double value = -1;
  fields.read("value", value, kNotNegative);
  fields.read("unit", unit);
  fields.read("from", from);
  if (fields.ok() && value < 0) fields.fail_at(node, "'value' is missing", "give it, in base units");
  if (fields.ok() && from.empty()) fields.fail_at(node, "'from' is missing", "say how the value was come by");
  out = value;
  return fields.finish();
}

}  // namespace

Result<Calibration> Calibration::load(const SourceFile& file) {
  const Result<Node> document = parse_document(file.text, file.name);
  if (!document) return tl::unexpected(document.error());
  Fields fields(*document, file.name, "");
  std::string schema;
  std::string date;
  std::string doc;
  Calibration out;
  fields.read("schema", schema);
  fields.read("id", out.id_);
  fields.read("date", date);
  fields.read("doc", doc);
  if (fields.ok() && schema != "berth/calibration/v1") {
    fields.fail_at(*document, "'schema' must be \"berth/calibration/v1\"");
  }
  if (const Node* parameters = fields.child("parameters"); parameters != nullptr && fields.ok()) {
    if (!parameters->is(Node::Kind::kObject)) {
      fields.fail_at(*parameters, fmt::format("'parameters' must be an object, found {}", describe(*parameters)));
      return tl::unexpected(fields.finish().error());
    }
    for (const Member& member : parameters->as_object()) {
      double value = 0;
      const Status status = read_parameter(member.value, file.name, "parameters." + member.key, value);
      if (!status) return tl::unexpected(status.error());
      out.values_.emplace(member.key, value);
    }
  }
  if (Status status = fields.finish(); !status) return tl::unexpected(status.error());
  for (const std::string_view name : estimation::kParameterNames) {
    if (out.values_.find(name) == out.values_.end()) {
      return fail(ErrorCode::kInvalid, fmt::format("the calibration lacks the parameter '{}'", name),
                  "start from a copy of the embedded rules/catalog/calibration.json",
                  SourceSpan{file.name, 1, 1, 0, 0});
    }
  }
  out.index_.insert(out.values_.begin(), out.values_.end());
  return out;
}

double Calibration::operator()(std::string_view name) const {
  const auto found = index_.find(name);
  assert(found != index_.end());
  return found == index_.end() ? 0.0 : found->second;
}

}  // namespace berth
