#include "readers/onnx/ops.hpp"

#include <unordered_map>

namespace berth::onnx {
namespace {

using Table = std::unordered_map<std::string_view, const Op*>;

Table table_of(std::initializer_list<std::span<const Op>> lists) {
  Table out;
  for (const std::span<const Op> list : lists) {
    for (const Op& op : list) out.emplace(op.name, &op);
  }
  return out;
}

const Op* find_in(const Table& table, std::string_view name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

}  // namespace

const Op* find_op(std::string_view domain, std::string_view name) {
  static const Table kOnnx = table_of({elementwise_ops(), matrix_ops(), shape_ops(), pieces_ops(), reduce_ops(),
                                       image_ops(), signal_ops(), container_ops()});
  static const Table kMicrosoft = table_of({microsoft_ops()});
  static const Table kMl = table_of({ml_ops()});
  if (domain.empty()) return find_in(kOnnx, name);
  if (domain == "com.microsoft") return find_in(kMicrosoft, name);
  return domain == "ai.onnx.ml" ? find_in(kMl, name) : nullptr;
}

}  // namespace berth::onnx
