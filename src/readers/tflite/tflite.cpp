#include "readers/tflite/tflite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "readers/stored_sizes.hpp"
#include "readers/tflite/flatbuffer.hpp"

namespace berth {
namespace {

// Field numbers of the tables.
namespace field {
constexpr int kVersion = 0, kCodes = 1, kGraphs = 2, kBuffers = 4;
constexpr int kOldCode = 0, kCustom = 1, kCode = 3;
constexpr int kTensors = 0, kInputs = 1, kOperators = 3;
constexpr int kShape = 0, kType = 1, kBuffer = 2, kName = 3, kQuantization = 4, kSignature = 7;
constexpr int kScale = 2, kZeroPoint = 3, kAxis = 6;
constexpr int kOpcode = 0, kOpInputs = 1, kOpOutputs = 2, kOptionsType = 3, kOptions = 4;
constexpr int kData = 0, kDataOffset = 1, kDataSize = 2;
constexpr int kPoolWidth = 3, kPoolHeight = 4;  // of Pool2DOptions
}  // namespace field

constexpr std::uint8_t kPoolOptions = 5;  // BuiltinOptions_Pool2DOptions
constexpr std::uint32_t kMostDims = 64;

struct TypeInfo {
  const char* name;
  const char* storage;  // StorageType::name; empty: no numbers
};
constexpr std::array<TypeInfo, 20> kTypes{
    {{"float32", "F32"}, {"float16", "F16"}, {"int32", "I32"},  {"uint8", "U8"},      {"int64", "I64"},
     {"string", ""},     {"bool", "BOOL"},   {"int16", "I16"},  {"complex64", "C64"}, {"int8", "I8"},
     {"float64", "F64"}, {"complex128", ""}, {"uint64", "U64"}, {"resource", ""},     {"variant", ""},
     {"uint32", "U32"},  {"uint16", "U16"},  {"int4", "I4"},    {"bfloat16", "BF16"}, {"an unknown type", ""}}};

class Parser {
 public:
  Parser(std::string_view bytes, std::string_view name) : buffer_(bytes, name), size_(bytes.size()) {}

  Result<TfliteFile> parse() {
    const FlatTable model = buffer_.root();
    TfliteFile file;
    file.version = model.scalar<std::uint32_t>(field::kVersion, 0);
    read_codes(model);
    buffers_ = model.vector(field::kBuffers, 4);
    const FlatVector graphs = model.vector(field::kGraphs, 4);
    if (buffer_.ok() && graphs.size() == 0) refuse(0, "the file has no graph");
    for (std::uint32_t i = 0; buffer_.ok() && i < graphs.size(); ++i)
      file.graphs.push_back(read_graph(graphs.table(i)));
    if (!buffer_.ok()) return tl::unexpected<Error>(buffer_.error());
    return file;
  }

 private:
  void refuse(std::uint64_t at, const std::string& message) { buffer_.fail_at(at, ErrorCode::kInvalid, message); }

  void read_codes(const FlatTable& model) {
    const FlatVector codes = model.vector(field::kCodes, 4);
    for (std::uint32_t i = 0; buffer_.ok() && i < codes.size(); ++i) {
      const FlatTable code = codes.table(i);
      // Codes past 127 don't fit the old field: the larger of the two counts (schema_utils.cc).
      const std::int32_t old = code.scalar<std::int8_t>(field::kOldCode, 0);
      codes_.push_back({std::max(old, code.scalar<std::int32_t>(field::kCode, 0)), code.text(field::kCustom)});
    }
  }

  std::vector<std::int32_t> indexes(const FlatVector& list, std::size_t tensors) {
    std::vector<std::int32_t> out;
    out.reserve(list.size());
    for (std::uint32_t i = 0; i < list.size(); ++i) {
      const auto index = list.scalar<std::int32_t>(i);
      if (index < -1 || (index >= 0 && static_cast<std::size_t>(index) >= tensors)) {
        refuse(list.offset() + 4 * std::uint64_t{i}, fmt::format("tensor {} of {}", index, tensors));
        return {};
      }
      out.push_back(index);
    }
    return out;
  }

  TfliteGraph read_graph(const FlatTable& table) {
    TfliteGraph graph;
    const FlatVector tensors = table.vector(field::kTensors, 4);
    for (std::uint32_t i = 0; buffer_.ok() && i < tensors.size(); ++i)
      graph.tensors.push_back(read_tensor(tensors.table(i)));
    graph.inputs = indexes(table.vector(field::kInputs, 4), graph.tensors.size());
    const FlatVector operators = table.vector(field::kOperators, 4);
    for (std::uint32_t i = 0; buffer_.ok() && i < operators.size(); ++i) {
      graph.operators.push_back(read_operator(operators.table(i), graph.tensors.size()));
    }
    return graph;
  }

  TfliteTensor read_tensor(const FlatTable& table) {
    TfliteTensor t;
    t.name = std::string(table.text(field::kName));
    const auto type = table.scalar<std::uint8_t>(field::kType, 0);
    t.type = static_cast<TfliteType>(std::min<std::uint8_t>(type, static_cast<std::uint8_t>(TfliteType::kOther)));
    const FlatVector shape = table.vector(field::kShape, 4);
    const FlatVector signature = table.vector(field::kSignature, 4);
    if (shape.size() > kMostDims) refuse(table.offset(), fmt::format("a tensor of {} dimensions", shape.size()));
    for (std::uint32_t d = 0; buffer_.ok() && d < shape.size(); ++d) {
      const auto dim = shape.scalar<std::int32_t>(d);
      if (dim < -1) refuse(shape.offset() + 4 * std::uint64_t{d}, fmt::format("a dimension of {}", dim));
      t.dynamic = t.dynamic || dim == -1;
      t.shape.push_back(dim == -1 ? 1 : dim);
    }
    for (std::uint32_t d = 0; d < std::min(signature.size(), kMostDims); ++d) {
      t.dynamic = t.dynamic || signature.scalar<std::int32_t>(d) < 0;
    }
    if (!element_count(t.shape)) {
      buffer_.fail_at(table.offset(), ErrorCode::kLimit,
                      fmt::format("tensor '{}' has more than 2^62 elements", shorten(t.name)));
    }
    read_quantization(table.table(field::kQuantization), t);
    read_data(table, t);
    return t;
  }

  void read_quantization(const FlatTable& table, TfliteTensor& t) {
    if (!table.exists()) return;
    const FlatVector scales = table.vector(field::kScale, 4);
    const FlatVector zeros = table.vector(field::kZeroPoint, 8);
    for (std::uint32_t i = 0; i < scales.size(); ++i) t.scales.push_back(scales.scalar<float>(i));
    for (std::uint32_t i = 0; i < zeros.size(); ++i) t.zero_points.push_back(zeros.scalar<std::int64_t>(i));
    t.axis = table.scalar<std::int32_t>(field::kAxis, 0);
    const bool right = t.axis >= 0 && (t.scales.size() <= 1 || (static_cast<std::size_t>(t.axis) < t.shape.size() &&
                                                                static_cast<std::int64_t>(t.scales.size()) ==
                                                                    t.shape[static_cast<std::size_t>(t.axis)]));
    if (!right && buffer_.ok()) {
      refuse(table.offset(), fmt::format("tensor '{}' has {} scales along axis {}, which don't fit its shape",
                                         shorten(t.name), t.scales.size(), t.axis));
    }
  }

  // Buffer 0 is the empty one; data of files past 2 GB stands behind the flatbuffer.
  void read_data(const FlatTable& table, TfliteTensor& t) {
    const auto index = table.scalar<std::uint32_t>(field::kBuffer, 0);
    if (!buffer_.ok() || (index == 0 && buffers_.size() == 0)) return;
    if (index >= buffers_.size()) return refuse(table.offset(), fmt::format("buffer {} of {}", index, buffers_.size()));
    const FlatTable buffer = buffers_.table(index);
    const FlatVector data = buffer.vector(field::kData, 1);
    t.data_offset = data.offset();
    t.data_bytes = data.size();
    const auto far = buffer.scalar<std::uint64_t>(field::kDataOffset, 0);
    if (data.size() == 0 && far > 1) {
      t.data_offset = far;
      t.data_bytes = buffer.scalar<std::uint64_t>(field::kDataSize, 0);
      if (far > size_ || t.data_bytes > size_ - far) {
        return refuse(buffer.offset(), fmt::format("a buffer of {} bytes at {} leaves the file", t.data_bytes, far));
      }
    }
    t.constant = t.data_bytes > 0;
    const StorageType* storage = find_storage(kTypes[static_cast<std::size_t>(t.type)].storage);
    if (!t.constant || storage == nullptr) return;
    const auto needs = stored_bytes(*storage, t.shape);
    if (buffer_.ok() && needs && *needs > t.data_bytes) {
      refuse(buffer.offset(),
             fmt::format("tensor '{}' needs {} bytes, its buffer has {}", shorten(t.name), *needs, t.data_bytes));
    }
  }

  TfliteOperator read_operator(const FlatTable& table, std::size_t tensors) {
    TfliteOperator op;
    const auto index = table.scalar<std::uint32_t>(field::kOpcode, 0);
    if (!buffer_.ok()) return op;
    if (index >= codes_.size()) {
      refuse(table.offset(), fmt::format("operator code {} of {}", index, codes_.size()));
      return op;
    }
    op.code = codes_[index].code;
    op.custom = codes_[index].custom;
    op.inputs = indexes(table.vector(field::kOpInputs, 4), tensors);
    op.outputs = indexes(table.vector(field::kOpOutputs, 4), tensors);
    if (table.scalar<std::uint8_t>(field::kOptionsType, 0) == kPoolOptions) {
      const FlatTable options = table.table(field::kOptions);
      const auto wide = options.scalar<std::int32_t>(field::kPoolWidth, 1);
      const auto high = options.scalar<std::int32_t>(field::kPoolHeight, 1);
      op.window = std::max(1.0, static_cast<double>(wide)) * std::max(1.0, static_cast<double>(high));
    }
    return op;
  }

  struct Code {
    std::int32_t code;
    std::string_view custom;
  };
  FlatBuffer buffer_;
  std::uint64_t size_;
  std::vector<Code> codes_;
  FlatVector buffers_;
};

}  // namespace

const char* to_string(TfliteType type) {
  return kTypes[static_cast<std::size_t>(type)].name;
}

double TfliteTensor::elements() const {
  double out = 1;
  for (const std::int64_t dim : shape) out *= static_cast<double>(dim);
  return out;
}

Result<TfliteFile> parse_tflite(std::string_view bytes, std::string_view name) {
  return Parser(bytes, name).parse();
}

WeightTable tflite_weights(const TfliteFile& file, const std::string& path) {
  WeightTable table;
  table.files.push_back(path);
  for (const TfliteGraph& graph : file.graphs) {
    for (const TfliteTensor& t : graph.tensors) {
      const StorageType* storage = find_storage(kTypes[static_cast<std::size_t>(t.type)].storage);
      if (!t.constant || storage == nullptr) continue;
      StoredTensor out;
      out.name = t.name;
      out.type = storage->name;
      out.shape = t.shape;
      out.offset = t.data_offset;
      out.bytes = *stored_bytes(*storage, t.shape);
      out.scales = t.scales;
      out.zero_points = t.zero_points;
      out.quantized_axis = t.scales.size() > 1 ? t.axis : -1;
      table.tensors.push_back(std::move(out));
    }
  }
  return table;
}

}  // namespace berth
