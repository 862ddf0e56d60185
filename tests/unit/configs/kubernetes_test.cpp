#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

TEST(Kubernetes, PyTorchJob) {
  const Config config = read_one(R"(apiVersion: kubeflow.org/v1
kind: PyTorchJob
spec:
  nprocPerNode: "4"
  pytorchReplicaSpecs:
    Master:
      replicas: 1
      template: {spec: {containers: [{resources: {limits: {nvidia.com/gpu: 4}}}]}}
    Worker:
      replicas: 3
      template: {spec: {containers: [{resources: {limits: {nvidia.com/gpu: "4"}}}]}}
)");
  EXPECT_EQ(shown(config, "cluster.machines"), "computed 4");  // 1 master + 3 workers
  EXPECT_EQ(shown(config, "cluster.devices_per_machine"), "given 4");
  EXPECT_EQ(shown(config, "config.world_size"), "computed 16");
  EXPECT_EQ(shown(config, "config.device_kind"), "given gpu");
}

TEST(Kubernetes, ParameterServersAreNoWorkers) {
  const Config config = read_one(
      "apiVersion: kubeflow.org/v1\nkind: TFJob\nspec:\n  tfReplicaSpecs:\n    PS: {replicas: 2}\n    Worker: "
      "{replicas: 4}\n"
      "    Chief: {}\n");
  EXPECT_EQ(shown(config, "cluster.machines"), "computed 5");  // 4 workers + 1 chief by the API's default
  EXPECT_EQ(shown(config, "config.strategy"), "computed parameter_server");
  EXPECT_EQ(shown(config, "cluster.devices_per_machine"), "outside");
}

TEST(Kubernetes, MpiJobCountsSlots) {
  const Config config = read_one(
      "apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nspec:\n  slotsPerWorker: 2\n  mpiReplicaSpecs:\n"
      "    Launcher: {replicas: 1}\n    Worker: {replicas: 3}\n");
  EXPECT_EQ(shown(config, "cluster.machines"), "given 3");
  EXPECT_EQ(shown(config, "config.world_size"), "computed 6");
}

TEST(Kubernetes, JobSetCountsPodsWithAccelerators) {
  const Config config = read_one(R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
spec:
  replicatedJobs:
  - name: driver
    template: {spec: {template: {spec: {containers: [{}]}}}}
  - name: workers
    replicas: 2
    template:
      spec:
        parallelism: 4
        template:
          spec:
            nodeSelector: {cloud.google.com/gke-tpu-accelerator: tpu-v6e-slice}
            containers: [{resources: {limits: {google.com/tpu: 4}}}]
)");
  EXPECT_EQ(shown(config, "cluster.machines"), "computed 8");  // 2 * 4, the driver apart
  EXPECT_EQ(shown(config, "cluster.devices_per_machine"), "given 4");
  EXPECT_EQ(shown(config, "config.device_kind"), "given tpu");
  EXPECT_EQ(shown(config, "cluster.device"), "given tpu-v6e-slice");
}

TEST(Kubernetes, TrainJobTakesTheRestFromItsRuntime) {
  const std::string job =
      "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nspec:\n  runtimeRef: {name: torch}\n";
  const std::string runtime = R"(---
apiVersion: trainer.kubeflow.org/v1alpha1
kind: ClusterTrainingRuntime
metadata: {name: torch}
spec:
  mlPolicy: {numNodes: 2, torch: {}}
  template: {spec: {replicatedJobs: [{template: {spec: {template: {spec: {containers: [{resources: {limits: {nvidia.com/gpu: 8}}}]}}}}}]}}
)";
  const Config alone = read_one(job);
  EXPECT_EQ(shown(alone, "cluster.machines"), "outside");
  EXPECT_TRUE(alone.partial);
  const std::vector<Config> both = read_all(job + runtime);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(shown(both[0], "cluster.machines"), "given 2");
  EXPECT_EQ(shown(both[0], "cluster.devices_per_machine"), "given 8");
  EXPECT_EQ(shown(both[0], "config.strategy"), "given torch");
  EXPECT_FALSE(both[0].partial);
  EXPECT_TRUE(both[0].links.front().read);
}

}  // namespace
}  // namespace berth::test
