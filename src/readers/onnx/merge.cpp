// Fusion and merging of rows.
#include <algorithm>
#include <functional>
#include <unordered_map>

#include "readers/onnx/rows.hpp"

namespace berth::onnx {
namespace {

bool is_product(OperatorKind kind) {
  return kind == OperatorKind::kMatmul || kind == OperatorKind::kConv || kind == OperatorKind::kDepthwiseConv;
}

// What a product may take along: a folded normalisation, a bias or residual, an activation.
bool may_follow(const Row& row) {
  constexpr std::string_view kNames[] = {
      "BatchNormalization", "Add",       "Mul", "Relu", "LeakyRelu", "PRelu", "Clip",    "Sigmoid", "Tanh",
      "HardSigmoid",        "HardSwish", "Elu", "Selu", "Sum",       "Mish",  "Softplus"};
  return std::find(std::begin(kNames), std::end(kNames), row.name) != std::end(kNames);
}

struct Stage {
  int product = -1;  // the row that this one runs with
  int gelu = 0;      // 1: the Erf; then the steps after it
};

class Fuser {
 public:
  explicit Fuser(std::vector<Row>& rows) : rows_(rows), stages_(rows.size()) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].out != nullptr) makers_[rows[i].out] = static_cast<int>(i);
    }
  }

  void run() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (is_product(rows_[i].op.kind))
        stages_[i].product = static_cast<int>(i);
      else if (rows_[i].name == "Erf")
        gelu_starts(i);
      else if (!gelu_goes_on(i))
        follow(i);
    }
  }

 private:
  int maker(const Value* value) const {
    const auto found = makers_.find(value);
    return found == makers_.end() ? -1 : found->second;
  }

  void fuse(std::size_t i, double bytes) {
    rows_[i].op.elements_moved = bytes / bytes_per_element(rows_[i].op.dtype) / rows_[i].op.batch;
  }

  // GELU as exporters write it: x · 0.5 · (1 + erf(x / sqrt 2)); one pass over x.
  void gelu_starts(std::size_t i) {
    stages_[i].gelu = 1;
    if (rows_[i].in.size() != 1) return;
    const int before = maker(rows_[i].in[0]);
    if (before >= 0 && rows_[static_cast<std::size_t>(before)].has_constant && rows_[i].in[0]->uses == 1) {
      fuse(static_cast<std::size_t>(before), 0);
    }
  }

  bool gelu_goes_on(std::size_t i) {
    constexpr int kSteps = 4;
    if (rows_[i].name != "Add" && rows_[i].name != "Mul") return false;
    for (const Value* value : rows_[i].in) {
      const int before = maker(value);
      if (before < 0 || value->uses != 1) continue;
      const int step = stages_[static_cast<std::size_t>(before)].gelu;
      if (step == 0 || step >= kSteps) continue;
      stages_[i].gelu = step + 1;
      fuse(i, 0);
      return true;
    }
    return false;
  }

  void follow(std::size_t i) {
    if (!may_follow(rows_[i])) return;
    for (const Value* value : rows_[i].in) {
      const int before = maker(value);
      if (before < 0 || value->uses != 1) continue;
      const int product = stages_[static_cast<std::size_t>(before)].product;
      if (product < 0) continue;
      stages_[i].product = product;
      // What it reads besides, once: a residual; constants are small.
      double other = 0;
      for (const Value* read : rows_[i].in) {
        if (read != value && read->known()) other += read->elements() * std::max(8, bits_of(read->type)) / 8;
      }
      return fuse(i, other);
    }
  }

  std::vector<Row>& rows_;
  std::vector<Stage> stages_;
  std::unordered_map<const Value*, int> makers_;
};

struct Key {
  const Operator* op;
  bool operator==(const Key& o) const {
    const Operator& a = *op;
    const Operator& b = *o.op;
    return a.kind == b.kind && a.m == b.m && a.n == b.n && a.k == b.k && a.batch == b.batch && a.dtype == b.dtype &&
           a.weight_elements == b.weight_elements && a.elements_moved == b.elements_moved && a.name == b.name;
  }
};
struct Hash {
  std::size_t operator()(const Key& key) const {
    const std::hash<double> number;
    std::size_t h = std::hash<std::string>()(key.op->name);
    for (const double value : {key.op->m, key.op->n, key.op->k, key.op->batch, key.op->elements_moved.value_or(-1)}) {
      h = h * 1000003 + number(value);
    }
    return h;
  }
};

}  // namespace

std::vector<Operator> merge_rows(std::vector<Row> rows) {
  Fuser(rows).run();
  std::vector<Operator> out;
  out.reserve(rows.size());  // so that keys stay where they point
  std::unordered_map<Key, std::size_t, Hash> places;
  for (Row& row : rows) {
    const auto found = places.find(Key{&row.op});
    if (found != places.end()) {
      out[found->second].count += row.op.count;
      continue;
    }
    out.push_back(std::move(row.op));
    places.emplace(Key{&out.back()}, out.size() - 1);
  }
  return out;
}

}  // namespace berth::onnx
