// One function per section of the workload document. Each reads its object and leaves absent keys unknown.
#pragma once

#include <string>
#include <string_view>

#include "berth/workload.hpp"
#include "core/node.hpp"

namespace berth {

Status read_model_section(const Node& node, std::string_view file, const ParseOptions& options, Workload& out);
Status read_job_section(const Node& node, std::string_view file, Job& out);
Status read_environment_section(const Node& node, std::string_view file, const Catalog& catalog, Environment& out);
Status read_cluster_section(const Node& node, std::string_view file, const Catalog& catalog, Cluster& out);

// The whole document out of a tree that is already parsed; options.overrides are not applied.
Result<Workload> read_workload(const Node& root, std::string_view name, const Catalog& catalog,
                               const ParseOptions& options);

// Applies "job.micro_batch=32" to the tree; objects on the way are made. New nodes have line 0.
// Errors: kInvalid for a text without '=' or a path through something that is no object.
Status apply_override(Node& root, std::string_view assignment);

}  // namespace berth
