#include "check/knowledge.hpp"

#include <algorithm>
#include <cctype>

#include "core/fields.hpp"

namespace berth::checking {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : lower(text)) {
    if (c != ' ' && c != '-' && c != '_' && c != '.') out += c;
  }
  return out;
}

// "RTX 4090 24GB" -> rtx, 4090, 24gb.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out(1);
  for (const char c : lower(text)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      out.back() += c;
    } else if (!out.back().empty()) {
      out.emplace_back();
    }
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

bool holds_all(std::string_view id, const std::vector<std::string>& words) {
  const std::vector<std::string> has = words_of(id);
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return word == "gpu" || word == "nvidia" || std::find(has.begin(), has.end(), word) != has.end();
  });
}

}  // namespace

Result<DeviceNames> DeviceNames::load(std::span<const SourceFile> files) {
  DeviceNames out;
  for (const SourceFile& file : files) {
    if (file.name.starts_with("schema/") || file.text.find("berth/device-names/v1") == std::string::npos) continue;
    const Result<Node> root = parse_document(file.text, file.name);
    if (!root) return tl::unexpected<Error>(root.error());
    Fields top(*root, file.name, "");
    std::string ignored;
    for (const std::string_view key : {"schema", "as_of", "doc"}) top.read(key, ignored);
    static_cast<void>(top.child("sources"));
    const Node* names = top.child("names");
    const Node* capability = top.child("compute_capability");
    const Node* slices = top.child("tpu_slices");
    if (const Status status = top.finish(); !status) return tl::unexpected<Error>(status.error());
    if (names != nullptr && names->is(Node::Kind::kObject)) {
      for (const Member& member : names->as_object()) {
        if (member.value.is(Node::Kind::kString)) out.names_[squeezed(member.key)] = member.value.as_string();
      }
    }
    if (capability != nullptr && capability->is(Node::Kind::kObject)) {
      for (const Member& member : capability->as_object()) {
        if (member.value.is_number()) out.capability_[member.key] = member.value.number();
      }
    }
    if (slices == nullptr || !slices->is(Node::Kind::kObject)) continue;
    for (const Member& member : slices->as_object()) {
      Fields fields(member.value, file.name, "tpu_slices." + member.key);
      Slices& slice = out.slices_[member.key];
      fields.read("topologies", slice.topologies);
      fields.read("chips_per_host", slice.chips_per_host);
      if (const Status status = fields.finish(); !status) return tl::unexpected<Error>(status.error());
    }
  }
  return out;
}

const Device* DeviceNames::find(std::string_view name, std::optional<double> memory_gib, const Catalog& catalog) const {
  if (const Device* device = catalog.find_device(lower(name))) return device;
  if (const auto known = names_.find(squeezed(name)); known != names_.end()) return catalog.find_device(known->second);
  const std::vector<std::string> words = words_of(name);
  if (words.empty()) return nullptr;
  const Device* found = nullptr;
  for (const Device& device : catalog.devices()) {
    if (!holds_all(device.id, words)) continue;
    const double gib = device.memory ? static_cast<double>(device.memory->value()) / (1 << 30) : 0;
    if (memory_gib && gib > 0 && (gib < *memory_gib * 0.9 || gib > *memory_gib * 1.1)) continue;
    if (found != nullptr) return nullptr;
    found = &device;
  }
  return found;
}

std::optional<double> DeviceNames::compute_capability(const Device& device) const {
  auto found = capability_.find(device.id);
  if (found == capability_.end()) found = capability_.find(device.arch);
  return found == capability_.end() ? std::nullopt : std::optional<double>(found->second);
}

const std::vector<std::string>* DeviceNames::topologies(std::string_view label) const {
  const auto found = slices_.find(label);
  return found == slices_.end() ? nullptr : &found->second.topologies;
}

std::int64_t DeviceNames::chips_per_host(std::string_view label) const {
  const auto found = slices_.find(label);
  return found == slices_.end() ? 0 : found->second.chips_per_host;
}

Result<std::map<std::string, KeyList, std::less<>>> load_key_lists(std::span<const SourceFile> files) {
  std::map<std::string, KeyList, std::less<>> out;
  for (const SourceFile& file : files) {
    if (file.name.starts_with("schema/") || file.text.find("berth/config-keys/v1") == std::string::npos) continue;
    const Result<Node> root = parse_document(file.text, file.name);
    if (!root) return tl::unexpected<Error>(root.error());
    Fields top(*root, file.name, "");
    KeyList list;
    std::string ignored;
    top.read("schema", ignored);
    top.read("doc", ignored);
    top.read("ecosystem", list.ecosystem);
    top.read("version", list.version);
    top.read("strict", list.strict);
    static_cast<void>(top.child("source"));
    const Node* sections = top.child("sections");
    if (const Status status = top.finish(); !status) return tl::unexpected<Error>(status.error());
    if (sections != nullptr && sections->is(Node::Kind::kObject)) {
      Fields fields(*sections, file.name, "sections");
      for (const Member& member : sections->as_object()) fields.read(member.key, list.sections[member.key]);
      if (const Status status = fields.finish(); !status) return tl::unexpected<Error>(status.error());
    }
    for (auto& [name, keys] : list.sections) std::sort(keys.begin(), keys.end());
    out[list.ecosystem] = std::move(list);
  }
  return out;
}

}  // namespace berth::checking
