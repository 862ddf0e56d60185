#define KERNELS kBaseKernels
#define KERNELS_NAME "baseline"
#include "profile/probe_kernels.inc"
