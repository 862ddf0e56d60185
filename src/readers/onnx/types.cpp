// Element types of ONNX as number formats.
#include "readers/onnx/rows.hpp"

namespace berth::onnx {

bool is_real(int type) {
  return type == kFloat || type == kDouble || type == kFloat16 || type == kBfloat16 || type == kFloat4 ||
         (type >= 17 && type <= 20);
}

DType dtype_of(int type) {
  switch (type) {
    case kDouble: return DType::kFp64;
    case kFloat16: return DType::kFp16;
    case kBfloat16: return DType::kBf16;
    case kInt8:
    case kUint8:
    case kBool: return DType::kInt8;
    case kInt4:
    case kUint4: return DType::kInt4;
    case kFloat4: return DType::kFp4;
    case 17:
    case 18:
    case 19:
    case 20: return DType::kFp8;
    default: return DType::kFp32;
  }
}

}  // namespace berth::onnx
