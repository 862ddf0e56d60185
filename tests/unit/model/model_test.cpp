#include "berth/model.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace berth {
namespace {

TEST(OperatorKind, WordsReadBack) {
  for (int i = 0; i < kOperatorKindCount; ++i) {
    const auto kind = static_cast<OperatorKind>(i);
    EXPECT_EQ(parse_operator_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(parse_operator_kind("matmull"));
}

TEST(CountParameters, StopsAtTheLimit) {
  Model model;
  model.tensors.push_back({"huge", {1'000'000'000'000, 1'000'000'000'000}, 1, 1});
  EXPECT_EQ(count_parameters(model).error().code, ErrorCode::kLimit);
  model.tensors = {{"a", {3, 4}, 5, 2}, {"b", {7}, 1, 1}};
  ASSERT_TRUE(count_parameters(model));
  EXPECT_EQ(model.parameters, 67);
  EXPECT_EQ(model.active_parameters, 31);
}

TEST(ModelFromOperators, RefusesSizesThatCannotBe) {
  EXPECT_FALSE(model_from_operators({}));
  Operator op;
  op.m = -1;
  EXPECT_FALSE(model_from_operators({op}));
  op.m = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(model_from_operators({op}));
  op.m = 1;
  op.k = 0;
  EXPECT_TRUE(model_from_operators({op}));
}

}  // namespace
}  // namespace berth
