#include "berth/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"

namespace berth {
namespace {

constexpr std::array<const char*, 5> kClassWords{"cpu", "gpu", "tpu", "npu", "edge"};

template <class T>
const T* find_by_id(const std::vector<T>& items, std::string_view id) {
  const auto it = std::find_if(items.begin(), items.end(), [&](const T& item) { return item.id == id; });
  return it == items.end() ? nullptr : &*it;
}

}  // namespace

const char* to_string(DeviceClass device_class) {
  return kClassWords[static_cast<std::size_t>(device_class)];
}

std::optional<DeviceClass> parse_device_class(std::string_view word) {
  for (std::size_t i = 0; i < kClassWords.size(); ++i) {
    if (word == kClassWords[i]) return static_cast<DeviceClass>(i);
  }
  return std::nullopt;
}

const Device* Catalog::find_device(std::string_view id) const {
  const auto it = device_index_.find(id);
  return it == device_index_.end() ? nullptr : &devices_[it->second];
}

const Machine* Catalog::find_machine(std::string_view id) const {
  return find_by_id(machines_, id);
}

const Service* Catalog::find_service(std::string_view id_or_alias) const {
  if (const Service* service = find_by_id(services_, id_or_alias)) return service;
  const auto named = [&](const Service& s) {
    return s.product == id_or_alias || std::find(s.aliases.begin(), s.aliases.end(), id_or_alias) != s.aliases.end();
  };
  const auto it = std::find_if(services_.begin(), services_.end(), named);
  return it == services_.end() ? nullptr : &*it;
}

const WeightFormat* Catalog::find_weight_format(std::string_view id) const {
  return find_by_id(weight_formats_, id);
}

const LinkFit* Catalog::find_link_fit(std::string_view scope, std::string_view collective,
                                      std::string_view device_id) const {
  const LinkFit* best = nullptr;
  for (const LinkFit& fit : link_fits_) {
    if (fit.scope != scope || fit.collective != collective || !device_id.starts_with(fit.device_prefix)) continue;
    if (best == nullptr || fit.device_prefix.size() > best->device_prefix.size()) best = &fit;
  }
  return best;
}

Result<const Device*> Catalog::device(std::string_view id, const SourceSpan& where) const {
  if (const Device* found = find_device(id)) return found;
  std::vector<std::string> ids;
  ids.reserve(devices_.size());
  for (const Device& device : devices_) ids.push_back(device.id);
  const std::string near = suggest(id, ids);
  return fail(ErrorCode::kNotFound, fmt::format("the catalog has no device '{}'", shorten(id)),
              near.empty() ? "'berth catalog list devices' shows them all"
                           : fmt::format("did you mean '{}'? ('berth catalog list devices' shows them all)", near),
              where);
}

std::string_view Catalog::source_text(std::string_view key) const {
  const auto it = sources_.find(key);
  return it == sources_.end() ? key : std::string_view(it->second);
}

}  // namespace berth
