#include "check/pods.hpp"

#include <array>
#include <charconv>

namespace berth::checking {
namespace {

const Node* text_node(const Node* node) {
  return node != nullptr && node->is(Node::Kind::kString) ? node : nullptr;
}

void add(std::vector<Pod>& pods, std::string role, std::string role_path, const Node& owner,
         std::initializer_list<std::string_view> keys, std::int64_t replicas) {
  Pod pod{std::move(role), std::move(role_path), {}, replicas, walk(owner, keys)};
  pod.path = pod.role_path;
  for (const std::string_view key : keys) pod.path += "." + std::string(key);
  pods.push_back(std::move(pod));
}

// spec.pytorchReplicaSpecs and its like: one map from role to replicas and template.
void add_replica_specs(const Node& spec, std::vector<Pod>& pods) {
  for (const Member& member : spec.as_object()) {
    if (!member.key.ends_with("ReplicaSpecs") || !member.value.is(Node::Kind::kObject)) continue;
    for (const Member& role : member.value.as_object()) {
      if (!role.value.is(Node::Kind::kObject)) continue;
      add(pods, role.key, "spec." + member.key + "." + role.key, role.value, {"template", "spec"},
          whole_of(role.value.find("replicas")).value_or(1));
    }
  }
}

void add_replicated_jobs(const Node& owner, const std::string& path, std::vector<Pod>& pods) {
  const Node* jobs = owner.find("replicatedJobs");
  if (jobs == nullptr || !jobs->is(Node::Kind::kArray)) return;
  for (std::size_t i = 0; i < jobs->as_array().size(); ++i) {
    const Node& job = jobs->as_array()[i];
    const Node* name = text_node(job.find("name"));
    const Node* inner = walk(job, {"template", "spec"});
    const std::int64_t copies = whole_of(job.find("replicas")).value_or(1);
    const std::int64_t parallel = inner != nullptr ? whole_of(inner->find("parallelism")).value_or(1) : 1;
    const bool sane = copies >= 0 && parallel >= 0 && copies < 1'000'000 && parallel < 1'000'000;
    add(pods, name != nullptr ? name->as_string() : std::string(), path + ".replicatedJobs[" + std::to_string(i) + "]",
        job, {"template", "spec", "template", "spec"}, sane ? copies * parallel : 1);
  }
}

void add_ray(const Node& cluster, const std::string& path, std::vector<Pod>& pods) {
  if (const Node* head = cluster.find("headGroupSpec"))
    add(pods, "head", path + ".headGroupSpec", *head, {"template", "spec"}, 1);
  const Node* groups = cluster.find("workerGroupSpecs");
  if (groups == nullptr || !groups->is(Node::Kind::kArray)) return;
  for (std::size_t i = 0; i < groups->as_array().size(); ++i) {
    const Node& group = groups->as_array()[i];
    const std::int64_t most =
        whole_of(group.find("maxReplicas")).value_or(whole_of(group.find("replicas")).value_or(1));
    add(pods, "worker", path + ".workerGroupSpecs[" + std::to_string(i) + "]", group, {"template", "spec"}, most);
  }
}

}  // namespace

const Node* walk(const Node& root, std::initializer_list<std::string_view> keys) {
  const Node* node = &root;
  for (const std::string_view key : keys) {
    if (node == nullptr) return nullptr;
    node = node->find(key);
  }
  return node;
}

std::optional<std::int64_t> whole_of(const Node* node) {
  if (node == nullptr) return std::nullopt;
  if (node->is(Node::Kind::kInt)) return node->as_int();
  if (!node->is(Node::Kind::kString)) return std::nullopt;
  const std::string& text = node->as_string();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

PodSet pods_of(const Node& root) {
  PodSet out;
  const Node* kind = text_node(root.find("kind"));
  const Node* spec = root.find("spec");
  if (kind == nullptr || spec == nullptr || !spec->is(Node::Kind::kObject)) return out;
  out.kind = kind->as_string();
  add_replica_specs(*spec, out.pods);
  add_replicated_jobs(*spec, "spec", out.pods);
  if (const Node* inner = walk(*spec, {"template", "spec"}); inner != nullptr && inner->is(Node::Kind::kObject))
    add_replicated_jobs(*inner, "spec.template.spec", out.pods);
  if (const Node* cluster = spec->find("rayClusterSpec")) add_ray(*cluster, "spec.rayClusterSpec", out.pods);
  if (out.kind == "RayCluster") add_ray(*spec, "spec", out.pods);
  return out;
}

const Node::Array& containers_of(const Pod& pod) {
  static const Node::Array kNone;
  const Node* containers = pod.spec != nullptr ? pod.spec->find("containers") : nullptr;
  return containers != nullptr && containers->is(Node::Kind::kArray) ? containers->as_array() : kNone;
}

std::optional<std::int64_t> resource_of(const Node& container, std::string_view name) {
  for (const std::string_view group : {"limits", "requests"}) {
    const Node* resources = walk(container, {"resources", group});
    if (resources == nullptr) continue;
    if (const auto value = whole_of(resources->find(name))) return value;
  }
  return std::nullopt;
}

std::int64_t gpus_of(const Node& container) {
  for (const std::string_view name : {"nvidia.com/gpu", "amd.com/gpu"}) {
    if (const auto count = resource_of(container, name)) return *count;
  }
  return 0;
}

}  // namespace berth::checking
