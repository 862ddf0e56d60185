#include "readers/gguf/gguf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "core/text.hpp"
#include "readers/byte_cursor.hpp"
#include "readers/stored_sizes.hpp"

namespace berth {
namespace {

constexpr std::uint32_t kDefaultAlignment = 32;
constexpr std::uint32_t kMostDims = 4;             // GGML_MAX_DIMS
constexpr std::uint64_t kLongestName = 1024;       // GGML_MAX_NAME is 64; converters write longer ones
constexpr std::uint64_t kKeptNumbers = 8192;       // lists with one number a layer are shorter
constexpr int kDeepestArray = 4;                   // lists of lists occur in no published file
constexpr std::uint64_t kSmallestKey = 8 + 4 + 1;  // name length, type, one byte
constexpr std::uint64_t kSmallestTensor = 8 + 4 + 4 + 8;

// enum gguf_type in ggml/include/gguf.h.
enum class ValueType : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64
};
constexpr std::array<std::uint64_t, 13> kSizes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

class Reader {
 public:
  Reader(std::string_view bytes, std::string_view name) : in_(bytes, name), name_(name), size_(bytes.size()) {}

  Result<GgufFile> read() {
    read_header();
    read_keys();
    read_tensors();
    if (in_.ok()) place_tensors();
    if (!in_.ok()) return tl::unexpected<Error>(in_.error());
    return std::move(out_);
  }

 private:
  void refuse(std::uint64_t at, ErrorCode code, const std::string& message, std::string fix = {}) {
    in_.fail_at(at, code, message, std::move(fix));
  }

  // Version 1 counts in 32 bits.
  std::uint64_t count(std::string_view what) {
    return out_.version == 1 ? in_.read<std::uint32_t>(what) : in_.read<std::uint64_t>(what);
  }
  std::string_view string(std::string_view what) { return in_.take(count(what), what); }

  void read_header() {
    if (in_.take(4, "the magic number") != "GGUF") return refuse(0, ErrorCode::kInvalid, "this is no GGUF file");
    out_.version = in_.read<std::uint32_t>("the version");
    if (out_.version > 0xFFFF) {
      return refuse(4, ErrorCode::kUnsupported, "a big-endian GGUF file isn't read", "convert it to little-endian");
    }
    if (out_.version < 1 || out_.version > 3) {
      return refuse(4, ErrorCode::kUnsupported, fmt::format("GGUF version {} isn't known (1 to 3 are)", out_.version),
                    "convert it with a current llama.cpp");
    }
    tensor_count_ = count("the tensor count");
    key_count_ = count("the key count");
    const std::uint64_t left = in_.remaining();
    if (tensor_count_ > left / kSmallestTensor || key_count_ > left / kSmallestKey) {
      refuse(8, ErrorCode::kInvalid,
             fmt::format("{} keys and {} tensors can't fit in {} bytes", key_count_, tensor_count_, left));
    }
  }

  void read_keys() {
    for (std::uint64_t i = 0; in_.ok() && i < key_count_; ++i) {
      const std::uint64_t at = in_.offset();
      const std::string_view key = string("a key");
      const auto type = in_.read<std::uint32_t>("a value's type");
      if (!in_.ok()) return;
      GgufValue value = read_value(type, 0);
      if (!in_.ok()) return;
      if (!out_.keys.emplace(std::string(key), std::move(value)).second) {
        return refuse(at, ErrorCode::kInvalid, fmt::format("the key '{}' stands there twice", shorten(key)));
      }
    }
  }

  GgufValue read_value(std::uint32_t type, int depth) {
    switch (static_cast<ValueType>(type)) {
      case ValueType::kU8: return std::int64_t{in_.read<std::uint8_t>("a value")};
      case ValueType::kI8: return std::int64_t{in_.read<std::int8_t>("a value")};
      case ValueType::kU16: return std::int64_t{in_.read<std::uint16_t>("a value")};
      case ValueType::kI16: return std::int64_t{in_.read<std::int16_t>("a value")};
      case ValueType::kU32: return std::int64_t{in_.read<std::uint32_t>("a value")};
      case ValueType::kI32: return std::int64_t{in_.read<std::int32_t>("a value")};
      case ValueType::kF32: return double{in_.read<float>("a value")};
      case ValueType::kBool: return in_.read<std::uint8_t>("a value") != 0;
      case ValueType::kString: return string("a text");
      case ValueType::kArray: return read_array(depth);
      case ValueType::kU64: return static_cast<std::int64_t>(in_.read<std::uint64_t>("a value"));
      case ValueType::kI64: return in_.read<std::int64_t>("a value");
      case ValueType::kF64: return in_.read<double>("a value");
    }
    refuse(in_.offset() - 4, ErrorCode::kInvalid, fmt::format("{} is no type of value (0 to 12 are)", type));
    return false;
  }

  GgufValue read_array(int depth) {
    GgufArray out;
    const std::uint64_t at = in_.offset();
    const auto type = in_.read<std::uint32_t>("a list's type");
    out.count = count("a list's length");
    if (!in_.ok()) return out;
    if (type >= kSizes.size() || depth >= kDeepestArray) {
      refuse(at, ErrorCode::kInvalid,
             type >= kSizes.size() ? fmt::format("{} is no type of value (0 to 12 are)", type)
                                   : fmt::format("lists nested deeper than {}", kDeepestArray));
      return out;
    }
    const std::uint64_t smallest = kSizes[type] > 0 ? kSizes[type] : out_.version == 1 ? 4 : 8;
    if (out.count > in_.remaining() / smallest) {
      refuse(at, ErrorCode::kInvalid,
             fmt::format("a list of {} values can't fit in {} bytes", out.count, in_.remaining()));
      return out;
    }
    const bool text = static_cast<ValueType>(type) == ValueType::kString;
    if (!text && static_cast<ValueType>(type) != ValueType::kArray && out.count > kKeptNumbers) {
      in_.skip(out.count * kSizes[type], "a list");
      return out;
    }
    for (std::uint64_t i = 0; in_.ok() && i < out.count; ++i) {
      const GgufValue value = read_value(type, depth + 1);
      if (const auto* n = std::get_if<std::int64_t>(&value)) out.numbers.push_back(static_cast<double>(*n));
      if (const auto* n = std::get_if<double>(&value)) out.numbers.push_back(*n);
      if (const auto* n = std::get_if<bool>(&value)) out.numbers.push_back(*n ? 1 : 0);
    }
    return out;
  }

  void read_tensors() {
    if (!in_.ok()) return;
    out_.tensors.reserve(tensor_count_);
    types_.reserve(tensor_count_);
    std::unordered_set<std::string_view> names;
    for (std::uint64_t i = 0; in_.ok() && i < tensor_count_; ++i) {
      const std::uint64_t at = in_.offset();
      const std::uint64_t length = count("a tensor's name");
      if (in_.ok() && length > kLongestName) {
        return refuse(at, ErrorCode::kInvalid, fmt::format("a tensor's name of {} bytes", length));
      }
      const std::string_view name = in_.take(length, "a tensor's name");
      if (in_.ok() && !names.insert(name).second) {
        return refuse(at, ErrorCode::kInvalid, fmt::format("two tensors are named '{}'", shorten(name)));
      }
      if (in_.ok()) read_tensor(std::string(name), at);
    }
  }

  void read_tensor(std::string name, std::uint64_t at) {
    StoredTensor t;
    t.name = std::move(name);
    const auto dims = in_.read<std::uint32_t>("the number of dimensions");
    if (in_.ok() && dims > kMostDims) {
      return refuse(at, ErrorCode::kInvalid,
                    fmt::format("tensor '{}' has {} dimensions, at most 4 are possible", shorten(t.name), dims));
    }
    for (std::uint32_t d = 0; in_.ok() && d < dims; ++d) {
      t.shape.push_back(static_cast<std::int64_t>(count("a dimension")));  // 2^63 and up turns negative: refused below
    }
    const auto id = in_.read<std::uint32_t>("a tensor's type");
    t.offset = in_.read<std::uint64_t>("a tensor's offset");
    if (!in_.ok()) return;
    const StorageType* type = find_ggml_storage(id);
    if (type == nullptr) {
      return refuse(at, ErrorCode::kUnsupported,
                    fmt::format("tensor '{}' has the unknown type {}", shorten(t.name), id),
                    "types 0 to 42 of ggml are known, less those that were removed");
    }
    const std::int64_t row = t.shape.empty() ? 1 : t.shape.front();
    const auto bytes = stored_bytes(*type, t.shape);
    if (!bytes || row % type->block_elements != 0) {
      return refuse(at, bytes ? ErrorCode::kInvalid : ErrorCode::kLimit,
                    bytes ? fmt::format("tensor '{}': rows of {} elements don't divide into {} blocks of {}",
                                        shorten(t.name), row, type->name, type->block_elements)
                          : fmt::format("tensor '{}' is larger than 2^62 bytes", shorten(t.name)));
    }
    t.type = type->name;
    t.bytes = *bytes;
    std::reverse(t.shape.begin(), t.shape.end());  // ggml names the fastest dimension first
    out_.tensors.push_back(std::move(t));
    types_.push_back(at);
  }

  // Offsets count from the aligned end of the header.
  void place_tensors() {
    const std::uint64_t alignment =
        static_cast<std::uint64_t>(out_.integer("general.alignment").value_or(kDefaultAlignment));
    if (alignment == 0 || alignment > 1 << 20 || (alignment & (alignment - 1)) != 0) {
      return refuse(8, ErrorCode::kInvalid,
                    fmt::format("general.alignment must be a power of two, found {}", alignment));
    }
    const std::uint64_t start = (in_.offset() + alignment - 1) / alignment * alignment;
    for (std::size_t i = 0; in_.ok() && i < out_.tensors.size(); ++i) {
      StoredTensor& t = out_.tensors[i];
      if (t.offset % alignment != 0) {
        return refuse(types_[i], ErrorCode::kInvalid,
                      fmt::format("tensor '{}' starts at {}, no multiple of {}", shorten(t.name), t.offset, alignment));
      }
      if (start > size_ || t.offset > size_ - start || t.bytes > size_ - start - t.offset) {
        return refuse(types_[i], ErrorCode::kInvalid,
                      fmt::format("tensor '{}' takes {} bytes at {}, past the end of the file ({})", shorten(t.name),
                                  t.bytes, t.offset, size_));
      }
      t.offset += start;
    }
    check_overlaps();
  }

  void check_overlaps() {
    std::vector<std::size_t> order(out_.tensors.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return out_.tensors[a].offset < out_.tensors[b].offset; });
    std::uint64_t end = 0;
    for (const std::size_t i : order) {
      const StoredTensor& t = out_.tensors[i];
      if (t.offset < end) {
        return refuse(types_[i], ErrorCode::kInvalid,
                      fmt::format("tensor '{}' overlaps the one before it, which ends at {}", shorten(t.name), end));
      }
      end = t.offset + t.bytes;
    }
  }

  ByteCursor in_;
  std::string_view name_;
  std::uint64_t size_;
  std::uint64_t tensor_count_ = 0;
  std::uint64_t key_count_ = 0;
  std::vector<std::uint64_t> types_;  // where each tensor is described
  GgufFile out_;
};

}  // namespace

std::optional<std::int64_t> GgufFile::integer(std::string_view key) const {
  const auto it = keys.find(key);
  if (it == keys.end()) return std::nullopt;
  const auto* value = std::get_if<std::int64_t>(&it->second);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::string_view GgufFile::text(std::string_view key) const {
  const auto it = keys.find(key);
  const auto* value = it == keys.end() ? nullptr : std::get_if<std::string_view>(&it->second);
  return value == nullptr ? std::string_view() : *value;
}

std::optional<bool> GgufFile::flag(std::string_view key) const {
  const auto it = keys.find(key);
  const auto* value = it == keys.end() ? nullptr : std::get_if<bool>(&it->second);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::vector<double> GgufFile::numbers(std::string_view key) const {
  if (const auto one = integer(key)) return {static_cast<double>(*one)};
  const auto it = keys.find(key);
  const auto* value = it == keys.end() ? nullptr : std::get_if<GgufArray>(&it->second);
  return value == nullptr ? std::vector<double>() : value->numbers;
}

std::uint64_t GgufFile::length(std::string_view key) const {
  const auto it = keys.find(key);
  const auto* value = it == keys.end() ? nullptr : std::get_if<GgufArray>(&it->second);
  return value == nullptr ? 0 : value->count;
}

Result<GgufFile> read_gguf(std::string_view bytes, std::string_view name) {
  return Reader(bytes, name).read();
}

}  // namespace berth
