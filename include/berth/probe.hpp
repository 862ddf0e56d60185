/// What this machine can do, measured: matrix products by number format, memory and cache bandwidth,
/// for one thread and for all.
///
/// The library reads no clock and looks at no hardware of its own accord: the caller hands in both
/// (src/cli does, with hwloc and the steady clock). The rates are of berth's own Eigen kernels.
#pragma once

#include <string>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/result.hpp"

namespace berth {

/// What the operating system says of the machine.
struct HostTopology {
  std::string name;    ///< "AMD EPYC 9B45"
  std::string vendor;  ///< empty: unknown
  int cores = 1;       ///< physical cores that may be used
  int threads = 1;     ///< hardware threads that may be used
  std::optional<Bytes> memory;
  std::vector<HostCache> caches;  ///< of one core, from the first level
};

struct ProbeOptions {
  /// Seconds since any fixed moment, never going back.
  double (*clock)() = nullptr;
  /// Seconds that the calling thread has run. Where it is given, time that other programs take away does
  /// not count; what they take of caches and memory still does. nullptr: `clock` is used.
  double (*thread_clock)() = nullptr;
  /// Time for each figure; the best of what fits in is kept, since other programs only ever slow it down.
  double seconds_per_figure = 0.4;
};

/// Measures the machine. Takes about 30 figures' time and 200 MB of memory while it runs.
/// @return a device "host" of class cpu: `peak` holds the measured rates of all cores, `host` the details
/// Errors: kInvalid without a clock. Not to be run twice at once: each run would see the other.
Result<Device> probe_host(const HostTopology& topology, const ProbeOptions& options);

/// The device as a catalog file (berth/devices/v1) for --host or a --catalog folder.
/// @param date  of the measurement, "2026-11-25"
std::string host_json(const Device& host, const std::string& date);

}  // namespace berth
