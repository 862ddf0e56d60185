// Sizes of stored tensors, without overflow.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "berth/weights.hpp"

namespace berth {

// Product of the dimensions, or nullopt past 2^62 or for a negative one.
std::optional<std::int64_t> element_count(const std::vector<std::int64_t>& shape);

// Bytes that a tensor of this type and shape takes, blocks rounded up; nullopt past 2^62.
std::optional<std::uint64_t> stored_bytes(const StorageType& type, const std::vector<std::int64_t>& shape);

}  // namespace berth
