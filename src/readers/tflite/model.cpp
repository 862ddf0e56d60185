#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "berth/readers.hpp"
#include "readers/mapped_file.hpp"
#include "readers/model_folder.hpp"
#include "readers/stored_sizes.hpp"
#include "readers/tflite/tflite.hpp"

namespace berth {
namespace {

bool is_plain_integer(const TfliteTensor& t) {
  return (t.type == TfliteType::kInt32 || t.type == TfliteType::kInt64 || t.type == TfliteType::kBool) &&
         t.scales.empty();
}

// Constants that steer operators (shapes, axes, paddings) are integers without a scale; biases of integer
// networks have one.
void count_constants(const TfliteFile& file, Model& model) {
  std::int64_t all = 0;
  std::int64_t steering = 0;
  std::map<std::pair<std::string, std::vector<std::int64_t>>, std::size_t> seen;
  for (const TfliteGraph& graph : file.graphs) {
    for (const TfliteTensor& t : graph.tensors) {
      const bool numbers = t.type != TfliteType::kString && t.type != TfliteType::kResource &&
                           t.type != TfliteType::kVariant && t.type != TfliteType::kOther;
      if (!t.constant || !numbers) continue;
      const std::int64_t elements = *element_count(t.shape);
      all += elements;
      if (is_plain_integer(t)) {
        steering += elements;
      } else {
        model.tensors.push_back({t.name, t.shape, 1, 1});
      }
    }
  }
  model.parameters_in_file = all;
  if (steering > 0) {
    model.why_different = fmt::format("shapes, axes and other integers that steer operators ({})", steering);
  }
}

// How the constants are stored: the type of most of them, and how it is scaled.
void add_quantization(const TfliteFile& file, Model& model) {
  double elements[4] = {0, 0, 0, 0};  // float32, float16, quantised per tensor, per channel
  for (const TfliteGraph& graph : file.graphs) {
    for (const TfliteTensor& t : graph.tensors) {
      if (!t.constant) continue;
      const bool narrow = t.type == TfliteType::kInt8 || t.type == TfliteType::kUint8 || t.type == TfliteType::kInt4;
      if (t.type == TfliteType::kFloat32) elements[0] += t.elements();
      if (t.type == TfliteType::kFloat16) elements[1] += t.elements();
      if (narrow && !t.scales.empty()) elements[t.scales.size() > 1 ? 3 : 2] += t.elements();
    }
  }
  const double quantised = elements[2] + elements[3];
  if (quantised > elements[0] && quantised > elements[1]) {
    model.declared_dtype = DType::kInt8;
    model.notes.push_back(
        fmt::format("int8 weights: {:.0f} scaled per tensor, {:.0f} per channel", elements[2], elements[3]));
  } else if (elements[1] > elements[0]) {
    model.declared_dtype = DType::kFp16;
  } else if (elements[0] > 0) {
    model.declared_dtype = DType::kFp32;
  }
}

// All operators, one row each but for recurrent ones. Bodies of control flow count once.
void add_operators(const TfliteFile& file, Model& model) {
  std::int64_t unsized = 0;
  std::string first;
  std::size_t number = 0;
  for (const TfliteGraph& graph : file.graphs) {
    for (const TfliteOperator& op : graph.operators) {
      std::vector<Operator> rows = tflite_rows(op, graph, number);
      if (rows.empty() && unsized++ == 0) first = fmt::format("{} {}", number, tflite_name(op));
      for (Operator& row : rows) model.operators.push_back(std::move(row));
      ++number;
    }
  }
  if (unsized > 0) {
    model.notes.push_back(
        fmt::format("{} operators whose tensors have no usable shape aren't counted, the first is {}", unsized, first));
  }
  if (file.graphs.size() > 1) model.notes.push_back("bodies of control flow are counted as run once");
}

void note_dynamic(const TfliteGraph& graph, Model& model) {
  const auto open = std::count_if(graph.tensors.begin(), graph.tensors.end(), [](const auto& t) { return t.dynamic; });
  if (open > 0) {
    model.notes.push_back(fmt::format("{} tensors have open axes, which are taken as stored (mostly 1)", open));
  }
}

}  // namespace

Result<Model> read_tflite(std::string_view bytes, std::string_view name) {
  const Result<TfliteFile> file = parse_tflite(bytes, name);
  if (!file) return tl::unexpected<Error>(file.error());
  Model model;
  model.format = "tflite";
  count_constants(*file, model);
  if (Status status = count_parameters(model); !status) {
    Error error = status.error();
    error.span.file = std::string(name);
    return tl::unexpected<Error>(std::move(error));
  }
  add_quantization(*file, model);
  add_operators(*file, model);
  note_dynamic(file->graphs.front(), model);
  model.edge_tpu = edge_tpu_fit(file->graphs.front(), model.notes);
  if (model.operators.empty()) {
    model.summary = Summary{"", static_cast<double>(model.parameters), 0.0, std::nullopt};
    model.notes.push_back("the file holds no operators that compute");
  }
  return model;
}

Result<Model> read_tflite_file(const MappedFile& file, const ReadOptions& options) {
  (void)options;
  return read_tflite(file.bytes(), file.path());
}

}  // namespace berth
