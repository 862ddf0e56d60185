// Operators of signal processing: windows and Fourier transforms.
#include <algorithm>
#include <array>

#include "readers/onnx/ops.hpp"

namespace berth::onnx {
namespace {

void window(Call& call) {
  const auto size = call.list(0, "");
  call.set(0, static_cast<int>(call.integer("output_datatype", kFloat)),
           {size && size->size() == 1 ? std::max((*size)[0], kUnknown) : kUnknown});
}

void mel_matrix(Call& call) {
  const auto bins = call.list(0, "");
  const auto length = call.list(1, "");
  call.set(0, static_cast<int>(call.integer("output_datatype", kFloat)),
           {length && length->size() == 1 ? (*length)[0] / 2 + 1 : kUnknown,
            bins && bins->size() == 1 ? std::max((*bins)[0], kUnknown) : kUnknown});
}

void dft(Call& call) {
  const Value* x = call.ranked(0);
  if (x == nullptr || x->rank() < 2) return;
  Dims dims = x->dims;
  std::int64_t at = call.integer("axis", call.opset >= 20 ? -2 : 1);
  if (const auto given = call.list(2, ""); given && given->size() == 1) at = (*given)[0];
  const auto axis = normal_axis(at, x->rank());
  if (!axis) return;
  if (const auto length = call.list(1, ""); length && length->size() == 1)
    dims[*axis] = std::max((*length)[0], kUnknown);
  if (call.integer("onesided", 0) != 0 && dims[*axis] >= 0) dims[*axis] = dims[*axis] / 2 + 1;
  dims.back() = call.integer("onesided", 0) != 0 && call.integer("inverse", 0) != 0 ? 1 : 2;
  call.set(0, x->type, std::move(dims));
}

void stft(Call& call) {
  const Value* x = call.ranked(0);
  const auto step = call.list(1, "");
  if (x == nullptr || x->rank() < 2 || !step || step->size() != 1 || (*step)[0] < 1) return;
  std::int64_t frame = kUnknown;
  if (const auto length = call.list(3, ""); length && length->size() == 1) frame = (*length)[0];
  if (const Value* w = call.ranked(2); frame < 0 && w != nullptr && w->rank() == 1) frame = w->dims[0];
  if (frame < 1) return;
  const std::int64_t samples = x->dims[1];
  const std::int64_t frames = samples < frame ? kUnknown : (samples - frame) / (*step)[0] + 1;
  call.set(0, x->type, {x->dims[0], frames, call.integer("onesided", 1) != 0 ? frame / 2 + 1 : frame, 2});
}

constexpr std::array kOps{
    Op{"HannWindow", &window, Work::kElementwise, 8},
    Op{"HammingWindow", &window, Work::kElementwise, 8},
    Op{"BlackmanWindow", &window, Work::kElementwise, 8},
    Op{"MelWeightMatrix", &mel_matrix, Work::kElementwise, 4},
    Op{"DFT", &dft, Work::kFourier},
    Op{"STFT", &stft, Work::kFourier},
};

}  // namespace

std::span<const Op> signal_ops() {
  return kOps;
}

}  // namespace berth::onnx
