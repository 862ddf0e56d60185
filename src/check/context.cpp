// The context file: what a config doesn't hold.
//
// Unlike berth's own documents it takes keys that it doesn't know: it is written by other tools too, and
// a fact more than rules ask for does no harm.
#include <fmt/format.h>

#include <array>

#include "berth/check.hpp"
#include "core/json.hpp"
#include "core/node.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  void number(const Node& parent, std::string_view key, std::optional<double>& out) {
    const Node* node = parent.find(key);
    if (node == nullptr || node->is(Node::Kind::kNull)) return;
    if (node->is_number()) {
      out = node->number();
    } else if (node->is(Node::Kind::kString)) {
      text_number(*node, key, out);
    } else {
      fail_at(*node, key, "a number");
    }
  }
  void whole(const Node& parent, std::string_view key, std::optional<std::int64_t>& out) {
    std::optional<double> value;
    number(parent, key, value);
    if (!value) return;
    if (*value < 0 || *value > 9e15 || *value != static_cast<double>(static_cast<std::int64_t>(*value))) {
      return fail_at(*parent.find(key), key, "a whole number");
    }
    out = static_cast<std::int64_t>(*value);
  }
  void word(const Node& parent, std::string_view key, std::optional<std::string>& out) {
    const Node* node = parent.find(key);
    if (node == nullptr || node->is(Node::Kind::kNull)) return;
    if (!node->is(Node::Kind::kString)) return fail_at(*node, key, "a text");
    out = node->as_string();
  }
  void word(const Node& parent, std::string_view key, std::string& out) {
    std::optional<std::string> value;
    word(parent, key, value);
    if (value) out = *value;
  }
  const Node* group(const Node& parent, std::string_view key) {
    const Node* node = parent.find(key);
    if (node == nullptr || node->is(Node::Kind::kNull)) return nullptr;
    if (node->is(Node::Kind::kObject)) return node;
    fail_at(*node, key, "an object");
    return nullptr;
  }
  void fail_at(const Node& node, std::string_view key, std::string_view expected) {
    if (status) {
      status = fail(ErrorCode::kInvalid, fmt::format("'{}' is {}", key, describe(node)),
                    fmt::format("it takes {}", expected), {std::string(file_), node.line, node.column, 0, 0});
    }
  }

  Status status;

 private:
  void text_number(const Node& node, std::string_view key, std::optional<double>& out) {
    const std::string& text = node.as_string();
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') return fail_at(node, key, "a number");
    out = value;
  }

  std::string_view file_;
};

// TPU groups count chips and hosts, GPU groups devices and nodes.
void read_hardware(Reader& reader, const Node& node, CheckContext& out) {
  reader.word(node, "device", out.device_class);
  reader.word(node, "sku", out.sku);
  reader.whole(node, "per_node", out.devices_per_machine);
  reader.whole(node, "devices_per_machine", out.devices_per_machine);
  reader.whole(node, "nodes", out.machines);
  reader.whole(node, "machines", out.machines);
  reader.whole(node, "hosts", out.machines);
  std::optional<std::int64_t> chips;
  std::optional<std::int64_t> per_host;
  reader.whole(node, "chips", chips);
  reader.whole(node, "chips_per_host", per_host);
  if (chips) {
    const std::int64_t hosts = std::max<std::int64_t>(1, out.machines.value_or(1));
    out.machines = hosts;
    out.devices_per_machine = std::max<std::int64_t>(1, *chips / hosts);
  } else if (per_host && !out.devices_per_machine) {
    out.devices_per_machine = per_host;
  }
  reader.whole(node, "cores", out.cores);
  reader.number(node, "mem_gib", out.memory_gib);
  reader.number(node, "hbm_gib", out.memory_gib);
  reader.number(node, "memory_gib", out.memory_gib);
  reader.number(node, "compute_capability", out.compute_capability);
  reader.number(node, "host_ram_gib", out.host_memory_gib);
  reader.number(node, "host_memory_gib", out.host_memory_gib);
  reader.number(node, "disk_gib", out.disk_gib);
  reader.number(node, "nvme_gib", out.nvme_gib);
}

void read_model(Reader& reader, const Node& node, ContextModel& out) {
  reader.word(node, "id", out.id);
  reader.word(node, "arch", out.architecture);
  reader.word(node, "block_class", out.block_class);
  reader.word(node, "pos", out.position);
  reader.number(node, "params", out.parameters);
  reader.whole(node, "layers", out.layers);
  reader.whole(node, "hidden", out.hidden);
  reader.whole(node, "heads", out.heads);
  reader.whole(node, "kv_heads", out.kv_heads);
  reader.whole(node, "head_dim", out.head_dim);
  reader.whole(node, "ffn", out.ffn);
  reader.whole(node, "vocab", out.vocab);
  reader.whole(node, "max_pos", out.max_positions);
  reader.whole(node, "experts", out.experts);
  reader.whole(node, "experts_per_token", out.experts_per_token);
}

Json to_json_value(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kNull: return nullptr;
    case Node::Kind::kBool: return node.as_bool();
    case Node::Kind::kInt: return node.as_int();
    case Node::Kind::kDouble: return node.as_double();
    case Node::Kind::kString: return node.as_string();
    case Node::Kind::kArray: {
      Json out = Json::array();
      for (const Node& item : node.as_array()) out.push_back(to_json_value(item));
      return out;
    }
    case Node::Kind::kObject: break;
  }
  Json out = Json::object();
  for (const Member& member : node.as_object()) out[member.key] = to_json_value(member.value);
  return out;
}

void read_referenced(const Node& node, CheckContext& out) {
  for (const Member& member : node.as_object()) {
    out.referenced[member.key] =
        member.value.is(Node::Kind::kString) ? member.value.as_string() : json_text(to_json_value(member.value));
  }
}

std::string version_text(const Node& node) {
  if (node.is(Node::Kind::kString)) return node.as_string();
  return node.is_number() ? number_text(node.number()) : std::string();
}

// `versions: {transformers: 4.46.1}`, or `framework: transformers` with `framework_version: 4.46.1`.
void read_versions(Reader& reader, const Node& root, CheckContext& out) {
  for (const std::string_view key : {"versions", "packages", "software"}) {
    const Node* node = root.find(key);
    if (node == nullptr || !node->is(Node::Kind::kObject)) continue;
    for (const Member& member : node->as_object()) {
      const std::string text = version_text(member.value);
      if (!text.empty()) out.versions[member.key] = text;
    }
  }
  const Node* version = root.find("framework_version");
  const Node* framework = root.find("framework");
  if (version == nullptr) version = root.find("version");
  if (version == nullptr || version_text(*version).empty()) return;
  std::string name;
  if (framework != nullptr) reader.word(root, "framework", name);
  out.versions[name] = version_text(*version);  // "": of the config's own framework
}

void read_data(Reader& reader, const Node& root, CheckContext& out) {
  if (const Node* dataset = reader.group(root, "dataset")) {
    reader.number(*dataset, "samples", out.dataset_samples);
    reader.number(*dataset, "mean_tokens", out.dataset_mean_tokens);
  }
  if (const Node* checkpoint = reader.group(root, "checkpoint"))
    reader.whole(*checkpoint, "tp", out.checkpoint_tensor_parallel);
  if (const Node* referenced = reader.group(root, "referenced")) read_referenced(*referenced, out);
  const Node* modules = root.find("modules");
  if (modules != nullptr && modules->is(Node::Kind::kArray)) {
    for (const Node& name : modules->as_array()) {
      if (name.is(Node::Kind::kString)) out.modules.push_back(name.as_string());
    }
  }
  const Node* saves = root.find("saves_model");
  if (saves != nullptr && saves->is(Node::Kind::kBool)) out.saves_model = saves->as_bool();
  out.overrides_known = root.find("overrides") != nullptr;
}

}  // namespace

Result<CheckContext> parse_check_context(std::string_view text, std::string_view name) {
  const Result<Node> root = parse_document(text, name);
  if (!root) return tl::unexpected<Error>(root.error());
  CheckContext out;
  Reader reader(name);
  if (!root->is(Node::Kind::kObject)) reader.fail_at(*root, "the context", "an object");
  if (const Node* hardware = reader.group(*root, "hardware")) read_hardware(reader, *hardware, out);
  if (const Node* model = reader.group(*root, "model")) read_model(reader, *model, out.model.emplace());
  constexpr std::array<std::string_view, 5> kWords = {"task", "launcher", "distribution", "strategy",
                                                      "client_optimizer"};
  for (const std::string_view key : kWords) {
    std::optional<std::string> word;
    reader.word(*root, key, word);
    if (word) out.words[std::string(key)] = *word;
  }
  read_data(reader, *root, out);
  read_versions(reader, *root, out);
  if (!reader.status) return tl::unexpected<Error>(reader.status.error());
  return out;
}

}  // namespace berth
