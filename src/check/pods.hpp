// Pods of a Kubernetes object: which roles there are, how many, and what their containers ask for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/node.hpp"

namespace berth::checking {

struct Pod {
  std::string role;       // "Worker", "Master", a replicated job's name, …
  std::string role_path;  // "spec.pytorchReplicaSpecs.Worker"
  std::string path;       // of the pod's spec
  std::int64_t replicas = 1;
  const Node* spec = nullptr;  // nullptr: the role has no pod template
};

struct PodSet {
  std::string kind;  // "PyTorchJob", "MPIJob", "JobSet", "TrainJob", "RayJob", …
  std::vector<Pod> pods;
};

// Pods of Kubeflow jobs, JobSets, training runtimes and Ray clusters; empty for anything else.
PodSet pods_of(const Node& root);

// A container's limit or request of a resource; nullopt when it has none.
std::optional<std::int64_t> resource_of(const Node& container, std::string_view name);
// GPUs that a container asks for: nvidia.com/gpu, amd.com/gpu.
std::int64_t gpus_of(const Node& container);
// The containers of a pod; empty when there are none.
const Node::Array& containers_of(const Pod& pod);
// A whole number, also written as a text ("4"). nullopt for anything else.
std::optional<std::int64_t> whole_of(const Node* node);
// The path's end, dotted names of two and more levels: walk(root, {"spec", "trainer"}).
const Node* walk(const Node& root, std::initializer_list<std::string_view> keys);

}  // namespace berth::checking
