// The closed word lists of the workload document.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "berth/workload.hpp"

namespace berth {

template <class E>
using Word = std::pair<std::string_view, E>;

inline constexpr std::array<Word<Task>, 5> kTasks{{{"prototype", Task::kPrototype},
                                                   {"train", Task::kTrain},
                                                   {"finetune", Task::kFinetune},
                                                   {"search", Task::kSearch},
                                                   {"serve", Task::kServe}}};
inline constexpr std::array<Word<Checkpointing>, 3> kCheckpointings{
    {{"none", Checkpointing::kNone}, {"selective", Checkpointing::kSelective}, {"full", Checkpointing::kFull}}};
inline constexpr std::array<Word<Objective>, 3> kObjectives{
    {{"cost", Objective::kCost}, {"time", Objective::kTime}, {"balanced", Objective::kBalanced}}};
inline constexpr std::array<Word<DeviceClass>, 5> kDeviceClasses{{{"cpu", DeviceClass::kCpu},
                                                                  {"gpu", DeviceClass::kGpu},
                                                                  {"tpu", DeviceClass::kTpu},
                                                                  {"npu", DeviceClass::kNpu},
                                                                  {"edge", DeviceClass::kEdge}}};
inline constexpr std::array<Word<DType>, kDTypeCount> kDTypes{{{"fp64", DType::kFp64},
                                                               {"fp32", DType::kFp32},
                                                               {"tf32", DType::kTf32},
                                                               {"bf16", DType::kBf16},
                                                               {"fp16", DType::kFp16},
                                                               {"fp8", DType::kFp8},
                                                               {"int8", DType::kInt8},
                                                               {"fp4", DType::kFp4},
                                                               {"int4", DType::kInt4}}};
inline constexpr std::array<std::string_view, 11> kFrameworks{"pytorch",      "tensorflow", "jax",  "onnxruntime",
                                                              "tflite",       "llama.cpp",  "vllm", "xgboost",
                                                              "scikit-learn", "fortran",    "other"};
inline constexpr std::array<std::string_view, 3> kSourceAccess{"modifiable", "hard_to_change", "binary_only"};
inline constexpr std::array<std::string_view, 4> kCustomOps{"none", "some_on_cpu", "heavy_cpp", "in_training_loop"};
inline constexpr std::array<std::string_view, 2> kServingModes{"online", "batch"};
inline constexpr std::array<std::string_view, 3> kFp8Recipes{"tensorwise", "rowwise", "mxfp8"};
inline constexpr std::array<std::string_view, 3> kOffloadTargets{"none", "cpu", "nvme"};
inline constexpr std::array<std::string_view, 7> kAggregates{"mean", "sum", "min", "max", "count", "median", "none"};

}  // namespace berth
