// Facts of cluster objects: Kubernetes jobs, Ray.
#include "check/cluster_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "check/job_sheet.hpp"
#include "check/pods.hpp"

namespace berth::checking {
namespace {

// A container's command and args in one text, words apart by a space.
std::string command_text(const Node& container) {
  std::string out;
  for (const std::string_view key : {"command", "args"}) {
    const Node* list = container.find(key);
    if (list == nullptr || !list->is(Node::Kind::kArray)) continue;
    for (const Node& word : list->as_array()) {
      if (word.is(Node::Kind::kString)) out += (out.empty() ? "" : " ") + word.as_string();
      if (word.is(Node::Kind::kInt)) out += " " + std::to_string(word.as_int());
    }
  }
  return out;
}

std::string container_path(const Pod& pod, std::size_t index) {
  return pod.path + ".containers[" + std::to_string(index) + "]";
}

bool has_memory_shm(const Pod& pod) {
  if (pod.spec->find("hostIPC") != nullptr) return true;
  for (const Node& container : containers_of(pod)) {
    const Node* mounts = container.find("volumeMounts");
    if (mounts == nullptr || !mounts->is(Node::Kind::kArray)) continue;
    for (const Node& mount : mounts->as_array()) {
      const Node* path = mount.find("mountPath");
      if (path != nullptr && path->is(Node::Kind::kString) && path->as_string().starts_with("/dev/shm")) return true;
    }
  }
  return false;
}

const Node* env_of(const Node& container) {
  const Node* env = container.find("env");
  return env != nullptr && env->is(Node::Kind::kArray) ? env : nullptr;
}

std::string loopback_in(const Node& env) {
  for (const Node& entry : env.as_array()) {
    const Node* name = entry.find("name");
    const Node* value = entry.find("value");
    if (name == nullptr || value == nullptr || !name->is(Node::Kind::kString) || !value->is(Node::Kind::kString))
      continue;
    const std::string& n = name->as_string();
    const std::string& v = value->as_string();
    const bool interface = (n == "NCCL_SOCKET_IFNAME" || n == "GLOO_SOCKET_IFNAME") && (v == "lo" || v == "=lo");
    const bool address = (n == "MASTER_ADDR" || n == "PET_MASTER_ADDR") && (v == "localhost" || v == "127.0.0.1");
    if (interface || address) return n + "=" + v;
  }
  return {};
}

// Containers whose torchrun waits for another number of nodes than the job has pods of its kind: launchers, heads and
// parameter servers run no torchrun.
std::vector<Item> nodes_vs_pods(const SheetWriter& writer, const PodSet& set) {
  std::vector<Item> out;
  std::int64_t nodes = 0;
  const auto asked = [](const Pod& pod, std::size_t i) {
    return number_after(command_text(containers_of(pod)[i]), {"--nnodes"});
  };
  for (const Pod& pod : set.pods) {
    if (pod.spec == nullptr) continue;
    for (std::size_t i = 0; i < containers_of(pod).size(); ++i) {
      if (asked(pod, i)) nodes += std::clamp<std::int64_t>(pod.replicas, 0, 1'000'000);
    }
  }
  for (const Pod& pod : set.pods) {
    if (pod.spec == nullptr) continue;
    for (std::size_t i = 0; i < containers_of(pod).size(); ++i) {
      const auto wanted = asked(pod, i);
      if (!wanted || *wanted == nodes) continue;
      const bool in_args = containers_of(pod)[i].find("args") != nullptr;
      out.push_back(writer.item_at(container_path(pod, i) + (in_args ? ".args" : ".command"), std::to_string(*wanted),
                                   std::to_string(nodes)));
    }
  }
  return out;
}

void add_pods(SheetWriter& writer, const PodSet& set) {
  std::vector<Item> without_shm;
  std::vector<Item> loopback;
  std::vector<Item> zero;
  std::vector<Item> processes;
  std::int64_t total = 0;
  for (const Pod& pod : set.pods) total += std::clamp<std::int64_t>(pod.replicas, 0, 1'000'000);
  writer.set("k8s.pods", total);
  for (const Pod& pod : set.pods) {
    if (pod.replicas < 1 && pod.role != "Master") zero.push_back(writer.item_at(pod.role_path, pod.role));
    if (pod.spec == nullptr) continue;
    for (std::size_t i = 0; i < containers_of(pod).size(); ++i) {
      const Node& container = containers_of(pod)[i];
      const std::string path = container_path(pod, i);
      const std::int64_t gpus = gpus_of(container);
      if (gpus > 1 && !has_memory_shm(pod))
        without_shm.push_back(writer.item_at(path + ".volumeMounts", pod.role, std::to_string(gpus)));
      if (const Node* env = env_of(container); env != nullptr && total > 1) {
        const std::string found = loopback_in(*env);
        if (!found.empty()) loopback.push_back(writer.item_at(path + ".env", found, pod.role));
      }
      const auto asked = number_after(command_text(container), {"--nproc_per_node", "--nproc-per-node"});
      if (asked && gpus > 0 && *asked != gpus) {
        const bool in_args = container.find("args") != nullptr;
        processes.push_back(
            writer.item_at(path + (in_args ? ".args" : ".command"), std::to_string(*asked), std::to_string(gpus)));
      }
    }
  }
  writer.items("k8s.nodes_vs_pods", nodes_vs_pods(writer, set));
  writer.items("k8s.pods_without_shm", std::move(without_shm));
  writer.items("k8s.loopback_env", std::move(loopback));
  writer.items("k8s.zero_replicas", std::move(zero));
  writer.items("k8s.process_mismatch", std::move(processes));
}

const Pod* pod_of(const PodSet& set, std::string_view role) {
  for (const Pod& pod : set.pods) {
    if (pod.role == role) return &pod;
  }
  return nullptr;
}

std::int64_t pod_gpus(const Pod& pod) {
  std::int64_t gpus = 0;
  for (const Node& container : containers_of(pod)) gpus += std::clamp<std::int64_t>(gpus_of(container), 0, 1024);
  return gpus;
}

void add_kubeflow(SheetWriter& writer, const Node& root, const PodSet& set) {
  std::vector<Item> masters;
  std::vector<Item> chiefs;
  for (const Pod& pod : set.pods) {
    if (pod.role == "Master" && set.kind == "PyTorchJob" && pod.replicas != 1)
      masters.push_back(writer.item_at(pod.role_path + ".replicas", std::to_string(pod.replicas)));
    if ((pod.role == "Chief" || pod.role == "Master") && set.kind == "TFJob") {
      if (pod.replicas > 1) chiefs.push_back(writer.item_at(pod.role_path + ".replicas", pod.role));
    }
  }
  const Pod* chief = pod_of(set, "Chief");
  const Pod* master = pod_of(set, "Master");
  if (set.kind == "TFJob" && chief != nullptr && master != nullptr)
    chiefs.push_back(writer.item_at(master->role_path, "Master"));
  writer.items("k8s.master_replicas", std::move(masters));
  writer.items("k8s.extra_chiefs", std::move(chiefs));
  std::vector<Item> twice;
  if (walk(root, {"spec", "nprocPerNode"}) != nullptr &&
      walk(root, {"spec", "elasticPolicy", "nProcPerNode"}) != nullptr)
    twice.push_back(writer.item_at("spec.elasticPolicy.nProcPerNode"));
  writer.items("k8s.processes_twice", std::move(twice));
  std::vector<Item> elastic;
  const Node* policy = walk(root, {"spec", "elasticPolicy"});
  if (policy != nullptr && pod_of(set, "Worker") == nullptr) elastic.push_back(writer.item_at("spec.elasticPolicy"));
  writer.items("k8s.elastic_without_worker", std::move(elastic));
  std::vector<Item> range;
  if (policy != nullptr) {
    const auto least = whole_of(policy->find("minReplicas"));
    const auto most = whole_of(policy->find("maxReplicas"));
    if (least && most && *least > *most)
      range.push_back(writer.item_at("spec.elasticPolicy.minReplicas", std::to_string(*least), std::to_string(*most)));
  }
  writer.items("k8s.elastic_range", std::move(range));
  std::vector<Item> processes;
  const auto per_node = whole_of(walk(root, {"spec", "nprocPerNode"}));
  for (const Pod& pod : set.pods) {
    const std::int64_t gpus = pod_gpus(pod);
    if (per_node && gpus > 0 && *per_node != gpus && processes.empty())
      processes.push_back(writer.item_at("spec.nprocPerNode", std::to_string(*per_node), std::to_string(gpus)));
  }
  writer.items("k8s.nproc_vs_gpus", std::move(processes));
}

void add_mpi(SheetWriter& writer, const Node& root, const PodSet& set) {
  const Pod* launcher = pod_of(set, "Launcher");
  const Pod* worker = pod_of(set, "Worker");
  const auto slots = whole_of(walk(root, {"spec", "slotsPerWorker"}));
  const Item at = writer.item_at("spec.slotsPerWorker");
  writer.set("mpi.slots", slots.value_or(1), at.place.exists ? at.place.span : SourceSpan());
  if (worker != nullptr) {
    writer.set("mpi.workers", worker->replicas);
    writer.set("mpi.gpus_per_worker", pod_gpus(*worker));
  }
  writer.items("mpi.slots_at", {at});
  if (launcher == nullptr) return;
  for (const Node& container : containers_of(*launcher)) {
    if (const auto ranks = number_after(command_text(container), {"-np", "-n", "--np"}))
      writer.set("mpi.ranks", *ranks);
  }
}

std::int64_t chips_of(std::string_view topology) {
  std::int64_t product = 1;
  while (!topology.empty()) {
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(topology.data(), topology.data() + topology.size(), size);
    if (error != std::errc() || size < 1 || size > 4096 || product > 1'000'000) return 0;
    product *= size;
    topology.remove_prefix(static_cast<std::size_t>(end - topology.data()));
    if (topology.starts_with('x')) topology.remove_prefix(1);
  }
  return product;
}

void add_tpu(SheetWriter& writer, const PodSet& set) {
  std::vector<Item> unknown;
  std::vector<Item> chips;
  for (const Pod& pod : set.pods) {
    const Node* selector = pod.spec != nullptr ? pod.spec->find("nodeSelector") : nullptr;
    if (selector == nullptr) continue;
    const Node* label = selector->find("cloud.google.com/gke-tpu-accelerator");
    const Node* topology = selector->find("cloud.google.com/gke-tpu-topology");
    if (label == nullptr || topology == nullptr || !label->is(Node::Kind::kString) ||
        !topology->is(Node::Kind::kString))
      continue;
    const std::string path = pod.path + ".nodeSelector.cloud.google.com/gke-tpu-topology";
    const std::vector<std::string>* offered = writer.tables().devices.topologies(label->as_string());
    if (offered != nullptr && std::find(offered->begin(), offered->end(), topology->as_string()) == offered->end()) {
      std::string list;
      for (const std::string& one : *offered) list += (list.empty() ? "" : ", ") + one;
      unknown.push_back(writer.item_at(path, topology->as_string(), list));
      continue;
    }
    std::int64_t asked = 0;
    for (const Node& container : containers_of(pod)) asked += resource_of(container, "google.com/tpu").value_or(0);
    const std::int64_t slice = chips_of(topology->as_string());
    const Node* job = pod.spec;
    static_cast<void>(job);
    if (asked > 0 && slice > 0 && slice % asked != 0)
      chips.push_back(writer.item_at(path, std::to_string(slice), std::to_string(asked)));
  }
  writer.items("tpu.unknown_topology", std::move(unknown));
  writer.items("tpu.chips_mismatch", std::move(chips));
}

void add_jobset(SheetWriter& writer, const Node& root) {
  std::vector<Item> differ;
  std::vector<Item> slices;
  const Node* jobs = walk(root, {"spec", "replicatedJobs"});
  if (jobs != nullptr && jobs->is(Node::Kind::kArray)) {
    for (std::size_t i = 0; i < jobs->as_array().size(); ++i) {
      const Node* spec = walk(jobs->as_array()[i], {"template", "spec"});
      if (spec == nullptr) continue;
      const std::string path = "spec.replicatedJobs[" + std::to_string(i) + "].template.spec";
      const auto parallel = whole_of(spec->find("parallelism"));
      const auto completions = whole_of(spec->find("completions"));
      if (parallel && completions && *parallel != *completions)
        differ.push_back(
            writer.item_at(path + ".completions", std::to_string(*completions), std::to_string(*parallel)));
      const Node* topology = walk(*spec, {"template", "spec", "nodeSelector", "cloud.google.com/gke-tpu-topology"});
      const Node* containers = walk(*spec, {"template", "spec", "containers"});
      if (topology == nullptr || containers == nullptr || !parallel || !topology->is(Node::Kind::kString) ||
          !containers->is(Node::Kind::kArray))
        continue;
      std::int64_t asked = 0;
      for (const Node& container : containers->as_array())
        asked += resource_of(container, "google.com/tpu").value_or(0);
      const std::int64_t chips = chips_of(topology->as_string());
      if (asked > 0 && asked < 1000 && chips > 0 && *parallel > 0 && *parallel < 100'000 && asked * *parallel != chips)
        slices.push_back(
            writer.item_at(path + ".parallelism", std::to_string(asked * *parallel), std::to_string(chips)));
    }
  }
  writer.items("k8s.completions_differ", std::move(differ));
  writer.items("tpu.slice_mismatch", std::move(slices));
}

std::vector<Item> ray_ranges(const SheetWriter& writer, const Node& root) {
  std::vector<Item> out;
  const bool job = walk(root, {"spec", "rayClusterSpec"}) != nullptr;
  const Node* groups =
      job ? walk(root, {"spec", "rayClusterSpec", "workerGroupSpecs"}) : walk(root, {"spec", "workerGroupSpecs"});
  if (groups == nullptr || !groups->is(Node::Kind::kArray)) return out;
  const std::string path = job ? "spec.rayClusterSpec.workerGroupSpecs[" : "spec.workerGroupSpecs[";
  for (std::size_t i = 0; i < groups->as_array().size(); ++i) {
    const Node& group = groups->as_array()[i];
    const auto now = whole_of(group.find("replicas"));
    const auto least = whole_of(group.find("minReplicas"));
    const auto most = whole_of(group.find("maxReplicas"));
    const bool upside_down = least && most && *least > *most;
    if (!upside_down && !(now && least && *now < *least) && !(now && most && *now > *most)) continue;
    const std::string key = path + std::to_string(i) + (now ? "].replicas" : "].minReplicas");
    out.push_back(writer.item_at(key, std::to_string(now.value_or(least.value_or(0))),
                                 std::to_string(least.value_or(0)) + " to " + (most ? std::to_string(*most) : "any")));
  }
  return out;
}

void add_ray(SheetWriter& writer, const Node& root, const PodSet& set) {
  std::int64_t possible = 0;
  for (const Pod& pod : set.pods) {
    const std::int64_t copies = std::clamp<std::int64_t>(pod.replicas, 0, 1'000'000);
    possible += pod_gpus(pod) * copies;
  }
  writer.set("ray.gpus", possible);
  writer.items("k8s.ray_range", ray_ranges(writer, root));
  const Node* entry = walk(root, {"spec", "entrypoint"});
  if (entry == nullptr || !entry->is(Node::Kind::kString)) return;
  const std::string& text = entry->as_string();
  const auto workers = number_after(text, {"--num-workers", "--num_workers", "--workers"});
  const bool gpu = text.find("--use-gpu") != std::string::npos || text.find("--use_gpu") != std::string::npos;
  if (!workers || !gpu) return;
  const std::int64_t each = number_after(text, {"--gpus-per-worker", "--num-gpus-per-worker"}).value_or(1);
  if (*workers < 0 || *workers > 1'000'000 || each < 0 || each > 1000) return;
  writer.set("ray.gpus_asked", *workers * each, writer.item_at("spec.entrypoint").place.span);
  writer.items("ray.entrypoint", {writer.item_at("spec.entrypoint")});
}

void add_trainjob(SheetWriter& writer, const Node& root) {
  const Node* resources = walk(root, {"spec", "trainer", "resourcesPerNode"});
  std::int64_t gpus = 0;
  if (resources != nullptr) {
    for (const std::string_view group : {"limits", "requests"}) {
      const Node* list = resources->find(group);
      if (list == nullptr || !list->is(Node::Kind::kObject)) continue;
      for (const Member& member : list->as_object()) {
        const bool device =
            member.key.find("gpu") != std::string::npos || member.key.find("tpu") != std::string::npos ||
            member.key.find("mig-") != std::string::npos || member.key.find("neuron") != std::string::npos;
        if (device) gpus = std::max(gpus, whole_of(&member.value).value_or(1));
      }
    }
  }
  if (resources == nullptr && writer.whole("cluster.devices_per_machine").value_or(0) > 0) return;  // the runtime says
  writer.set("k8s.trainjob_devices", gpus);
  writer.items("k8s.trainjob_resources", {writer.item_at("spec.trainer.resourcesPerNode")});
  const auto per_node = whole_of(walk(root, {"spec", "trainer", "numProcPerNode"}));
  std::vector<Item> differ;
  if (per_node && gpus > 0 && *per_node != gpus)
    differ.push_back(writer.item_at("spec.trainer.numProcPerNode", std::to_string(*per_node), std::to_string(gpus)));
  writer.items("k8s.nproc_vs_gpus", std::move(differ));
  std::vector<Item> reserved;
  const Node* env = walk(root, {"spec", "trainer", "env"});
  if (env != nullptr && env->is(Node::Kind::kArray)) {
    for (std::size_t i = 0; i < env->as_array().size(); ++i) {
      const Node* name = env->as_array()[i].find("name");
      if (name == nullptr || !name->is(Node::Kind::kString) || !name->as_string().starts_with("PET_")) continue;
      reserved.push_back(writer.item_at("spec.trainer.env[" + std::to_string(i) + "]", name->as_string()));
    }
  }
  writer.items("k8s.reserved_env", std::move(reserved));
}

}  // namespace

void add_cluster_facts(SheetWriter& writer) {
  const std::string_view ecosystem = writer.config().detection.ecosystem;
  const Node& root = writer.config().tree->root();
  if (!root.is(Node::Kind::kObject)) return;
  if (ecosystem == "tf-config") return add_tf_config(writer, root);
  if (ecosystem == "skypilot") return add_sky(writer, root);
  constexpr std::array<std::string_view, 5> kKubernetes = {"kubeflow", "mpi-operator", "kubeflow-trainer", "jobset",
                                                           "ray"};
  if (std::find(kKubernetes.begin(), kKubernetes.end(), ecosystem) == kKubernetes.end()) return;
  const PodSet set = pods_of(root);
  writer.set("k8s.kind", set.kind);
  add_pods(writer, set);
  add_tpu(writer, set);
  if (set.kind == "MPIJob") add_mpi(writer, root, set);
  if (ecosystem == "kubeflow") add_kubeflow(writer, root, set);
  if (set.kind == "JobSet") add_jobset(writer, root);
  if (ecosystem == "ray") add_ray(writer, root, set);
  if (set.kind == "TrainJob") add_trainjob(writer, root);
}

}  // namespace berth::checking
