#include "readers/onnx/trees.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace berth::onnx {
namespace {

// Children by position; -1 for leaves. Depth of the deepest leaf from any root, or nullopt when nodes
// are shared or form a cycle (each node may be entered once).
std::optional<std::int64_t> depth_of(const std::vector<std::int64_t>& yes, const std::vector<std::int64_t>& no) {
  const std::size_t count = yes.size();
  std::vector<bool> has_parent(count, false);
  for (const auto* side : {&yes, &no}) {
    for (const std::int64_t child : *side) {
      if (child < 0) continue;
      if (has_parent[static_cast<std::size_t>(child)]) return std::nullopt;
      has_parent[static_cast<std::size_t>(child)] = true;
    }
  }
  std::int64_t deepest = 0;
  std::vector<std::pair<std::size_t, std::int64_t>> open;
  for (std::size_t i = 0; i < count; ++i) {
    if (!has_parent[i]) open.emplace_back(i, 0);
  }
  std::size_t seen = 0;
  while (!open.empty()) {
    const std::pair<std::size_t, std::int64_t> at = open.back();
    open.pop_back();
    ++seen;
    deepest = std::max(deepest, at.second);
    for (const std::int64_t child : {yes[at.first], no[at.first]}) {
      if (child >= 0) open.emplace_back(static_cast<std::size_t>(child), at.second + 1);
    }
  }
  if (seen != count) return std::nullopt;
  return deepest;
}

}  // namespace

std::optional<TreeEnsemble> trees_of(const Call& call) {
  const std::vector<std::int64_t> tree = call.integers("nodes_treeids");
  const std::vector<std::int64_t> node = call.integers("nodes_nodeids");
  std::vector<std::int64_t> yes = call.integers("nodes_truenodeids");
  std::vector<std::int64_t> no = call.integers("nodes_falsenodeids");
  const Attribute* modes = call.attribute("nodes_modes");
  const std::vector<std::string_view> words =
      modes != nullptr ? decode_strings(*modes) : std::vector<std::string_view>();
  const std::size_t count = tree.size();
  if (count == 0 || node.size() != count || yes.size() != count || no.size() != count || words.size() != count) {
    return std::nullopt;
  }
  std::unordered_map<std::int64_t, std::unordered_map<std::int64_t, std::int64_t>> place;
  for (std::size_t i = 0; i < count; ++i) place[tree[i]].emplace(node[i], static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < count; ++i) {
    for (std::int64_t* child : {&yes[i], &no[i]}) {
      const auto& ids = place[tree[i]];
      const auto found = ids.find(*child);
      if (words[i] != "LEAF" && found == ids.end()) return std::nullopt;
      *child = words[i] == "LEAF" ? -1 : found->second;
    }
  }
  const auto depth = depth_of(yes, no);
  if (!depth) return std::nullopt;
  TreeEnsemble out;
  out.count = static_cast<std::int64_t>(place.size());
  out.depth = *depth;
  out.outputs = std::max<std::int64_t>(1, call.integer("n_targets", 1));
  for (const std::string_view name : {"classlabels_int64s", "classlabels_strings"}) {
    const Attribute* labels = call.attribute(name);
    if (labels == nullptr) continue;
    const std::size_t n = std::max(decode_strings(*labels).size(), call.integers(name).size());
    out.outputs = std::max(out.outputs, static_cast<std::int64_t>(n));
  }
  return out;
}

}  // namespace berth::onnx
