// The placement part of a recommendation: which products fill the roles that the rules asked for, and
// what data reduction at the edge comes to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "berth/recommend.hpp"

namespace berth {

// The products for `roles`, in that order: of the first allowed cloud that has one, else of no particular
// cloud ("any"). Only current products. A role that no product fills is left out and named in `missing`.
std::vector<Component> components_for(const std::vector<std::string>& roles, const std::vector<std::string>& clouds,
                                      const Catalog& catalog, std::vector<std::string>& missing);

// Values per window before and after aggregation; nullopt when sensors, rate or window are unknown.
// in = sensors × samples/s × window; out = 1 with an aggregate, in without. Bytes follow per gateway and second.
std::optional<DataReduction> data_reduction(const Edge& edge);

}  // namespace berth
