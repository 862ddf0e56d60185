#include "cli/heap.hpp"

#include <cstdint>

#if defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#endif

namespace berth::cli {

void prepare_heap() {
#if defined(__GLIBC__)
  constexpr int kPiece = 16 << 20;  // bytes: more than a cold start needs
  constexpr int kKept = 256 << 20;
  constexpr int kLargestFromHeap = 32 << 20;  // the most that glibc takes
  constexpr std::uintptr_t kHugePage = 2 << 20;
  mallopt(M_TOP_PAD, kPiece);
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_MMAP_THRESHOLD, kLargestFromHeap);
  const auto before = reinterpret_cast<std::uintptr_t>(sbrk(0));
  void* volatile piece =
      std::malloc(kPiece / 2);  // makes the heap take its piece now; volatile, or it is optimised away
  std::free(piece);
  const auto after = reinterpret_cast<std::uintptr_t>(sbrk(0));
  const std::uintptr_t first = (before + kHugePage - 1) / kHugePage * kHugePage;
  const std::uintptr_t last = after / kHugePage * kHugePage;
  if (first >= last) return;
  // Advice only: where the system has no huge pages to give, small ones do.
  static_cast<void>(madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE));  // NOLINT
#endif
}

}  // namespace berth::cli
