// links.json, services.json, weight_formats.json.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "catalog/loader.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

// Sanity bounds, see docs/guide/catalog.md.
constexpr Range kRate{1e4, 1e14};
constexpr Range kCards{1, 256};
constexpr Range kAlpha{0, 1};
constexpr Range kEfficiency{0.001, 1.5};  // above 1 where the switch does the sum
constexpr Range kBits{0.5, 64};
constexpr Range kBlock{1, 65536};

constexpr std::array<std::string_view, 3> kLinkScopes{"scale_up", "host", "network"};
constexpr std::array<std::string_view, 2> kFitScopes{"intra", "inter"};
constexpr std::array<std::string_view, 4> kServiceStatuses{"current", "legacy", "renamed", "retired"};
constexpr std::array<std::string_view, 3> kPlaces{"edge", "gateway", "cloud"};

void read_word(Fields& fields, std::string_view key, std::string& out, std::span<const std::string_view> words) {
  std::optional<std::string> word;
  fields.read_word(key, word, words);
  if (word) out = *word;
}

void need(Fields& fields, const Node& node, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (fields.ok() && !fields.has_value(key))
      fields.fail_at(node, fmt::format("'{}' is missing", fields.path_of(key)));
  }
}

}  // namespace

Status CatalogLoader::read_links(Fields& top) {
  Status status = each(top, "links", [this](const Node& n, std::string p) { return read_link(n, std::move(p)); });
  if (!status) return status;
  status = each(top, "fits", [this](const Node& n, std::string p) { return read_fit(n, std::move(p)); });
  if (!status) return status;
  return each(top, "measurements", [this](const Node& n, std::string p) { return read_measurement(n, std::move(p)); });
}

Status CatalogLoader::read_link(const Node& node, std::string path) {
  Link link;
  Fields fields(node, file_, std::move(path));
  fields.read("id", link.id);
  fields.read("name", link.name);
  read_word(fields, "scope", link.scope, kLinkScopes);
  fields.read("one_way_bytes_per_s", link.one_way, kRate);
  fields.read("cards", link.cards, kCards);
  fields.read("devices_per_machine", link.devices_per_machine, kCards);
  fields.read("machines", link.machines);
  read_provenance(fields, link.provenance);
  need(fields, node, {"id", "scope", "one_way_bytes_per_s"});
  if (Status done = fields.finish(); !done) return done;
  link.as_of = as_of_;
  return put(catalog_.links_, links_, std::move(link), node);
}

Status CatalogLoader::read_fit(const Node& node, std::string path) {
  LinkFit fit;
  Fields fields(node, file_, std::move(path));
  fields.read("id", fit.id);
  read_word(fields, "scope", fit.scope, kFitScopes);
  fields.read("collective", fit.collective);
  fields.read("device_prefix", fit.device_prefix);
  fields.read("alpha_s", fit.alpha_s, kAlpha);
  fields.read("efficiency", fit.efficiency, kEfficiency);
  read_provenance(fields, fit.provenance);
  need(fields, node, {"id", "scope", "collective", "alpha_s", "efficiency"});
  if (Status done = fields.finish(); !done) return done;
  fit.as_of = as_of_;
  return put(catalog_.link_fits_, fits_, std::move(fit), node);
}

Status CatalogLoader::read_measurement(const Node& node, std::string path) {
  LinkMeasurement point;
  Fields fields(node, file_, std::move(path));
  fields.read("id", point.id);
  fields.read("hardware", point.hardware);
  fields.read("collective", point.collective);
  fields.read("devices", point.devices, kPositiveCount);
  fields.read("size_bytes", point.size, kPositiveCount);
  fields.read("bus_bytes_per_s", point.bus, kRate);
  read_provenance(fields, point.provenance);
  need(fields, node, {"id", "hardware", "collective", "size_bytes", "bus_bytes_per_s"});
  if (Status done = fields.finish(); !done) return done;
  point.as_of = as_of_;
  return put(catalog_.link_measurements_, measurements_, std::move(point), node);
}

Status CatalogLoader::read_services(Fields& top) {
  return each(top, "services", [this](const Node& n, std::string p) { return read_service(n, std::move(p)); });
}

Status CatalogLoader::read_service(const Node& node, std::string path) {
  Service service;
  service.status = "current";
  Fields fields(node, file_, std::move(path));
  fields.read("id", service.id);
  fields.read("product", service.product);
  fields.read("cloud", service.cloud);
  fields.read("roles", service.roles);
  read_word(fields, "at", service.at, kPlaces);
  read_word(fields, "status", service.status, kServiceStatuses);
  fields.read("replacement", service.replacement);
  fields.read("aliases", service.aliases);
  fields.read("seed", service.seed);
  read_provenance(fields, service.provenance);
  service.note = service.provenance.note;
  need(fields, node, {"id", "product", "cloud", "at"});
  refer(Reference::To::kService, fields, "replacement", service.replacement);
  if (fields.ok() && service.status == "current" && !service.replacement.empty()) {
    fields.fail_at(node, fmt::format("'{}' is current and has a replacement", service.id),
                   "say \"status\": \"retired\", \"renamed\" or \"legacy\", or drop the replacement");
  }
  if (Status done = fields.finish(); !done) return done;
  service.as_of = as_of_;
  return put(catalog_.services_, services_, std::move(service), node);
}

Status CatalogLoader::read_weight_formats(Fields& top) {
  return each(top, "weight_formats",
              [this](const Node& n, std::string p) { return read_weight_format(n, std::move(p)); });
}

Status CatalogLoader::read_weight_format(const Node& node, std::string path) {
  WeightFormat format;
  Fields fields(node, file_, std::move(path));
  fields.read("id", format.id);
  fields.read("name", format.name);
  fields.read("bits_per_weight", format.bits_per_weight, kBits);
  fields.read("block", format.block, kBlock);
  fields.read("linear_only", format.linear_only);
  read_provenance(fields, format.provenance);
  need(fields, node, {"id", "bits_per_weight"});
  if (Status done = fields.finish(); !done) return done;
  format.as_of = as_of_;
  return put(catalog_.weight_formats_, weight_formats_, std::move(format), node);
}

Status CatalogLoader::read_summary_families(Fields& top) {
  return each(top, "summary_families",
              [this](const Node& n, std::string p) { return read_model_family(n, std::move(p)); });
}

Status CatalogLoader::read_model_family(const Node& node, std::string path) {
  static constexpr std::array<std::pair<std::string_view, WorkKind>, 3> kKinds{
      {{"matmul", WorkKind::kMatmul}, {"convolution", WorkKind::kConvolution}, {"thin", WorkKind::kThin}}};
  SummaryFamily family;
  Fields fields(node, file_, std::move(path));
  fields.read("id", family.id);
  fields.read("words", family.words);
  fields.read_word<WorkKind>("kind", family.kind, kKinds);
  fields.read("attention", family.attention);
  fields.read("depthwise", family.depthwise);
  fields.read("layers", family.layers, kPositive);
  fields.read("parameters", family.parameters, kPositive);
  fields.read("activations_per_mac", family.activations_per_mac, kPositive);
  read_provenance(fields, family.provenance);
  need(fields, node, {"id", "kind", "layers", "parameters", "activations_per_mac"});
  if (Status done = fields.finish(); !done) return done;
  family.as_of = as_of_;
  return put(catalog_.summary_families_, summary_families_, std::move(family), node);
}

}  // namespace berth
