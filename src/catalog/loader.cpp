#include "catalog/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace berth {
namespace {

constexpr std::array<std::string_view, 6> kOurKinds{"berth/devices/v1",        "berth/machines/v1",
                                                    "berth/links/v1",          "berth/services/v1",
                                                    "berth/weight-formats/v1", "berth/summary-families/v1"};
constexpr std::array<std::string_view, 14> kOtherKinds{
    "berth/calibration/v1",    "berth/measurements/v1",         "berth/facts/v1",       "berth/decisions/v1",
    "berth/rules/v1",          "berth/placeholder/v1",          "berth/check-rules/v1", "berth/check-facts/v1",
    "berth/models/v1",         "berth/device-names/v1",         "berth/config-keys/v1", "berth/config-format/v1",
    "berth/model-families/v1", "berth/accelerator-operators/v1"};

constexpr std::array<std::string_view, 5> kConfidences{"V2", "V1", "D", "R", "DISAGREE"};

// The file's kind without parsing it: the text after the first "schema": key. Empty when it isn't near the
// start; then the file is parsed. Rule files are larger than the catalog and are read by another room.
std::string_view peek_schema(std::string_view text) {
  constexpr std::string_view kKey = "\"schema\"";
  constexpr std::size_t kNear = 4096;
  std::size_t at = text.substr(0, kNear).find(kKey);
  if (at == std::string_view::npos) return {};
  at = text.find_first_not_of(" \t\r\n", at + kKey.size());
  if (at == std::string_view::npos || text[at] != ':') return {};
  at = text.find_first_not_of(" \t\r\n", at + 1);
  if (at == std::string_view::npos || text[at] != '"') return {};
  const std::size_t end = text.find('"', at + 1);
  return end == std::string_view::npos ? std::string_view() : text.substr(at + 1, end - at - 1);
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!digits(text.substr(0, 4)) || !digits(text.substr(5, 2)) || !digits(text.substr(8, 2))) return false;
  const std::string_view month = text.substr(5, 2);
  const std::string_view day = text.substr(8, 2);
  return month >= "01" && month <= "12" && day >= "01" && day <= "31";
}

void read_date(Fields& fields, std::string_view key, std::string& out) {
  const Node* node = fields.child(key);
  if (node == nullptr) return;
  if (!node->is(Node::Kind::kString) || !is_date(node->as_string())) {
    return fields.fail_at(*node, fmt::format("'{}' must be a date such as \"2026-11-24\", found {}",
                                             fields.path_of(key), describe(*node)));
  }
  out = node->as_string();
}

IdIndex::Place* IdIndex::find_or_add(const std::string& id, std::size_t at, int file) {
  const auto [it, added] = places_.try_emplace(id, Place{at, file});
  return added ? nullptr : &it->second;
}

void CatalogLoader::read_provenance(Fields& fields, Provenance& out) {
  fields.read("sources", out.sources);
  fields.read("note", out.note);
  const Node* node = fields.child("confidence");
  if (node == nullptr) return;
  if (!node->is(Node::Kind::kString) || !contains(kConfidences, node->as_string())) {
    return fields.fail_at(*node, fmt::format("'{}' must be {}, found {}", fields.path_of("confidence"),
                                             join_or(kConfidences), describe(*node)));
  }
  out.confidence = node->as_string();
}

void CatalogLoader::read_sources(Fields& top) {
  const Node* node = top.child("sources");
  if (node == nullptr) return;
  if (!node->is(Node::Kind::kObject)) {
    return top.fail_at(*node, "'sources' must be an object of texts, found " + describe(*node));
  }
  for (const Member& member : node->as_object()) {
    if (!member.value.is(Node::Kind::kString)) {
      return top.fail_at(member.value, "'sources' must be an object of texts, found " + describe(member.value));
    }
    catalog_.sources_[member.key] = member.value.as_string();
  }
}

void CatalogLoader::refer(Reference::To to, Fields& fields, std::string_view key, const std::string& id) {
  if (id.empty()) return;
  const Node* node = fields.child(key);
  if (node != nullptr) references_.push_back({to, id, fields.path_of(key), span_at(file_, *node)});
}

Status CatalogLoader::read(const SourceFile& file) {
  if (file.name.starts_with("schema/")) return {};
  if (contains(kOtherKinds, peek_schema(file.text))) return {};
  Result<Node> document = parse_document(file.text, file.name);
  if (!document) return tl::unexpected<Error>(document.error());
  file_ = file.name;
  ++file_number_;
  Fields top(*document, file_, "");
  std::string schema;
  std::string doc;
  as_of_.clear();
  top.read("schema", schema);
  if (!top.ok()) return top.finish();
  if (contains(kOtherKinds, schema)) return {};
  if (!contains(kOurKinds, schema)) {
    const std::string near = suggest(schema, kOurKinds);
    const Node* node = document->find("schema");
    return fail(ErrorCode::kInvalid,
                schema.empty() ? std::string("the file doesn't say its kind: it has no \"schema\"")
                               : fmt::format("'{}' is no kind of data file", shorten(schema)),
                near.empty() ? "use " + join_or(kOurKinds) : fmt::format("did you mean '{}'?", near),
                span_at(file_, node == nullptr ? *document : *node));
  }
  read_date(top, "as_of", as_of_);
  top.read("doc", doc);
  read_sources(top);
  Status status;
  if (schema == kOurKinds[0]) status = read_devices(top);
  if (schema == kOurKinds[1]) status = read_machines(top);
  if (schema == kOurKinds[2]) status = read_links(top);
  if (schema == kOurKinds[3]) status = read_services(top);
  if (schema == kOurKinds[4]) status = read_weight_formats(top);
  if (schema == kOurKinds[5]) status = read_summary_families(top);
  if (!status) return status;
  catalog_.as_of_ = std::max(catalog_.as_of_, as_of_);
  return top.finish();
}

Result<Catalog> CatalogLoader::finish() {
  for (std::size_t i = 0; i < catalog_.devices_.size(); ++i) catalog_.device_index_[catalog_.devices_[i].id] = i;
  for (const Reference& reference : references_) {
    if (reference.to == Reference::To::kDevice) {
      Result<const Device*> found = catalog_.device(reference.id, reference.where);
      if (!found) {
        Error error = found.error();
        error.code = ErrorCode::kInvalid;
        error.message = fmt::format("'{}': {}", reference.path, error.message);
        return tl::unexpected<Error>(std::move(error));
      }
      continue;
    }
    const auto& services = catalog_.services_;
    if (std::any_of(services.begin(), services.end(), [&](const Service& s) { return s.id == reference.id; })) continue;
    std::vector<std::string> ids;
    for (const Service& service : services) ids.push_back(service.id);
    return fail(ErrorCode::kInvalid,
                fmt::format("'{}': the catalog has no service '{}'", reference.path, shorten(reference.id)),
                fmt::format("give the id of a service{}", did_you_mean(reference.id, ids)), reference.where);
  }
  return std::move(catalog_);
}

Result<Catalog> Catalog::load(std::span<const SourceFile> files) {
  CatalogLoader loader;
  for (const SourceFile& file : files) {
    if (Status status = loader.read(file); !status) return tl::unexpected<Error>(status.error());
  }
  return loader.finish();
}

}  // namespace berth
