#include "readers/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "core/fields.hpp"
#include "core/node.hpp"
#include "core/text.hpp"
#include "readers/mapped_file.hpp"
#include "readers/stored_sizes.hpp"

namespace berth {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLargestHeader = 100'000'000;  // MAX_HEADER_SIZE in safetensors/src/tensor.rs
constexpr const char* kDamaged = "the file is cut short or damaged: get it again";

// Where a node of the header stands in the file. Headers are one line; with line breaks the offset is
// that of the line's own column, which still points near.
std::uint64_t byte_of(const Node& node) {
  return kLengthBytes + static_cast<std::uint64_t>(std::max(0, node.column - 1));
}

class HeaderReader {
 public:
  HeaderReader(std::string_view bytes, std::string_view name, std::uint64_t data_start)
      : name_(name), data_start_(data_start), data_size_(bytes.size() - data_start) {}

  Status add(const std::string& tensor, const Node& entry, std::vector<StoredTensor>& out) {
    StoredTensor t;
    t.name = tensor;
    if (Status status = read_type(entry, t); !status) return status;
    if (Status status = read_shape(entry, t); !status) return status;
    if (Status status = read_place(entry, t); !status) return status;
    out.push_back(std::move(t));
    return {};
  }

 private:
  tl::unexpected<Error> fault(const Node& at, ErrorCode code, const std::string& message, std::string fix = kDamaged) {
    return tl::unexpected<Error>(error_at_byte(name_, byte_of(at), code, message, std::move(fix)));
  }

  Status read_type(const Node& entry, StoredTensor& t) {
    const Node* dtype = entry.find("dtype");
    if (dtype == nullptr || !dtype->is(Node::Kind::kString)) {
      return fault(entry, ErrorCode::kInvalid, fmt::format("tensor '{}' has no dtype", shorten(t.name)));
    }
    type_ = find_storage(dtype->as_string());
    if (type_ == nullptr) {
      return fault(*dtype, ErrorCode::kUnsupported,
                   fmt::format("tensor '{}' has the unknown dtype '{}'", shorten(t.name), shorten(dtype->as_string())),
                   "known: F64 F32 F16 BF16 F8_E4M3 F8_E5M2 F8_E8M0 F6 F4 I64 I32 I16 I8 U64 U32 U16 U8 BOOL C64");
    }
    t.type = type_->name;
    return {};
  }

  Status read_shape(const Node& entry, StoredTensor& t) {
    const Node* shape = entry.find("shape");
    if (shape == nullptr || !shape->is(Node::Kind::kArray)) {
      return fault(entry, ErrorCode::kInvalid, fmt::format("tensor '{}' has no shape", shorten(t.name)));
    }
    for (const Node& dim : shape->as_array()) {
      if (!dim.is(Node::Kind::kInt) || dim.as_int() < 0) {
        return fault(dim, ErrorCode::kInvalid,
                     fmt::format("the shape of '{}' must hold whole numbers from 0, found {}", shorten(t.name),
                                 describe(dim)));
      }
      t.shape.push_back(dim.as_int());
    }
    if (!stored_bytes(*type_, t.shape)) {
      return fault(*shape, ErrorCode::kLimit, fmt::format("tensor '{}' is larger than 2^62 bytes", shorten(t.name)));
    }
    return {};
  }

  Status read_place(const Node& entry, StoredTensor& t) {
    const Node* offsets = entry.find("data_offsets");
    const bool two = offsets != nullptr && offsets->is(Node::Kind::kArray) && offsets->as_array().size() == 2 &&
                     offsets->as_array()[0].is(Node::Kind::kInt) && offsets->as_array()[1].is(Node::Kind::kInt);
    if (!two) {
      return fault(entry, ErrorCode::kInvalid,
                   fmt::format("tensor '{}' has no data_offsets of two whole numbers", shorten(t.name)));
    }
    const std::int64_t begin = offsets->as_array()[0].as_int();
    const std::int64_t end = offsets->as_array()[1].as_int();
    if (begin < 0 || end < begin || static_cast<std::uint64_t>(end) > data_size_) {
      return fault(*offsets, ErrorCode::kInvalid,
                   fmt::format("tensor '{}' lies at bytes {} to {} of {}", shorten(t.name), begin, end, data_size_));
    }
    const std::uint64_t needs = *stored_bytes(*type_, t.shape);
    if (static_cast<std::uint64_t>(end - begin) != needs) {
      return fault(*offsets, ErrorCode::kInvalid,
                   fmt::format("tensor '{}' needs {} bytes by its shape and has {}", shorten(t.name), needs,
                               end - begin));
    }
    t.offset = data_start_ + static_cast<std::uint64_t>(begin);
    t.bytes = needs;
    return {};
  }

  std::string_view name_;
  std::uint64_t data_start_;
  std::uint64_t data_size_;
  const StorageType* type_ = nullptr;
};

// The format allows neither overlaps nor holes.
Status check_packing(const std::vector<StoredTensor>& tensors, std::uint64_t start, std::uint64_t size,
                     std::string_view name) {
  std::vector<const StoredTensor*> order;
  order.reserve(tensors.size());
  for (const StoredTensor& t : tensors) order.push_back(&t);
  std::sort(order.begin(), order.end(), [](const StoredTensor* a, const StoredTensor* b) {
    return a->offset != b->offset ? a->offset < b->offset : a->bytes < b->bytes;
  });
  std::uint64_t expected = start;
  for (const StoredTensor* t : order) {
    if (t->offset != expected) {
      return tl::unexpected<Error>(error_at_byte(
          name, t->offset, ErrorCode::kInvalid,
          fmt::format("tensor '{}' {} the tensor before it, which ends at {}", shorten(t->name),
                      t->offset < expected ? "overlaps" : "leaves a hole after", expected),
          kDamaged));
    }
    expected = t->offset + t->bytes;
  }
  if (expected != size) {
    return tl::unexpected<Error>(error_at_byte(name, expected, ErrorCode::kInvalid,
                                               fmt::format("{} bytes belong to no tensor", size - expected), kDamaged));
  }
  return {};
}

// Errors of the JSON reader name a column of the header; the file is binary, so name the byte.
Error at_byte(const Error& error, std::string_view name) {
  const auto column = static_cast<std::uint64_t>(std::max(0, error.span.column - 1));
  return error_at_byte(name, kLengthBytes + column, error.code, "the header: " + error.message,
                       error.fix.empty() ? kDamaged : error.fix);
}

// Shards lie beside their index. Anything else is refused before a file is opened.
bool stays_in_folder(std::string_view file) {
  return !file.empty() && file != "." && file != ".." && file.find('/') == std::string_view::npos &&
         file.find('\\') == std::string_view::npos && file.find('\0') == std::string_view::npos;
}

}  // namespace

Result<std::vector<StoredTensor>> read_safetensors(std::string_view bytes, std::string_view name) {
  const auto refuse = [&](std::uint64_t at, ErrorCode code, const std::string& message) {
    return tl::unexpected<Error>(error_at_byte(name, at, code, message, kDamaged));
  };
  if (bytes.size() < kLengthBytes) {
    return refuse(0, ErrorCode::kInvalid, fmt::format("a safetensors header needs 8 bytes, found {}", bytes.size()));
  }
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  if (length > kLargestHeader) {
    return refuse(0, ErrorCode::kLimit, fmt::format("the header claims {} bytes, more than 100 MB", length));
  }
  if (length > bytes.size() - kLengthBytes) {
    return refuse(0, ErrorCode::kInvalid,
                  fmt::format("the header claims {} bytes, {} are left", length, bytes.size() - kLengthBytes));
  }
  const Result<Node> header = parse_document(bytes.substr(kLengthBytes, length), name, Syntax::kJson);
  if (!header) return tl::unexpected<Error>(at_byte(header.error(), name));
  if (!header->is(Node::Kind::kObject)) return refuse(kLengthBytes, ErrorCode::kInvalid, "the header is no object");
  HeaderReader reader(bytes, name, kLengthBytes + length);
  std::vector<StoredTensor> tensors;
  tensors.reserve(header->as_object().size());
  for (const Member& member : header->as_object()) {
    if (member.key == "__metadata__") continue;
    if (Status status = reader.add(member.key, member.value, tensors); !status) return tl::unexpected(status.error());
  }
  if (Status status = check_packing(tensors, kLengthBytes + length, bytes.size(), name); !status) {
    return tl::unexpected(status.error());
  }
  return tensors;
}

Result<SafetensorsIndex> read_shard_index(std::string_view text, std::string_view name) {
  const Result<Node> document = parse_document(text, name, Syntax::kJson);
  if (!document) return tl::unexpected<Error>(document.error());
  const Node* map = document->find("weight_map");
  const auto refuse = [&](const Node& at, ErrorCode code, std::string message, std::string fix) {
    return fail(code, std::move(message), std::move(fix), SourceSpan{std::string(name), at.line, at.column, 0, 0});
  };
  if (map == nullptr || !map->is(Node::Kind::kObject)) {
    return refuse(*document, ErrorCode::kInvalid, "no 'weight_map': this is no index of model files",
                  "give a model.safetensors.index.json");
  }
  SafetensorsIndex index;
  if (const Node* metadata = document->find("metadata"); metadata != nullptr) {
    const Node* total = metadata->find("total_size");
    if (total != nullptr && total->is_number() && total->number() > 0 && total->number() < 9e18) {
      index.total_bytes = static_cast<std::int64_t>(total->number());
    }
  }
  std::unordered_map<std::string_view, std::uint32_t> seen;
  index.tensors.reserve(map->as_object().size());
  index.file_of.reserve(map->as_object().size());
  for (const Member& member : map->as_object()) {
    if (!member.value.is(Node::Kind::kString) || !stays_in_folder(member.value.as_string())) {
      return refuse(member.value, ErrorCode::kInvalid,
                    fmt::format("'weight_map.{}' must name a file in the same folder, found {}", shorten(member.key),
                                describe(member.value)),
                    "shards lie beside their index");
    }
    const auto found = seen.emplace(member.value.as_string(), static_cast<std::uint32_t>(index.files.size()));
    if (found.second) index.files.push_back(member.value.as_string());
    index.tensors.push_back(member.key);
    index.file_of.push_back(found.first->second);
  }
  return index;
}

}  // namespace berth
