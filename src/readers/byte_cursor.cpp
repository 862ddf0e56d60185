#include "readers/byte_cursor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "readers/mapped_file.hpp"

namespace berth {

ByteCursor::ByteCursor(std::string_view bytes, std::string_view name, std::uint64_t offset)
    : bytes_(bytes), name_(name), offset_(std::min<std::uint64_t>(offset, bytes.size())) {}

std::string_view ByteCursor::take(std::uint64_t size, std::string_view what) {
  if (!ok()) return {};
  if (size > remaining()) {
    fail_at(offset_, ErrorCode::kInvalid, fmt::format("{} needs {} bytes, {} are left", what, size, remaining()));
    return {};
  }
  const std::string_view out = bytes_.substr(offset_, size);
  offset_ += size;
  return out;
}

void ByteCursor::seek(std::uint64_t offset, std::string_view what) {
  if (!ok()) return;
  if (offset > bytes_.size()) {
    return fail_at(offset_, ErrorCode::kInvalid,
                   fmt::format("{} lies at byte {}, past the end ({})", what, offset, bytes_.size()));
  }
  offset_ = offset;
}

void ByteCursor::fail_at(std::uint64_t offset, ErrorCode code, const std::string& message, std::string fix) {
  if (ok()) error_ = error_at_byte(name_, offset, code, message, std::move(fix));
}

}  // namespace berth
