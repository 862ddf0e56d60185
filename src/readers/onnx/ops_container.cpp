// Sequences, optionals, text and control flow: what has a shape only where its content is taken out.
#include <array>

#include "readers/onnx/ops.hpp"

namespace berth::onnx {
namespace {

void unknown_shape(Call&) {}

constexpr Work kMoves = Work::kMove;
constexpr Work kFree = Work::kNone;
constexpr std::array kOps{
    // Sequences and optionals: containers whose content has a shape only where it is taken out.
    Op{"SequenceEmpty", &unknown_shape, kFree},
    Op{"SequenceConstruct", &unknown_shape, kFree},
    Op{"SequenceInsert", &unknown_shape, kFree},
    Op{"SequenceErase", &unknown_shape, kFree},
    Op{"SequenceAt", &unknown_shape, kFree},
    Op{"SequenceLength", &unknown_shape, kFree},
    Op{"SplitToSequence", &unknown_shape, kFree},
    Op{"Optional", &unknown_shape, kFree},
    Op{"OptionalGetElement", &unknown_shape, kFree},
    Op{"OptionalHasElement", &unknown_shape, kFree},
    Op{"ConcatFromSequence", &unknown_shape, kMoves},
    // Text
    Op{"StringNormalizer", &unknown_shape, kFree},
    Op{"StringConcat", &broadcast_all, kFree},
    Op{"StringSplit", &unknown_shape, kFree},
    Op{"RegexFullMatch", &same_as_first, kFree},
    Op{"TfIdfVectorizer", &unknown_shape, kFree},
    Op{"If", &unknown_shape, Work::kControl},
    Op{"Loop", &unknown_shape, Work::kControl},
    Op{"Scan", &unknown_shape, Work::kControl},
    Op{"SequenceMap", &unknown_shape, Work::kControl},
};

}  // namespace

std::span<const Op> container_ops() {
  return kOps;
}

}  // namespace berth::onnx
