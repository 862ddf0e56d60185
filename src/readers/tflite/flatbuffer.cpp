#include "readers/tflite/flatbuffer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "readers/mapped_file.hpp"

namespace berth {
namespace {

// Entries are at least a byte each, and writers share vtables and strings, hardly anything else.
constexpr std::uint64_t kLeastBudget = 1 << 20;

}  // namespace

FlatBuffer::FlatBuffer(std::string_view bytes, std::string_view name)
    : bytes_(bytes), name_(name), budget_(std::max<std::uint64_t>(kLeastBudget, 4 * bytes.size())) {}

void FlatBuffer::fail_at(std::uint64_t offset, ErrorCode code, const std::string& message) {
  if (!error_) error_ = error_at_byte(name_, offset, code, message);
}

bool FlatBuffer::covers(std::uint64_t at, std::uint64_t size) {
  if (!ok()) return false;
  if (at <= bytes_.size() && size <= bytes_.size() - at) return true;
  fail_at(at, ErrorCode::kInvalid, fmt::format("{} bytes are needed, the file ends at {}", size, bytes_.size()));
  return false;
}

std::uint64_t FlatBuffer::follow(std::uint64_t at) {
  const auto offset = load<std::uint32_t>(at);
  if (!ok()) return 0;
  if (offset == 0 || at + offset >= bytes_.size()) {
    fail_at(at, ErrorCode::kInvalid, fmt::format("an offset of {} leaves the file ({} bytes)", offset, bytes_.size()));
    return 0;
  }
  return at + offset;
}

bool FlatBuffer::spend(std::uint64_t at, std::uint64_t entries) {
  if (entries <= budget_) {
    budget_ -= entries;
    return true;
  }
  fail_at(at, ErrorCode::kLimit,
          fmt::format("the file refers to more entries than its {} bytes can hold", bytes_.size()));
  return false;
}

FlatTable FlatBuffer::root() {
  const std::uint64_t at = follow(0);
  return at == 0 ? FlatTable() : FlatTable(*this, at);
}

FlatTable::FlatTable(FlatBuffer& buffer, std::uint64_t at) : at_(at) {
  const auto back = buffer.load<std::int32_t>(at);
  const std::int64_t vtable = static_cast<std::int64_t>(at) - back;
  if (!buffer.ok()) return;
  if (vtable < 0) {
    buffer.fail_at(at, ErrorCode::kInvalid, "a table whose layout lies before the file");
    return;
  }
  vtable_ = static_cast<std::uint64_t>(vtable);
  vtable_bytes_ = buffer.load<std::uint16_t>(vtable_);
  const auto table_bytes = buffer.load<std::uint16_t>(vtable_ + 2);
  if (!buffer.covers(vtable_, vtable_bytes_) || !buffer.covers(at, table_bytes)) return;
  if (vtable_bytes_ < 4 || vtable_bytes_ % 2 != 0) {
    buffer.fail_at(vtable_, ErrorCode::kInvalid, fmt::format("a table layout of {} bytes", vtable_bytes_));
    return;
  }
  if (buffer.spend(at, 1)) buffer_ = &buffer;
}

std::uint64_t FlatTable::place(int field) const {
  if (buffer_ == nullptr) return 0;
  const auto entry = static_cast<std::uint64_t>(4 + 2 * field);
  if (entry + 2 > vtable_bytes_) return 0;
  const auto offset = buffer_->load<std::uint16_t>(vtable_ + entry);
  return offset == 0 ? 0 : at_ + offset;
}

FlatTable FlatTable::table(int field) const {
  const std::uint64_t at = place(field);
  const std::uint64_t target = at == 0 ? 0 : buffer_->follow(at);
  return target == 0 ? FlatTable() : FlatTable(*buffer_, target);
}

FlatVector FlatTable::vector(int field, std::uint64_t element_bytes) const {
  const std::uint64_t at = place(field);
  const std::uint64_t target = at == 0 ? 0 : buffer_->follow(at);
  return target == 0 ? FlatVector() : FlatVector(*buffer_, target, element_bytes);
}

std::string_view FlatTable::text(int field) const {
  const FlatVector letters = vector(field, 1);
  return letters.size() == 0 ? std::string_view() : buffer_->bytes_.substr(letters.offset(), letters.size());
}

FlatVector::FlatVector(FlatBuffer& buffer, std::uint64_t at, std::uint64_t element_bytes) {
  const auto size = buffer.load<std::uint32_t>(at);
  if (!buffer.ok() || !buffer.covers(at + 4, std::uint64_t{size} * element_bytes)) return;
  // Bytes are taken whole, other elements one by one.
  if (!buffer.spend(at, element_bytes == 1 ? 1 : size)) return;
  buffer_ = &buffer;
  at_ = at + 4;
  size_ = size;
}

FlatTable FlatVector::table(std::uint32_t i) const {
  if (i >= size_) return {};
  const std::uint64_t target = buffer_->follow(at_ + 4 * std::uint64_t{i});
  return target == 0 ? FlatTable() : FlatTable(*buffer_, target);
}

}  // namespace berth
