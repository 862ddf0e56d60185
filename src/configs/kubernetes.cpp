#include "configs/kubernetes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "configs/format.hpp"
#include "configs/lookup.hpp"
#include "configs/mapping.hpp"

namespace berth {
namespace {

// A whole number and where it stands.
struct Count {
  std::int64_t value = 1;
  std::string key;
  const Member* member = nullptr;
};

struct Replicas {
  std::string path;  // of the group: "spec.pytorchReplicaSpecs.Worker"
  std::string name;
  Count count;
  std::string pod;       // path of its pod spec
  bool product = false;  // replicas times pods
};

bool ends_with_word(std::string_view text, std::string_view word) {
  return text.ends_with(word);
}

// Extended resources that are accelerators: whole devices, and chips a VM for TPUs.
// Sources: the device plugins' own documentation (NVIDIA, AMD, Intel, Google, AWS Neuron, Habana).
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kAccelerators = {
    {{"nvidia.com/gpu", "gpu"},
     {"amd.com/gpu", "gpu"},
     {"gpu.intel.com/i915", "gpu"},
     {"gpu.intel.com/xe", "gpu"},
     {"google.com/tpu", "tpu"},
     {"aws.amazon.com/neuron", "npu"},
     {"habana.ai/gaudi", "npu"}}};

class JobReader {
 public:
  explicit JobReader(const ConfigTree& tree) : tree_(tree) {}

  std::vector<ConfigField> run() {
    const std::string kind = text("kind");
    if (kind == "MPIJob") {
      mpi_job();
    } else if (kind == "TrainJob") {
      train_job();
    } else if (kind.ends_with("TrainingRuntime")) {
      runtime();
    } else if (kind == "JobSet") {
      job_set("spec.replicatedJobs");
    } else {
      replica_job();
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string text(const std::string& path) const {
    const Node* node = tree_.find(path).node;
    return node && node->is(Node::Kind::kString) ? node->as_string() : "";
  }

  // The number at `path`, however it is written; nullopt when there is none.
  [[nodiscard]] std::optional<Count> count(const std::string& path) const {
    const Located at = tree_.find(path);
    if (!at.node || !at.member) return std::nullopt;
    const std::optional<double> number = number_of(*at.node);
    if (!number || *number < 0 || *number > 1e9 || *number != static_cast<double>(static_cast<std::int64_t>(*number))) {
      return std::nullopt;
    }
    return Count{static_cast<std::int64_t>(*number), path, at.member};
  }

  void put(std::string path, const Count& from, ConfigScalar value, ValueState state = ValueState::kGiven,
           std::string note = {}) {
    ConfigField field;
    if (from.member) {
      field = field_at(std::move(path), from.key, *from.member, tree_);
    } else {
      field.path = std::move(path);
    }
    field.value = std::move(value);
    field.state = state;
    field.note = std::move(note);
    out_.push_back(std::move(field));
  }
  void outside(std::string path, std::string note) {
    ConfigField field;
    field.path = std::move(path);
    field.state = ValueState::kOutside;
    field.note = std::move(note);
    out_.push_back(std::move(field));
  }

  // ---- pods -------------------------------------------------------------------------------------
  // Accelerators that the containers of a pod ask for. @param pod  path of the pod spec
  std::optional<Count> accelerators(const std::string& pod, std::string* device_kind) const {
    const Located containers = tree_.find(pod + ".containers");
    if (!containers.node || !containers.node->is(Node::Kind::kArray)) return std::nullopt;
    std::optional<Count> total;
    for (std::size_t i = 0; i < containers.node->as_array().size(); ++i) {
      const std::string resources = fmt::format("{}.containers[{}].resources", pod, i);
      std::optional<Count> one = limit(resources, device_kind);
      if (!one) continue;
      if (total) one->value += total->value;
      total = std::move(one);
    }
    return total;
  }
  std::optional<Count> limit(const std::string& resources, std::string* device_kind) const {
    for (const auto& [resource, kind] : kAccelerators) {
      for (const char* list : {"limits", "requests"}) {
        std::optional<Count> found = count(fmt::format("{}.{}.{}", resources, list, resource));
        if (!found) continue;
        if (device_kind) *device_kind = std::string(kind);
        return found;
      }
    }
    return std::nullopt;
  }

  void selector(const std::string& pod) {
    for (const char* label : {"cloud.google.com/gke-tpu-accelerator", "cloud.google.com/gke-accelerator",
                              "nvidia.com/gpu.product", "node.kubernetes.io/instance-type"}) {
      const std::string path = fmt::format("{}.nodeSelector.{}", pod, label);
      const Located at = tree_.find(path);
      if (!at.node || !at.member || !at.node->is(Node::Kind::kString)) continue;
      return put("cluster.device", {0, path, at.member}, at.node->as_string());
    }
  }

  // ---- jobs of replica groups -------------------------------------------------------------------
  std::vector<Replicas> groups() const {
    std::vector<Replicas> found;
    const Node* spec = tree_.find("spec").node;
    if (!spec || !spec->is(Node::Kind::kObject)) return found;
    for (const Member& specs : spec->as_object()) {
      if (!ends_with_word(specs.key, "ReplicaSpecs") || !specs.value.is(Node::Kind::kObject)) continue;
      for (const Member& role : specs.value.as_object()) {
        Replicas group;
        group.name = role.key;
        group.path = fmt::format("spec.{}.{}", specs.key, role.key);
        group.count = count(group.path + ".replicas").value_or(Count{1, group.path, &role});  // the API's default
        group.pod = group.path + ".template.spec";
        found.push_back(std::move(group));
      }
    }
    return found;
  }

  void machines(const std::vector<const Replicas*>& workers, const std::string& note) {
    if (workers.empty()) return;
    std::int64_t total = 0;
    for (const Replicas* group : workers) total += group->count.value;
    const Replicas* first = workers.back();
    const bool summed = workers.size() > 1 || first->product;
    put("cluster.machines", first->count, total, summed ? ValueState::kComputed : ValueState::kGiven, note);
  }

  // Devices a machine, where all groups that have any agree.
  std::optional<std::int64_t> devices(const std::vector<const Replicas*>& workers) {
    std::optional<Count> all;
    std::string kind;
    for (const Replicas* group : workers) {
      std::optional<Count> one = accelerators(group->pod, &kind);
      if (!one) continue;
      if (all && all->value != one->value) {
        outside("cluster.devices_per_machine", "the groups ask for different numbers of devices");
        return std::nullopt;
      }
      all = std::move(one);
    }
    for (const Replicas* group : workers) {
      if (tree_.find(group->pod + ".nodeSelector").node) {
        selector(group->pod);
        break;
      }
    }
    if (!all) {
      outside("cluster.devices_per_machine", "no container asks for an accelerator");
      return std::nullopt;
    }
    put("cluster.devices_per_machine", *all, all->value);
    put("config.device_kind", *all, kind);
    return all->value;
  }

  void replica_job() {
    const std::vector<Replicas> all = groups();
    std::vector<const Replicas*> workers;
    bool servers = false;
    for (const Replicas& group : all) {
      servers |= group.name == "PS";
      if (group.name != "PS" && group.name != "Evaluator" && group.name != "Launcher") workers.push_back(&group);
    }
    machines(workers, "all replicas but parameter servers and evaluators");
    const std::optional<std::int64_t> per_machine = devices(workers);
    strategy(all, servers);
    processes(workers, per_machine);
  }

  void strategy(const std::vector<Replicas>& all, bool servers) {
    if (all.empty()) return;
    const std::string kind = text("kind");
    const Count& at = all.front().count;
    if (kind == "TFJob") {
      put("config.strategy", at, std::string(servers ? "parameter_server" : "multi_worker_mirrored"),
          ValueState::kComputed, servers ? "there are parameter servers" : "there are no parameter servers");
    } else if (kind == "PyTorchJob") {
      put("config.strategy", at, std::string("torch_distributed"), ValueState::kComputed, "the kind of job");
    }
  }

  // PyTorchJob: nprocPerNode times the machines; "auto" and "gpu" are the GPU limit.
  void processes(const std::vector<const Replicas*>& workers, std::optional<std::int64_t> per_machine) {
    std::int64_t total = 0;
    for (const Replicas* group : workers) total += group->count.value;
    for (const char* path : {"spec.nprocPerNode", "spec.elasticPolicy.nProcPerNode"}) {
      const std::optional<Count> each = count(path);
      if (each)
        return put("config.world_size", *each, each->value * total, ValueState::kComputed,
                   "processes a machine times machines");
      const Located at = tree_.find(path);
      if (!at.node || !at.member || !at.node->is(Node::Kind::kString)) continue;
      const Count here{0, path, at.member};
      if (per_machine && (at.node->as_string() == "auto" || at.node->as_string() == "gpu")) {
        return put("config.world_size", here, *per_machine * total, ValueState::kComputed,
                   "devices a machine times machines");
      }
    }
  }

  void mpi_job() {
    const std::vector<Replicas> all = groups();
    std::vector<const Replicas*> workers;
    for (const Replicas& group : all) {
      if (group.name == "Worker") workers.push_back(&group);
    }
    machines(workers, "");
    devices(workers);
    if (workers.empty()) return;
    put("config.strategy", workers.front()->count, std::string("mpi"), ValueState::kComputed, "the kind of job");
    if (const std::optional<Count> slots = count("spec.slotsPerWorker")) {
      put("config.world_size", *slots, slots->value * workers.front()->count.value, ValueState::kComputed,
          "slots a worker times workers");
    }
  }

  // ---- Kubeflow Trainer -------------------------------------------------------------------------
  void train_job() {
    const std::optional<Count> nodes = count("spec.trainer.numNodes");
    if (nodes) {
      put("cluster.machines", *nodes, nodes->value);
    } else {
      outside("cluster.machines", "the training runtime's mlPolicy.numNodes");
    }
    std::string kind;
    const std::optional<Count> devices = limit("spec.trainer.resourcesPerNode", &kind);
    if (devices) {
      put("cluster.devices_per_machine", *devices, devices->value);
      put("config.device_kind", *devices, kind);
    } else {
      outside("cluster.devices_per_machine", "the training runtime's containers");
    }
    const std::optional<Count> processes = count("spec.trainer.numProcPerNode");
    if (processes && nodes) {
      put("config.world_size", *processes, processes->value * nodes->value, ValueState::kComputed,
          "processes a node times nodes");
    }
  }

  void runtime() {
    if (const std::optional<Count> nodes = count("spec.mlPolicy.numNodes"))
      put("cluster.machines", *nodes, nodes->value);
    for (const char* policy : {"torch", "mpi", "jax", "xgboost", "plainML"}) {
      const std::string path = fmt::format("spec.mlPolicy.{}", policy);
      if (const Located at = tree_.find(path); at.member) {
        put("config.strategy", {0, path, at.member}, std::string(policy));
        break;
      }
    }
    std::string kind;
    const Located jobs = tree_.find("spec.template.spec.replicatedJobs");
    if (!jobs.node || !jobs.node->is(Node::Kind::kArray)) return;
    for (std::size_t i = 0; i < jobs.node->as_array().size(); ++i) {
      const std::string pod = fmt::format("spec.template.spec.replicatedJobs[{}].template.spec.template.spec", i);
      const std::optional<Count> devices = accelerators(pod, &kind);
      if (!devices) continue;
      put("cluster.devices_per_machine", *devices, devices->value);
      put("config.device_kind", *devices, kind);
      return selector(pod);
    }
  }

  // ---- JobSet -----------------------------------------------------------------------------------
  void job_set(const std::string& list) {
    const Located jobs = tree_.find(list);
    if (!jobs.node || !jobs.node->is(Node::Kind::kArray)) return;
    std::vector<Replicas> all;
    for (std::size_t i = 0; i < jobs.node->as_array().size(); ++i) {
      Replicas group;
      group.path = fmt::format("{}[{}]", list, i);
      group.pod = group.path + ".template.spec.template.spec";
      const std::optional<Count> replicas = count(group.path + ".replicas");
      const std::optional<Count> pods = count(group.path + ".template.spec.parallelism");
      group.count = replicas ? *replicas : pods.value_or(Count{1, group.path, nullptr});
      group.count.value = (replicas ? replicas->value : 1) * (pods ? pods->value : 1);  // both default to 1
      group.product = replicas && pods && pods->value != 1;
      all.push_back(std::move(group));
    }
    // Where some groups have accelerators, those are the machines; the others drive or serve them.
    std::vector<const Replicas*> workers;
    for (const Replicas& group : all) {
      if (accelerators(group.pod, nullptr)) workers.push_back(&group);
    }
    const bool some = !workers.empty();
    if (!some) {
      for (const Replicas& group : all) workers.push_back(&group);
    }
    machines(workers, some ? "pods that ask for accelerators" : "all pods: none asks for an accelerator");
    devices(workers);
  }

  const ConfigTree& tree_;
  std::vector<ConfigField> out_;
};

}  // namespace

std::vector<ConfigField> read_kubernetes(const ConfigTree& tree) {
  return JobReader(tree).run();
}

}  // namespace berth
