// What could be used: machines of the catalog (and edge devices) under the document's constraints.
//
// Only hard facts of the document narrow the list here (clouds, regions, allowed and denied devices, an
// accelerator class already decided); everything else is for the rules.
#pragma once

#include <string>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/workload.hpp"

namespace berth {

// One kind of hardware, with every machine that offers it, cheapest first.
struct Offer {
  const Device* device = nullptr;
  std::vector<const Machine*> machines;  // empty: own or edge hardware, or a cluster fixed by the document
  Cluster cluster;                       // one machine's worth of hardware
};

struct OfferList {
  std::vector<Offer> offers;          // in catalog order
  std::vector<std::string> warnings;  // constraints that the catalog can't honour
};

// The price that a job pays for `machine`: spot where the document allows it and there is one, else on demand.
std::optional<UsdPerHour> price_of(const Machine& machine, const Environment& environment);

// Thread-safe; O(machines log machines).
OfferList list_offers(const Workload& workload, const Catalog& catalog);

// The catalog class as the document names classes.
bool class_allowed(const Workload& workload, DeviceClass device_class);

}  // namespace berth
