#include <ostream>

#include "cli/commands.hpp"
#include "cli/host_topology.hpp"

namespace berth::cli {

int run_probe(const ProbeOptions& options, Terminal& terminal) {
  berth::ProbeOptions how;
  how.clock = &steady_seconds;
  how.thread_clock = &thread_seconds;
  how.seconds_per_figure = options.seconds;
  const Result<Device> host = probe_host(host_topology(), how);
  if (!host) return terminal.report(host.error());
  terminal.out() << host_json(*host, today());
  return kDone;
}

}  // namespace berth::cli
