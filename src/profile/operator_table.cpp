#include "profile/operator_table.hpp"

namespace berth {
namespace {

// Elements that one run reads and writes, each once.
double moved_by(const Operator& op, bool product) {
  if (op.elements_moved) return *op.elements_moved;
  return product ? op.m * op.k + op.k * op.n + op.m * op.n : 2 * op.m * op.n;
}

bool multiplies(OperatorKind kind) {
  return is_matrix_product(kind) || kind == OperatorKind::kDepthwiseConv;
}

}  // namespace

bool is_matrix_product(OperatorKind kind) {
  return kind == OperatorKind::kMatmul || kind == OperatorKind::kConv || kind == OperatorKind::kAttention;
}

OperatorTable make_operator_table(const std::vector<Operator>& operators) {
  const auto rows = static_cast<Eigen::Index>(operators.size());
  OperatorTable t;
  for (Eigen::ArrayXd* column :
       {&t.m, &t.n, &t.k, &t.runs, &t.bytes_per_element, &t.product, &t.weighted, &t.moved_elements}) {
    column->resize(rows);
  }
  for (Eigen::Index i = 0; i < rows; ++i) {
    const Operator& op = operators[static_cast<std::size_t>(i)];
    const bool product = multiplies(op.kind);
    t.m[i] = op.m;
    t.n[i] = op.n;
    t.k[i] = op.k;
    t.runs[i] = op.batch * op.count;
    t.bytes_per_element[i] = bytes_per_element(op.dtype);
    t.product[i] = product ? 1 : 0;
    t.weighted[i] = product && op.weight_elements > 0 ? 1 : 0;
    t.moved_elements[i] = moved_by(op, product);
  }
  return t;
}

OperatorCosts costs_of(const OperatorTable& t) {
  OperatorCosts costs;
  costs.flops = (1 + t.product) * t.m * t.n * t.k * t.runs;
  costs.bytes = t.bytes_per_element * t.moved_elements * t.runs;
  costs.intensity = (costs.bytes > 0).select(costs.flops / costs.bytes.max(1e-300), 0.0);
  return costs;
}

}  // namespace berth
