// Stored elements as numbers: plain types, and ggml's blocks.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace berth {

// Whether decode() knows the type. Integers are decoded as they are stored; their scales are the caller's.
bool can_decode(std::string_view type);

// The first `count` elements at `bytes`, appended to `out`; false when the bytes end first. Blocks decode
// whole, so `count` is rounded up to them and the surplus left out.
// Source of ggml's layouts: ggml/src/ggml-common.h (structs) and ggml-quants.c (dequantize_row_*).
bool decode(std::string_view type, std::string_view bytes, std::size_t count, std::vector<float>& out);

}  // namespace berth
