// Compiled with -mavx512f and its kin (src/profile/CMakeLists.txt).
#define Eigen EigenAvx512
#define KERNELS kAvx512Kernels
#define KERNELS_NAME "AVX-512"
#include "profile/probe_kernels.inc"
