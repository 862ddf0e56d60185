// Compiled with -mavx2 -mfma (src/profile/CMakeLists.txt).
#define Eigen EigenAvx2
#define KERNELS kAvx2Kernels
#define KERNELS_NAME "AVX2"
#include "profile/probe_kernels.inc"
