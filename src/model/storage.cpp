#include <algorithm>
#include <array>

#include "berth/weights.hpp"

namespace berth {
namespace {

// Plain types: github.com/huggingface/safetensors, safetensors/src/tensor.rs, enum Dtype. Sub-byte types
// are packed; F6 four to three bytes.
constexpr std::array kPlain{StorageType{"F64", 1, 8},     StorageType{"F32", 1, 4},     StorageType{"F16", 1, 2},
                            StorageType{"BF16", 1, 2},    StorageType{"F8_E4M3", 1, 1}, StorageType{"F8_E5M2", 1, 1},
                            StorageType{"F8_E8M0", 1, 1}, StorageType{"F6_E2M3", 4, 3}, StorageType{"F6_E3M2", 4, 3},
                            StorageType{"F4", 2, 1},      StorageType{"I64", 1, 8},     StorageType{"I32", 1, 4},
                            StorageType{"I16", 1, 2},     StorageType{"I8", 1, 1},      StorageType{"U64", 1, 8},
                            StorageType{"U32", 1, 4},     StorageType{"U16", 1, 2},     StorageType{"U8", 1, 1},
                            StorageType{"BOOL", 1, 1},    StorageType{"C64", 1, 8},     StorageType{"I4", 2, 1},
                            StorageType{"U4", 2, 1}};

// ggml's types by number; block sizes from the static_asserts of ggml/src/ggml-common.h. Numbers that are
// missing were removed (4, 5: Q4_2, Q4_3; 31 to 33: repacked Q4_0; 36 to 38: repacked IQ4_NL).
struct GgmlType {
  std::uint32_t id;
  StorageType type;
};
constexpr std::array kGgml{
    GgmlType{0, {"F32", 1, 4}},         GgmlType{1, {"F16", 1, 2}},         GgmlType{2, {"Q4_0", 32, 18}},
    GgmlType{3, {"Q4_1", 32, 20}},      GgmlType{6, {"Q5_0", 32, 22}},      GgmlType{7, {"Q5_1", 32, 24}},
    GgmlType{8, {"Q8_0", 32, 34}},      GgmlType{9, {"Q8_1", 32, 36}},      GgmlType{10, {"Q2_K", 256, 84}},
    GgmlType{11, {"Q3_K", 256, 110}},   GgmlType{12, {"Q4_K", 256, 144}},   GgmlType{13, {"Q5_K", 256, 176}},
    GgmlType{14, {"Q6_K", 256, 210}},   GgmlType{15, {"Q8_K", 256, 292}},   GgmlType{16, {"IQ2_XXS", 256, 66}},
    GgmlType{17, {"IQ2_XS", 256, 74}},  GgmlType{18, {"IQ3_XXS", 256, 98}}, GgmlType{19, {"IQ1_S", 256, 50}},
    GgmlType{20, {"IQ4_NL", 32, 18}},   GgmlType{21, {"IQ3_S", 256, 110}},  GgmlType{22, {"IQ2_S", 256, 82}},
    GgmlType{23, {"IQ4_XS", 256, 136}}, GgmlType{24, {"I8", 1, 1}},         GgmlType{25, {"I16", 1, 2}},
    GgmlType{26, {"I32", 1, 4}},        GgmlType{27, {"I64", 1, 8}},        GgmlType{28, {"F64", 1, 8}},
    GgmlType{29, {"IQ1_M", 256, 56}},   GgmlType{30, {"BF16", 1, 2}},       GgmlType{34, {"TQ1_0", 256, 54}},
    GgmlType{35, {"TQ2_0", 256, 66}},   GgmlType{39, {"MXFP4", 32, 17}},    GgmlType{40, {"NVFP4", 64, 36}},
    GgmlType{41, {"Q1_0", 128, 18}},    GgmlType{42, {"Q2_0", 64, 18}}};

}  // namespace

const StorageType* find_storage(std::string_view name) {
  for (const StorageType& type : kPlain) {
    if (type.name == name) return &type;
  }
  for (const GgmlType& entry : kGgml) {
    if (entry.type.name == name) return &entry.type;
  }
  return nullptr;
}

const StorageType* find_ggml_storage(std::uint32_t id) {
  const auto* it = std::find_if(kGgml.begin(), kGgml.end(), [&](const GgmlType& entry) { return entry.id == id; });
  return it == kGgml.end() ? nullptr : &it->type;
}

std::int64_t elements_of(const StoredTensor& tensor) {
  std::int64_t elements = 1;
  for (const std::int64_t dim : tensor.shape) elements *= dim;
  return elements;
}

}  // namespace berth
