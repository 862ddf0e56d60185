// The loops that `probe` times, once for each instruction set that the machine may have.
#pragma once

#include <cstddef>
#include <cstdint>

namespace berth::probing {

struct Kernels {
  const char* name;
  // c += a·b, column-major, [m,k]·[k,n]; 16-bit formats as their bits.
  void (*gemm_fp64)(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, const double* a, const double* b, double* c);
  void (*gemm_fp32)(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, const float* a, const float* b, float* c);
  void (*gemm_bf16)(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, const void* a, const void* b, void* c);
  void (*gemm_fp16)(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, const void* a, const void* b, void* c);
  float (*sum)(std::ptrdiff_t n, const float* a);
  void (*copy)(std::ptrdiff_t n, const float* from, float* to);
  void (*triad)(std::ptrdiff_t n, const float* b, const float* c, float* a);
};

extern const Kernels kBaseKernels;
#ifdef BERTH_X86_KERNELS
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

}  // namespace berth::probing
