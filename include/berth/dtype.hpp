/// Number formats that are computed in. Storage formats of quantised weights are catalog entries
/// (catalog.hpp, WeightFormat), since they grow in number and are judged by their bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace berth {

enum class DType : std::uint8_t { kFp64, kFp32, kTf32, kBf16, kFp16, kFp8, kInt8, kFp4, kInt4 };
inline constexpr int kDTypeCount = 9;

/// "bf16" and so on. Thread-safe.
const char* to_string(DType dtype);
/// The reverse of to_string; nullopt for any other word. Thread-safe.
std::optional<DType> parse_dtype(std::string_view word);
/// Bytes that one element takes in memory (0.5 for 4-bit types; tf32 is stored as fp32: 4). Thread-safe.
double bytes_per_element(DType dtype);

}  // namespace berth
