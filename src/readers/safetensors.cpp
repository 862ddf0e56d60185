#include "readers/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/fields.hpp"
#include "core/node.hpp"
#include "core/text.hpp"
#include "readers/mapped_file.hpp"
#include "readers/plain_json.hpp"
#include "readers/stored_sizes.hpp"

namespace berth {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLargestHeader = 100'000'000;  // MAX_HEADER_SIZE in safetensors/src/tensor.rs

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
  tl::unexpected<Error> fault(const Node& at, ErrorCode code, const std::string& message, std::string fix = {}) {
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
        return fault(
            dim, ErrorCode::kInvalid,
            fmt::format("the shape of '{}' must hold whole numbers from 0, found {}", shorten(t.name), describe(dim)));
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
      return fault(
          *offsets, ErrorCode::kInvalid,
          fmt::format("tensor '{}' needs {} bytes by its shape and has {}", shorten(t.name), needs, end - begin));
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
      return tl::unexpected<Error>(
          error_at_byte(name, t->offset, ErrorCode::kInvalid,
                        fmt::format("tensor '{}' {} the tensor before it, which ends at {}", shorten(t->name),
                                    t->offset < expected ? "overlaps" : "leaves a hole after", expected)));
    }
    expected = t->offset + t->bytes;
  }
  if (expected != size) {
    return tl::unexpected<Error>(error_at_byte(name, expected, ErrorCode::kInvalid,
                                               fmt::format("{} bytes belong to no tensor", size - expected)));
  }
  return {};
}

// Errors of the JSON reader name a column of the header; the file is binary, so name the byte.
Error at_byte(const Error& error, std::string_view name) {
  const auto column = static_cast<std::uint64_t>(std::max(0, error.span.column - 1));
  return error_at_byte(name, kLengthBytes + column, error.code, "the header: " + error.message, error.fix);
}

// Shards lie beside their index. Anything else is refused before a file is opened.
bool stays_in_folder(std::string_view file) {
  return !file.empty() && file != "." && file != ".." && file.find('/') == std::string_view::npos &&
         file.find('\\') == std::string_view::npos && file.find('\0') == std::string_view::npos;
}

// One entry in plain form: {"dtype":"BF16","shape":[4,4],"data_offsets":[0,32]}, keys in any order.
bool scan_entry(PlainJson& in, std::uint64_t start, std::uint64_t size, StoredTensor& t) {
  std::int64_t begin = -1;
  std::int64_t end = -1;
  bool shaped = false;
  const StorageType* type = nullptr;
  in.need('{');
  do {
    const std::string_view key = in.text();
    in.need(':');
    if (key == "dtype" && type == nullptr) {
      type = find_storage(in.text());
    } else if (key == "shape" && !shaped) {
      shaped = true;
      in.need('[');
      if (!in.take(']')) {
        do t.shape.push_back(in.number());
        while (in.ok() && in.take(','));
        in.need(']');
      }
    } else if (key == "data_offsets" && end < 0) {
      in.need('[');
      begin = in.number();
      in.need(',');
      end = in.number();
      in.need(']');
    } else {
      return false;
    }
  } while (in.ok() && in.take(','));
  in.need('}');
  if (!in.ok() || type == nullptr || !shaped || begin < 0 || end < begin) return false;
  const auto needs = stored_bytes(*type, t.shape);
  if (!needs || static_cast<std::uint64_t>(end - begin) != *needs || static_cast<std::uint64_t>(end) > size) {
    return false;
  }
  t.type = type->name;
  t.offset = start + static_cast<std::uint64_t>(begin);
  t.bytes = *needs;
  return true;
}

// The header when it is written plainly and is right; false: read it with all care.
bool scan_header(std::string_view header, std::uint64_t start, std::uint64_t size, std::vector<StoredTensor>& out) {
  PlainJson in(header);
  std::unordered_set<std::string_view> names;
  in.need('{');
  if (in.take('}')) return in.done();
  constexpr std::size_t kUsualEntry = 100;  // bytes
  out.reserve(header.size() / kUsualEntry + 1);
  names.reserve(header.size() / kUsualEntry + 1);
  do {
    const std::string_view name = in.text();
    in.need(':');
    if (!in.ok() || !names.insert(name).second) return false;
    if (name == "__metadata__") {
      in.skip_object();
      continue;
    }
    out.emplace_back();
    if (!scan_entry(in, start, size, out.back())) return false;
    out.back().name = name;
  } while (in.ok() && in.take(','));
  in.need('}');
  return in.done();
}

// Adds one pair of a weight map.
class MapBuilder {
 public:
  explicit MapBuilder(SafetensorsIndex& index) : index_(index) {}
  void add(std::string_view tensor, std::string_view file) {
    auto found = last_ < index_.files.size() && index_.files[last_] == file ? last_ : find(file);
    last_ = found;
    index_.tensors.emplace_back(tensor);
    index_.file_of.push_back(static_cast<std::uint32_t>(found));
  }

 private:
  std::size_t find(std::string_view file) {
    const auto known = seen_.find(std::string(file));
    if (known != seen_.end()) return known->second;
    seen_.emplace(file, index_.files.size());
    index_.files.emplace_back(file);
    return index_.files.size() - 1;
  }
  SafetensorsIndex& index_;
  std::unordered_map<std::string, std::size_t> seen_;
  std::size_t last_ = 0;
};

// {"metadata":{…},"weight_map":{"name":"file",…}} in plain form, with every file in the folder.
bool scan_index(std::string_view text, SafetensorsIndex& index) {
  PlainJson in(text);
  MapBuilder map(index);
  std::unordered_set<std::string_view> names;
  bool mapped = false;
  bool described = false;
  in.need('{');
  do {
    const std::string_view key = in.text();
    in.need(':');
    if (key == "metadata" && !described) {
      described = true;
      in.need('{');
      do {
        const std::string_view entry = in.text();
        in.need(':');
        if (entry == "total_size") {
          index.total_bytes = in.number();
        } else {
          in.skip_scalar();
        }
      } while (in.ok() && in.take(','));
      in.need('}');
    } else if (key == "weight_map" && !mapped) {
      mapped = true;
      constexpr std::size_t kUsualPair = 90;  // bytes
      names.reserve(text.size() / kUsualPair + 1);
      index.tensors.reserve(text.size() / kUsualPair + 1);
      in.need('{');
      do {
        const std::string_view name = in.text();
        in.need(':');
        const std::string_view file = in.text();
        if (!in.ok() || !stays_in_folder(file) || !names.insert(name).second) return false;
        map.add(name, file);
      } while (in.ok() && in.take(','));
      in.need('}');
    } else {
      return false;
    }
  } while (in.ok() && in.take(','));
  in.need('}');
  return mapped && in.done();
}

// The header by the tree of core, which takes any JSON and knows where errors are.
Status read_header(std::string_view bytes, std::string_view name, std::uint64_t length,
                   std::vector<StoredTensor>& tensors) {
  const Result<Node> header = parse_document(bytes.substr(kLengthBytes, length), name, Syntax::kJson);
  if (!header) return tl::unexpected<Error>(at_byte(header.error(), name));
  if (!header->is(Node::Kind::kObject)) {
    return tl::unexpected<Error>(error_at_byte(name, kLengthBytes, ErrorCode::kInvalid, "the header is no object"));
  }
  HeaderReader reader(bytes, name, kLengthBytes + length);
  tensors.reserve(header->as_object().size());
  for (const Member& member : header->as_object()) {
    if (member.key == "__metadata__") continue;
    if (Status status = reader.add(member.key, member.value, tensors); !status) return status;
  }
  return {};
}

Result<SafetensorsIndex> read_index_with_care(std::string_view text, std::string_view name) {
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
  MapBuilder builder(index);
  for (const Member& member : map->as_object()) {
    if (!member.value.is(Node::Kind::kString) || !stays_in_folder(member.value.as_string())) {
      return refuse(member.value, ErrorCode::kInvalid,
                    fmt::format("'weight_map.{}' must name a file in the same folder, found {}", shorten(member.key),
                                describe(member.value)),
                    "shards lie beside their index");
    }
    builder.add(member.key, member.value.as_string());
  }
  return index;
}

}  // namespace

Result<std::vector<StoredTensor>> read_safetensors(std::string_view bytes, std::string_view name) {
  const auto refuse = [&](std::uint64_t at, ErrorCode code, const std::string& message) {
    return tl::unexpected<Error>(error_at_byte(name, at, code, message));
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
  std::vector<StoredTensor> tensors;
  const std::uint64_t start = kLengthBytes + length;
  if (!scan_header(bytes.substr(kLengthBytes, length), start, bytes.size() - start, tensors)) {
    tensors.clear();
    if (Status status = read_header(bytes, name, length, tensors); !status) return tl::unexpected(status.error());
  }
  if (Status status = check_packing(tensors, start, bytes.size(), name); !status) {
    return tl::unexpected(status.error());
  }
  return tensors;
}

Result<SafetensorsIndex> read_shard_index(std::string_view text, std::string_view name) {
  SafetensorsIndex index;
  if (scan_index(text, index)) return index;
  return read_index_with_care(text, name);
}

}  // namespace berth
