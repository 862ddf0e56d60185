// The operator table as Eigen arrays, one column a quantity: the arithmetic of a profile.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "berth/model.hpp"

namespace berth {

struct OperatorTable {
  Eigen::ArrayXd m, n, k;
  Eigen::ArrayXd runs;               // batch · count
  Eigen::ArrayXd bytes_per_element;  // of the row's number format
  Eigen::ArrayXd product;            // 1 for matrix products, 0 for other kinds
  Eigen::ArrayXd weighted;           // 1 for matrix products that hold a weight
  Eigen::ArrayXd moved_elements;     // by one run
};

// What follows from the table, row by row.
struct OperatorCosts {
  Eigen::ArrayXd flops;
  Eigen::ArrayXd bytes;
  Eigen::ArrayXd intensity;  // 0 where nothing is moved
};

OperatorTable make_operator_table(const std::vector<Operator>& operators);
OperatorCosts costs_of(const OperatorTable& table);

// Work that a matrix unit can take: matrix products, full convolutions and attention. A depthwise
// convolution has one input channel a filter and leaves such a unit idle.
bool is_matrix_product(OperatorKind kind);

}  // namespace berth
