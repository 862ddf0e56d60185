#include "readers/tensorflow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "core/text.hpp"
#include "readers/mapped_file.hpp"
#include "readers/model_folder.hpp"
#include "readers/protobuf.hpp"
#include "readers/stored_sizes.hpp"

namespace berth {
namespace {

using protobuf::Bytes;
using protobuf::Field;
using protobuf::Message;
using protobuf::Wire;

// Field numbers: tensorflow/core/protobuf/saved_model.proto and meta_graph.proto;
// tensorflow/core/framework/{graph,function,node_def,attr_value,tensor,tensor_shape}.proto.
constexpr std::uint32_t kMetaGraph = 2, kGraphOfMeta = 2, kNode = 1, kLibrary = 2, kFunction = 1, kNodeOfFunction = 3;
constexpr std::uint32_t kName = 1, kOp = 2, kAttribute = 5, kKey = 1, kValue = 2;
constexpr std::uint32_t kType = 6, kShape = 7, kTensor = 8, kTensorShape = 2, kDim = 2, kSize = 1, kDtype = 1;
constexpr const char* kExport =
    "export it for the operators: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx (--graphdef FILE "
    "for a frozen graph), or convert it to TensorFlow Lite";

// Floating types of enum DataType (types.proto): float, double, half, bfloat16.
bool is_float(std::uint64_t type) {
  return type == 1 || type == 2 || type == 19 || type == 14;
}

// State of the optimizer and of metrics, by the names that Keras gives it.
bool is_training_state(std::string_view name) {
  constexpr std::array<std::string_view, 8> kStarts{"Adam/",     "RMSprop/", "SGD/",      "Adagrad/",
                                                    "Adadelta/", "Nadam/",   "training/", "optimizer/"};
  return std::any_of(kStarts.begin(), kStarts.end(), [&](std::string_view s) { return name.starts_with(s); });
}

struct Constant {
  std::uint64_t type = 0;
  std::optional<std::vector<std::int64_t>> shape;
};

class Walk {
 public:
  explicit Walk(std::string_view name) : name_(name) {}

  // Calls visit(field) for every field; the first damage sticks.
  template <class Visit>
  void each(const Bytes& bytes, const Visit& visit) {
    Message message(bytes, name_);
    while (const auto field = message.next()) {
      if (error_) return;
      visit(*field);
    }
    if (!message.ok() && !error_) error_ = message.error();
  }

  void graph(const Bytes& bytes) {
    each(bytes, [&](const Field& f) {
      if (f.is(kNode, Wire::kBytes)) node(f.bytes, true);
      if (f.is(kLibrary, Wire::kBytes)) library(f.bytes);
    });
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  std::vector<TensorGroup> weights;
  std::map<std::string, std::int64_t, std::less<>> operators;

 private:
  void library(const Bytes& bytes) {
    each(bytes, [&](const Field& f) {
      if (!f.is(kFunction, Wire::kBytes)) return;
      each(f.bytes, [&](const Field& inner) {
        if (inner.is(kNodeOfFunction, Wire::kBytes)) node(inner.bytes, false);
      });
    });
  }

  std::vector<std::int64_t> shape_of(const Bytes& bytes) {
    std::vector<std::int64_t> shape;
    each(bytes, [&](const Field& f) {
      if (!f.is(kDim, Wire::kBytes)) return;
      std::int64_t size = 0;
      each(f.bytes, [&](const Field& d) {
        if (d.is(kSize, Wire::kVarint)) size = static_cast<std::int64_t>(d.value);
      });
      shape.push_back(size);
    });
    return shape;
  }

  // "dtype", "shape" and "value" of a node.
  void attribute(const Bytes& bytes, Constant& out) {
    std::string_view key;
    Bytes value;
    each(bytes, [&](const Field& f) {
      if (f.is(kKey, Wire::kBytes)) key = f.bytes.data;
      if (f.is(kValue, Wire::kBytes)) value = f.bytes;
    });
    if (key != "dtype" && key != "shape" && key != "value") return;
    each(value, [&](const Field& f) {
      if (key == "dtype" && f.is(kType, Wire::kVarint)) out.type = f.value;
      if (key == "shape" && f.is(kShape, Wire::kBytes)) out.shape = shape_of(f.bytes);
      if (key != "value" || !f.is(kTensor, Wire::kBytes)) return;
      out.shape.emplace();
      each(f.bytes, [&](const Field& t) {
        if (t.is(kDtype, Wire::kVarint)) out.type = t.value;
        if (t.is(kTensorShape, Wire::kBytes)) out.shape = shape_of(t.bytes);
      });
    });
  }

  void node(const Bytes& bytes, bool main) {
    std::string_view name;
    std::string_view op;
    Constant constant;
    each(bytes, [&](const Field& f) {
      if (f.is(kName, Wire::kBytes)) name = f.bytes.data;
      if (f.is(kOp, Wire::kBytes)) op = f.bytes.data;
      if (f.is(kAttribute, Wire::kBytes)) attribute(f.bytes, constant);
    });
    if (op.empty()) return;
    ++operators[std::string(shorten(op))];
    const bool variable = op == "VarHandleOp" || op == "VariableV2";
    if ((!variable && op != "Const") || !main || !constant.shape || !is_float(constant.type)) return;
    if (variable && (is_training_state(name) || constant.shape->empty())) return;
    if (!element_count(*constant.shape)) return;  // an open axis: no weight
    weights.push_back({std::string(name), *constant.shape, 1, 1});
  }

  std::string_view name_;
  std::optional<Error> error_;
};

}  // namespace

Result<Model> read_tensorflow(std::string_view bytes, std::string_view name) {
  Walk walk(name);
  bool saved = false;
  walk.each({bytes, 0}, [&](const Field& f) {
    // SavedModel's second field is a MetaGraphDef, GraphDef's first a node.
    if (f.number == 1 && f.wire == Wire::kVarint) saved = true;
  });
  if (saved) {
    walk.each({bytes, 0}, [&](const Field& f) {
      if (!f.is(kMetaGraph, Wire::kBytes)) return;
      walk.each(f.bytes, [&](const Field& g) {
        if (g.is(kGraphOfMeta, Wire::kBytes)) walk.graph(g.bytes);
      });
    });
  } else {
    walk.graph({bytes, 0});
  }
  if (walk.error()) return tl::unexpected<Error>(*walk.error());
  if (walk.operators.empty()) {
    return tl::unexpected<Error>(error_at_byte(name, 0, ErrorCode::kInvalid, "this is no TensorFlow graph", kExport));
  }
  Model model;
  model.format = saved ? "saved_model" : "graph_def";
  model.tensors = std::move(walk.weights);
  if (Status status = count_parameters(model); !status) {
    Error error = status.error();
    error.span.file = std::string(name);
    return tl::unexpected<Error>(std::move(error));
  }
  std::int64_t operators = 0;
  for (const auto& [op, count] : walk.operators) operators += count;
  model.summary = Summary{"", std::nullopt, std::nullopt, std::nullopt};
  if (model.parameters > 0) model.summary->parameters = static_cast<double>(model.parameters);
  model.notes.push_back(fmt::format("{} nodes of {} kinds; parameters are its {}, less the optimizer's", operators,
                                    walk.operators.size(), saved ? "variables" : "floating-point constants"));
  model.notes.push_back(fmt::format("what the nodes compute isn't read: {}", kExport));
  return model;
}

Result<Model> read_tensorflow_file(const MappedFile& file, const ReadOptions& options) {
  (void)options;
  return read_tensorflow(file.bytes(), file.path());
}

}  // namespace berth
