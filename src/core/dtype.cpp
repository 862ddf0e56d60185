#include "berth/dtype.hpp"

#include <array>

namespace berth {
namespace {

struct Row {
  const char* word;
  double bytes;
};
// In the order of the enum.
constexpr std::array<Row, kDTypeCount> kRows{{{"fp64", 8},
                                              {"fp32", 4},
                                              {"tf32", 4},
                                              {"bf16", 2},
                                              {"fp16", 2},
                                              {"fp8", 1},
                                              {"int8", 1},
                                              {"fp4", 0.5},
                                              {"int4", 0.5}}};

}  // namespace

const char* to_string(DType dtype) {
  return kRows[static_cast<std::size_t>(dtype)].word;
}

std::optional<DType> parse_dtype(std::string_view word) {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (word == kRows[i].word) return static_cast<DType>(i);
  }
  return std::nullopt;
}

double bytes_per_element(DType dtype) {
  return kRows[static_cast<std::size_t>(dtype)].bytes;
}

}  // namespace berth
