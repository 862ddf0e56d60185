#include "berth/readers.hpp"

namespace berth {

bool looks_like_onnx(std::string_view head) {
  // ir_version (field 1, varint, below 32) comes first in every file that a known exporter writes.
  return head.size() > 8 && head[0] == '\x08' && head[1] > 0 && head[1] < 32 && (head[2] & 0x07) == 2;
}

Result<Model> read_onnx(std::string_view, std::string_view name, const ReadOptions&) {
  return fail(ErrorCode::kUnsupported, "ONNX files are not read yet", {}, {std::string(name), 0, 0, 0, 0});
}

}  // namespace berth
