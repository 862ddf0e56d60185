// Collectives on the links of a cluster: alpha-beta with the ring volumes.
//
// Volumes per rank for a buffer of S bytes over n ranks: all-reduce 2(n-1)/n S, all-gather,
// reduce-scatter and all-to-all (n-1)/n S (Thakur et al. 2005; nccl-tests doc/PERFORMANCE.md).
#pragma once

#include <algorithm>

#include "berth/catalog.hpp"
#include "berth/estimate.hpp"
#include "estimate/notes.hpp"

namespace berth::estimation {

struct Links {
  double scale_up_bytes_per_s = 0;  // achieved, one direction, per device, within a domain
  double network_bytes_per_s = 0;   // achieved, one direction, per device, between domains
  double domain = 1;                // devices that the scale-up link joins
  bool whole_slice = false;         // TPU: the inter-chip links join the whole slice

  // Rate per rank at which `ranks` neighbours exchange with each of the others (all-to-all).
  [[nodiscard]] double rate(double ranks) const {
    return whole_slice || ranks <= domain ? scale_up_bytes_per_s : network_bytes_per_s;
  }

  // Rate per rank of a ring collective (all-reduce, all-gather, reduce-scatter) over `ranks` devices that
  // stand `stride` apart. A message crosses between two domains once, and is spread over the network ports
  // of all ranks inside a domain: NCCL runs a ring through each (nccl-tests doc/PERFORMANCE.md, bus bandwidth).
  [[nodiscard]] double ring_rate(double ranks, double stride) const {
    if (whole_slice || ranks * stride <= domain) return scale_up_bytes_per_s;
    const double inside = std::max(1.0, std::min(ranks, domain / stride));
    return std::min(scale_up_bytes_per_s, network_bytes_per_s * inside);
  }
};

// The links of `cluster`. `machine` gives the network when the cluster doesn't; what is then still
// unknown is assumed and noted.
Links links_of(const Device& device, const Cluster& cluster, const Machine* machine, const Calibration& calibration,
               Notes& notes);

double all_reduce_bytes(double bytes, double ranks);  // sent by each rank
double gather_bytes(double bytes, double ranks);      // all-gather, reduce-scatter, all-to-all

}  // namespace berth::estimation
