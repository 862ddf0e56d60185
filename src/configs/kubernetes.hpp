// Training jobs of Kubernetes: machines, devices a machine and processes, from replica counts and
// resource limits. Their keys stand below names that the user picks, which no table can say.
#pragma once

#include <vector>

#include "configs/config_tree.hpp"

namespace berth {

// TFJob, PyTorchJob and their kind (v1), MPIJob (v1, v2beta1), TrainJob, TrainingRuntime, JobSet.
std::vector<ConfigField> read_kubernetes(const ConfigTree& tree);

}  // namespace berth
