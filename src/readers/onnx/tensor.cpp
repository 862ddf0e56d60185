#include "readers/onnx/tensor.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/text.hpp"
#include "readers/mapped_file.hpp"

namespace berth::onnx {
namespace {

using protobuf::Bytes;
using protobuf::Field;
using protobuf::Message;
using protobuf::Wire;

constexpr std::size_t kMostAxes = 64;
constexpr std::size_t kLongestList = 1'000'000;
constexpr double kMostElements = 4611686018427387904.0;  // 2^62
constexpr const char* kDamaged = "the file is cut short or damaged: get it again";

std::optional<Error> at(std::string_view file, std::uint64_t offset, ErrorCode code, const std::string& message,
                        const char* fix = kDamaged) {
  return error_at_byte(file, offset, code, message, fix);
}

bool add_ints(const Field& f, std::vector<std::int64_t>& out, std::size_t most) {
  if (f.wire == Wire::kVarint) {
    if (out.size() < most) out.push_back(static_cast<std::int64_t>(f.value));
    return true;
  }
  if (f.wire != Wire::kBytes) return false;
  std::string_view rest = f.bytes.data;
  while (!rest.empty()) {
    const auto value = protobuf::take_varint(rest);
    if (!value) return false;
    if (out.size() >= most) return true;
    out.push_back(static_cast<std::int64_t>(*value));
  }
  return true;
}

// A path that stays inside of the model's folder: relative, without "..", without a NUL.
bool stays_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.front() == '\\' || path.find('\0') != std::string_view::npos ||
      (path.size() > 1 && path[1] == ':')) {
    return false;
  }
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find_first_of("/\\", start), path.size());
    if (path.substr(start, end - start) == "..") return false;
    start = end + 1;
  }
  return true;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto done = std::from_chars(text.data(), text.data() + text.size(), value);
  if (done.ec != std::errc() || done.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Error> external_entry(const Field& entry, std::string_view file, Tensor& out) {
  Message message(entry.bytes, file);
  std::string_view key;
  Bytes value;
  while (const auto f = message.next()) {
    if (f->is(1, Wire::kBytes)) key = f->bytes.data;
    if (f->is(2, Wire::kBytes)) value = f->bytes;
  }
  if (!message.ok()) return message.error();
  if (key == "location") {
    out.location = value.data;
    if (stays_inside(value.data)) return std::nullopt;
    return at(file, value.offset, ErrorCode::kInvalid,
              fmt::format("the data of tensor '{}' lie at '{}', outside of the model's folder", shorten(out.name),
                          shorten(value.data)),
              "external data must lie beside the model: a relative path without '..'");
  }
  if (key != "offset" && key != "length") return std::nullopt;
  const auto found = number(value.data);
  if (!found || *found > (std::uint64_t{1} << 62)) {
    return at(file, value.offset, ErrorCode::kInvalid,
              fmt::format("the {} of external data is '{}', no number of bytes", key, shorten(value.data)));
  }
  if (key == "offset")
    out.data_offset = *found;
  else
    out.data_length = *found;
  return std::nullopt;
}

// Product of the dims; the error names the tensor.
std::optional<Error> count_elements(std::string_view file, Tensor& out) {
  out.elements = 1;
  for (const std::int64_t dim : out.dims) {
    if (dim < 0) {
      return at(file, out.offset, ErrorCode::kInvalid,
                fmt::format("tensor '{}' has the dimension {}", shorten(out.name), dim));
    }
    out.elements *= static_cast<double>(dim);
  }
  if (out.elements <= kMostElements) return std::nullopt;
  return at(file, out.offset, ErrorCode::kLimit,
            fmt::format("tensor '{}' would have more than 2^62 elements", shorten(out.name)));
}

// Bytes that the data must have, from dims and type; nullopt for types of no fixed size.
std::optional<double> bytes_of(const Tensor& t) {
  const int bits = bits_of(t.type);
  if (bits == 0) return std::nullopt;
  return std::ceil(t.elements * bits / 8);
}

std::optional<Error> check_length(std::string_view file, const Tensor& t, std::optional<std::uint64_t> typed_bytes) {
  const auto expected = bytes_of(t);
  if (!expected) return std::nullopt;
  std::optional<double> found;
  if (t.external && t.data_length) found = static_cast<double>(*t.data_length);
  if (!t.external && typed_bytes) found = static_cast<double>(*typed_bytes);
  if (!found || *found == *expected) return std::nullopt;
  return at(file, t.offset, ErrorCode::kInvalid,
            fmt::format("tensor '{}' has dims for {:.0f} bytes of data, but {:.0f} bytes are given", shorten(t.name),
                        *expected, *found));
}

template <class T>
void append(std::string_view raw, std::size_t limit, std::vector<double>& out) {
  for (std::size_t i = 0; i + sizeof(T) <= raw.size() && out.size() < limit; i += sizeof(T)) {
    T value;
    std::memcpy(&value, raw.data() + i, sizeof(T));
    out.push_back(static_cast<double>(value));
  }
}

double half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const double fraction = bits & 1023;
  const double size = exponent == 0    ? std::ldexp(fraction, -24)
                      : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                       : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

void append_raw(int type, std::string_view raw, std::size_t limit, std::vector<double>& out) {
  switch (type) {
    case kFloat: return append<float>(raw, limit, out);
    case kDouble: return append<double>(raw, limit, out);
    case kInt64: return append<std::int64_t>(raw, limit, out);
    case kUint64: return append<std::uint64_t>(raw, limit, out);
    case kInt32: return append<std::int32_t>(raw, limit, out);
    case kUint32: return append<std::uint32_t>(raw, limit, out);
    case kInt8: return append<std::int8_t>(raw, limit, out);
    case kUint8:
    case kBool: return append<std::uint8_t>(raw, limit, out);
    case 4: return append<std::uint16_t>(raw, limit, out);
    case 5: return append<std::int16_t>(raw, limit, out);
    case kFloat16:
      append<std::uint16_t>(raw, limit, out);
      for (double& value : out) value = half(static_cast<std::uint16_t>(value));
      return;
    case kBfloat16:
      append<std::uint16_t>(raw, limit, out);
      for (double& value : out) value = std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
      return;
    default: return;
  }
}

void append_typed(const Tensor& t, const Field& f, std::size_t limit, std::vector<double>& out) {
  if (f.number == 4 && f.wire == Wire::kBytes) return append<float>(f.bytes.data, limit, out);
  if (f.number == 4 && f.wire == Wire::kFixed32)
    out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(f.value)));
  if (f.number == 10 && f.wire == Wire::kBytes) return append<double>(f.bytes.data, limit, out);
  if (f.number == 10 && f.wire == Wire::kFixed64) out.push_back(std::bit_cast<double>(f.value));
  if (f.number != 5 && f.number != 7 && f.number != 11) return;
  std::vector<std::int64_t> ints;
  add_ints(f, ints, limit - out.size());
  for (const std::int64_t value : ints) {
    const auto bits = static_cast<std::uint32_t>(value);
    const double number = t.type == kFloat16    ? half(static_cast<std::uint16_t>(bits))
                          : t.type == kBfloat16 ? static_cast<double>(std::bit_cast<float>(bits << 16))
                          : f.number == 5       ? static_cast<double>(static_cast<std::int32_t>(bits))
                                                : static_cast<double>(value);
    out.push_back(number);
  }
}

}  // namespace

int bits_of(int type) {
  constexpr int kBits[] = {0,  32,  8,  8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64,
                           64, 128, 16, 8, 8,  8,  8,  4,  4, 4, 8,  2,  2};
  return type >= 0 && type < static_cast<int>(std::size(kBits)) ? kBits[type] : 0;
}

std::optional<Error> read_tensor(Bytes bytes, std::string_view file, Tensor& out) {
  out.message = bytes;
  out.offset = bytes.offset;
  Message message(bytes, file);
  std::optional<std::uint64_t> data_bytes;  // of the fields whose length says how many elements there are
  std::vector<Field> entries;
  while (const auto f = message.next()) {
    switch (f->number) {
      case 1:
        if (!add_ints(*f, out.dims, kMostAxes + 1)) return at(file, f->offset, ErrorCode::kInvalid, "dims are damaged");
        if (out.dims.size() > kMostAxes) return at(file, f->offset, ErrorCode::kLimit, "a tensor of more than 64 axes");
        break;
      case 2: out.type = static_cast<int>(f->value); break;
      case 4:
        out.has_data = true;
        data_bytes = data_bytes.value_or(0) + (f->wire == Wire::kBytes ? f->bytes.data.size() : 4);
        break;
      case 5:
      case 6:
      case 7:
      case 11: out.has_data = true; break;
      case 10: out.has_data = true; break;
      case 8: out.name = f->bytes.data; break;
      case 9:
        if (f->wire != Wire::kBytes) return at(file, f->offset, ErrorCode::kInvalid, "raw_data must be bytes");
        out.raw_data = f->bytes;
        out.has_data = true;
        data_bytes = f->bytes.data.size();
        break;
      case 13:
        if (entries.size() < 16 && f->wire == Wire::kBytes) entries.push_back(*f);
        break;
      case 14: out.external = f->value == 1; break;
      default: break;
    }
  }
  if (!message.ok()) return message.error();
  if (auto error = count_elements(file, out)) return error;
  for (const Field& entry : entries) {
    if (!out.external) break;
    if (auto error = external_entry(entry, file, out)) return error;
  }
  if (out.type != kFloat && out.raw_data.data.empty()) data_bytes = std::nullopt;  // complex and packed types
  return check_length(file, out, data_bytes);
}

std::optional<std::vector<double>> decode(const Tensor& tensor, std::size_t limit) {
  if (tensor.external || tensor.type == kString || tensor.elements > static_cast<double>(limit)) return std::nullopt;
  const auto wanted = static_cast<std::size_t>(tensor.elements);
  std::vector<double> out;
  out.reserve(wanted);
  if (!tensor.raw_data.data.empty()) {
    append_raw(tensor.type, tensor.raw_data.data, wanted, out);
  } else {
    Message message(tensor.message, "");
    while (const auto f = message.next()) {
      if (out.size() < wanted) append_typed(tensor, *f, wanted, out);
    }
  }
  if (out.size() != wanted) return std::nullopt;
  return out;
}

std::optional<std::vector<std::int64_t>> decode_ints(const Attribute& attribute) {
  std::vector<std::int64_t> out;
  Message message(attribute.message, "");
  while (const auto f = message.next()) {
    if (f->number == 8 && !add_ints(*f, out, kLongestList)) return std::nullopt;
  }
  return out;
}

std::optional<std::vector<double>> decode_floats(const Attribute& attribute) {
  std::vector<double> out;
  Message message(attribute.message, "");
  while (const auto f = message.next()) {
    if (f->number != 7) continue;
    if (f->wire == Wire::kFixed32) out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(f->value)));
    if (f->wire == Wire::kBytes) append<float>(f->bytes.data, kLongestList, out);
  }
  return out;
}

std::vector<std::string_view> decode_strings(const Attribute& attribute) {
  std::vector<std::string_view> out;
  Message message(attribute.message, "");
  while (const auto f = message.next()) {
    if (f->is(9, Wire::kBytes) && out.size() < kLongestList) out.push_back(f->bytes.data);
  }
  return out;
}

}  // namespace berth::onnx
