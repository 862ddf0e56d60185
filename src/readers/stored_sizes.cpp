#include "readers/stored_sizes.hpp"

namespace berth {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 62;

}  // namespace

std::optional<std::int64_t> element_count(const std::vector<std::int64_t>& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t dim : shape) {
    if (dim < 0) return std::nullopt;
    if (dim == 0) return 0;
    if (__builtin_mul_overflow(elements, dim, &elements) || elements > kMost) return std::nullopt;
  }
  return elements;
}

std::optional<std::uint64_t> stored_bytes(const StorageType& type, const std::vector<std::int64_t>& shape) {
  const std::optional<std::int64_t> elements = element_count(shape);
  if (!elements) return std::nullopt;
  std::int64_t blocks = *elements / type.block_elements + (*elements % type.block_elements != 0 ? 1 : 0);
  if (__builtin_mul_overflow(blocks, std::int64_t{type.block_bytes}, &blocks) || blocks > kMost) return std::nullopt;
  return static_cast<std::uint64_t>(blocks);
}

}  // namespace berth
