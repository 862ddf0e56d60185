#include "cli/host_topology.hpp"

#include <hwloc.h>

#include <chrono>
#include <ctime>

namespace berth::cli {
namespace {

std::string info(hwloc_obj_t object, const char* key) {
  const char* text = object != nullptr ? hwloc_obj_get_info_by_name(object, key) : nullptr;
  return text != nullptr ? text : "";
}

int cores_under(hwloc_topology_t topology, hwloc_obj_t object) {
  const int cores = hwloc_get_nbobjs_inside_cpuset_by_type(topology, object->cpuset, HWLOC_OBJ_CORE);
  return cores > 0 ? cores : 1;
}

}  // namespace

HostTopology host_topology() {
  HostTopology out;
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return out;
  if (hwloc_topology_load(topology) == 0) {
    const int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    const int threads = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
    out.threads = threads > 0 ? threads : 1;
    out.cores = cores > 0 ? cores : out.threads;
    hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
    out.name = info(package, "CPUModel");
    out.name.erase(out.name.find_last_not_of(' ') + 1);
    out.vendor = info(package, "CPUVendor");
    if (out.vendor == "AuthenticAMD") out.vendor = "AMD";
    if (out.vendor == "GenuineIntel") out.vendor = "Intel";
    const hwloc_obj_t machine = hwloc_get_root_obj(topology);
    if (machine->total_memory > 0) out.memory = Bytes(static_cast<std::int64_t>(machine->total_memory));
    const hwloc_obj_t core = hwloc_get_obj_by_type(topology, HWLOC_OBJ_CORE, 0);
    for (hwloc_obj_t at = core; at != nullptr; at = at->parent) {
      if (hwloc_obj_type_is_dcache(at->type) == 0) continue;
      out.caches.push_back({static_cast<int>(at->attr->cache.depth),
                            Bytes(static_cast<std::int64_t>(at->attr->cache.size)), cores_under(topology, at)});
    }
  }
  hwloc_topology_destroy(topology);
  return out;
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[16];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d", &utc));
}

}  // namespace berth::cli
