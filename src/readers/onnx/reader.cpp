#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "berth/readers.hpp"
#include "core/text.hpp"
#include "readers/onnx/infer.hpp"

namespace berth {
namespace {

using onnx::Inferred;
using onnx::ParameterCount;

constexpr double kMostParameters = 4611686018427387904.0;  // 2^62

std::string why_different(const ParameterCount& count) {
  std::string out;
  const auto add = [&](double elements, const char* what) {
    if (elements > 0) out += fmt::format("{}{:.0f} {}", out.empty() ? "" : "; ", elements, what);
  };
  add(count.constants, "stored elements are shapes, indices, scalars and settings of operators");
  add(count.statistics, "are means and variances of batch normalisation");
  add(count.scales, "are scales and zero points of quantised tensors");
  add(count.unused, "are used by no node");
  add(count.generated, "parameters are not stored but filled in by ConstantOfShape");
  add(count.unpacked, "parameters share bytes with others (below 8 bits)");
  return out;
}

Status set_parameters(const ParameterCount& count, Model& model, std::string_view name) {
  if (!(count.in_file + count.parameters < kMostParameters)) {
    return fail(ErrorCode::kLimit, "the tensors of the file have more than 2^62 elements", "check their dims",
                SourceSpan{std::string(name), 0, 0, 0, 0});
  }
  model.parameters = std::llround(count.parameters);
  model.active_parameters = model.parameters;
  if (count.in_file != count.parameters) {
    model.parameters_in_file = std::llround(count.in_file);
    model.why_different = why_different(count);
  }
  double most = 0;
  for (const auto& type : count.by_type) {
    if (type.second <= most) continue;
    most = type.second;
    model.declared_dtype = onnx::dtype_of(type.first);
  }
  return {};
}

double share(std::int64_t part, std::int64_t of) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::int64_t>(of, 1));
}

void add_notes(const Inferred& inferred, Model& model) {
  std::vector<std::string> dims = inferred.assumed_dims;
  std::sort(dims.begin(), dims.end());
  dims.erase(std::unique(dims.begin(), dims.end()), dims.end());
  constexpr std::size_t kListed = 12;
  if (!dims.empty()) {
    const std::size_t more = dims.size() > kListed ? dims.size() - kListed : 0;
    dims.resize(dims.size() - more);
    model.notes.push_back(fmt::format("dynamic axes taken as 1: {}{}; set them with --dim NAME=N",
                                      fmt::join(dims, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
  }
  std::int64_t unknown = 0;
  std::string names;
  for (std::size_t i = 0; i < inferred.unknown.size(); ++i) {
    unknown += inferred.unknown[i].nodes;
    if (i < kListed)
      names +=
          fmt::format("{}{} ({})", i == 0 ? "" : ", ", shorten(inferred.unknown[i].name), inferred.unknown[i].nodes);
  }
  if (unknown > 0) {
    model.notes.push_back(
        fmt::format("operators that are not known, their work not counted: {} of {} nodes ({:.1f} %): {}", unknown,
                    inferred.nodes, share(unknown, inferred.nodes), names));
  }
  if (inferred.unsized > 0) {
    model.notes.push_back(fmt::format(
        "shapes that can't be told before the run: {} of {} nodes ({:.1f} %), the first {}; their work is not counted",
        inferred.unsized, inferred.nodes, share(inferred.unsized, inferred.nodes), inferred.first_unsized));
  }
  if (inferred.has_stripped) model.notes.push_back("some tensors of the file carry no data: counted by their dims");
  const std::size_t kept = std::min<std::size_t>(inferred.notes.size(), kListed);
  model.notes.insert(model.notes.end(), inferred.notes.begin(),
                     inferred.notes.begin() + static_cast<std::ptrdiff_t>(kept));
}

// A graph that is an ensemble and little else is a tree model.
void add_trees(const Inferred& inferred, Model& model) {
  if (inferred.trees.empty()) return;
  double products = 0;
  for (const Operator& op : inferred.operators) {
    if (op.weight_elements > 0) products += op.weight_elements;
  }
  if (products > 0) return;
  TreeEnsemble all;
  for (const TreeEnsemble& trees : inferred.trees) {
    all.count += trees.count;
    all.depth = std::max(all.depth, trees.depth);
    all.outputs = std::max(all.outputs, trees.outputs);
  }
  model.trees = all;
  model.operators.clear();
}

}  // namespace

bool looks_like_onnx(std::string_view head) {
  // ir_version (field 1, a small varint) comes first in every file that a known exporter writes; then
  // another field of text or messages.
  if (head.size() < 4 || head[0] != '\x08' || head[1] <= 0 || head[1] >= 32) return false;
  const int key = static_cast<unsigned char>(head[2]);
  const int field = key >> 3;
  return (key & 7) == 2 && (field == 2 || field == 3 || field == 4 || field == 6 || field == 7 || field == 8);
}

Result<Model> read_onnx(std::string_view bytes, std::string_view name, const ReadOptions& options) {
  const Result<onnx::File> file = onnx::parse(bytes, name);
  if (!file) return tl::unexpected<Error>(file.error());
  Result<Inferred> inferred = onnx::infer(*file, options);
  if (!inferred) return tl::unexpected<Error>(inferred.error());
  Model model;
  model.format = "onnx";
  model.operators = std::move(inferred->operators);
  if (Status status = set_parameters(inferred->count, model, name); !status)
    return tl::unexpected<Error>(status.error());
  add_trees(*inferred, model);
  if (model.operators.empty() && !model.trees) {
    model.summary = Summary();
    if (model.parameters > 0) model.summary->parameters = inferred->count.parameters;
    model.notes.push_back("the graph computes nothing: it holds tensors, or passes its inputs on");
  }
  add_notes(*inferred, model);
  return model;
}

}  // namespace berth
