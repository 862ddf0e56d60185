// Small tables: names of devices, and the keys that a format's tool knows.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/result.hpp"
#include "berth/source_file.hpp"

namespace berth::checking {

// Which device people mean by "A100-80GB", and what the catalog doesn't hold of it (rules/catalog/device_names.json).
class DeviceNames {
 public:
  // Errors: kInvalid, located.
  static Result<DeviceNames> load(std::span<const SourceFile> files);

  // The catalog's id or a known name; else a catalog id that has all the name's words. `memory_gib` settles which of
  // several sizes. nullptr when there is none or more than one.
  [[nodiscard]] const Device* find(std::string_view name, std::optional<double> memory_gib,
                                   const Catalog& catalog) const;
  // NVIDIA's compute capability ("8.0") of a catalog id.
  [[nodiscard]] std::optional<double> compute_capability(const Device& device) const;
  // Topologies that GKE offers for a node label ("tpu-v5-lite-podslice"); nullptr for an unknown label.
  [[nodiscard]] const std::vector<std::string>* topologies(std::string_view label) const;
  // Chips of one VM for a node label; 0 unknown.
  [[nodiscard]] std::int64_t chips_per_host(std::string_view label) const;

 private:
  std::map<std::string, std::string, std::less<>> names_;
  std::map<std::string, double, std::less<>> capability_;  // by catalog id, or by architecture
  struct Slices {
    std::vector<std::string> topologies;
    std::int64_t chips_per_host = 0;
  };
  std::map<std::string, Slices, std::less<>> slices_;
};

// The keys that one format's tool knows (rules/check/keys/*.json).
struct KeyList {
  std::string ecosystem;
  std::string version;
  bool strict = false;  // the tool stops at a key that it doesn't know
  // By section ("" is the root, "train"): the keys there.
  std::map<std::string, std::vector<std::string>, std::less<>> sections;
};
// By ecosystem. Errors: kInvalid, located.
Result<std::map<std::string, KeyList, std::less<>>> load_key_lists(std::span<const SourceFile> files);

}  // namespace berth::checking
