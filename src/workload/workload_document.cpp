#include <fmt/format.h>

#include "core/fields.hpp"
#include "workload/sections.hpp"

namespace berth {
namespace {

constexpr std::string_view kSchema = "berth/workload/v1";

// Lists every leaf (a scalar or a whole list) with its dotted path, for the origins of facts.
void list_given(const Node& node, const std::string& path, std::vector<GivenKey>& out) {
  if (!node.is(Node::Kind::kObject)) {
    out.push_back({path, node.line, node.column, node.is(Node::Kind::kNull)});
    return;
  }
  for (const Member& member : node.as_object()) {
    list_given(member.value, path.empty() ? member.key : path + "." + member.key, out);
  }
}

void read_sections(Fields& fields, std::string_view file, const Catalog& catalog, const ParseOptions& options,
                   Workload& out) {
  const auto section = [&](std::string_view key, auto&& read) {
    const Node* node = fields.child(key);
    if (node == nullptr || !fields.ok()) return;
    if (Status status = read(*node); !status) fields.fail_with(status.error());
  };
  section("model", [&](const Node& node) { return read_model_section(node, file, options, out); });
  section("job", [&](const Node& node) { return read_job_section(node, file, out.job); });
  section("environment",
          [&](const Node& node) { return read_environment_section(node, file, catalog, out.environment); });
  section("cluster", [&](const Node& node) {
    out.cluster.emplace();
    return read_cluster_section(node, file, catalog, *out.cluster);
  });
}

}  // namespace

Result<Workload> parse_workload(std::string_view text, std::string_view name, const Catalog& catalog,
                                const ParseOptions& options) {
  Result<Node> root = parse_document(text, name);
  if (!root) return tl::unexpected<Error>(root.error());
  for (const std::string& assignment : options.overrides) {
    if (Status status = apply_override(*root, assignment); !status) return tl::unexpected<Error>(status.error());
  }
  return read_workload(*root, name, catalog, options);
}

Result<Workload> read_workload(const Node& root, std::string_view name, const Catalog& catalog,
                               const ParseOptions& options) {
  Workload out;
  out.file = std::string(name);
  Fields fields(root, name, "");
  std::string schema;
  fields.read("schema", schema);
  if (fields.ok() && schema != kSchema) {
    const Node* at = root.find("schema");
    fields.fail_at(
        at != nullptr ? *at : root,
        schema.empty() ? "this is no workload document: it has no schema" : fmt::format("unknown schema '{}'", schema),
        fmt::format("add schema: {}", kSchema));
  }
  fields.read("name", out.name);
  read_sections(fields, name, catalog, options, out);
  if (Status status = fields.finish(); !status) return tl::unexpected<Error>(status.error());
  list_given(root, "", out.given);
  return out;
}

}  // namespace berth
