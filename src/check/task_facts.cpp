// Facts of TF_CONFIG and of SkyPilot tasks.
#include <algorithm>
#include <charconv>
#include <set>

#include "check/cluster_facts.hpp"
#include "check/pods.hpp"

namespace berth::checking {
namespace {

// "--master_addr=127.0.0.1" of a command line; empty when the flag names something else.
std::string loopback_after(std::string_view text, std::string_view flag) {
  for (std::size_t at = text.find(flag); at != std::string_view::npos; at = text.find(flag, at + 1)) {
    const std::size_t from = text.find_first_not_of(" =\"'", at + flag.size());
    if (from == std::string_view::npos) continue;
    for (const std::string_view host : {"localhost", "127.0.0.1"}) {
      if (text.substr(from).starts_with(host)) return std::string(flag) + "=" + std::string(host);
    }
  }
  return {};
}

}  // namespace

std::optional<std::int64_t> number_after(std::string_view text, std::initializer_list<std::string_view> flags) {
  for (const std::string_view flag : flags) {
    for (std::size_t at = text.find(flag); at != std::string_view::npos; at = text.find(flag, at + 1)) {
      if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n' && text[at - 1] != '\t' && text[at - 1] != '"')
        continue;
      std::size_t from = at + flag.size();
      if (from >= text.size() || (text[from] != ' ' && text[from] != '=')) continue;
      from = text.find_first_not_of(" =", from);
      if (from == std::string_view::npos) continue;
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data() + from, text.data() + text.size(), value);
      const bool whole = error == std::errc() && (end == text.data() + text.size() ||
                                                  std::string_view(" \n\t\\\"").find(*end) != std::string_view::npos);
      if (whole) return value;
    }
  }
  return std::nullopt;
}

void add_tf_config(SheetWriter& writer, const Node& root) {
  const Node* cluster = root.find("cluster");
  const Node* type = walk(root, {"task", "type"});
  const auto index = whole_of(walk(root, {"task", "index"}));
  if (cluster == nullptr || !cluster->is(Node::Kind::kObject)) return;
  writer.set("tf.has_ps", cluster->find("ps") != nullptr);
  writer.items("tf.ps", {writer.item_at("cluster.ps")});
  std::vector<Item> twice;
  std::set<std::string> seen;
  std::int64_t chiefs = 0;
  for (const Member& role : cluster->as_object()) {
    if (!role.value.is(Node::Kind::kArray)) continue;
    if (role.key == "chief" || role.key == "master") chiefs += static_cast<std::int64_t>(role.value.as_array().size());
    for (std::size_t i = 0; i < role.value.as_array().size(); ++i) {
      const Node& host = role.value.as_array()[i];
      if (!host.is(Node::Kind::kString) || seen.insert(host.as_string()).second) continue;
      twice.push_back(writer.item_at("cluster." + role.key + "[" + std::to_string(i) + "]", host.as_string()));
    }
  }
  writer.items("tf.duplicate_hosts", std::move(twice));
  writer.set("tf.chiefs", chiefs);
  if (type == nullptr || !type->is(Node::Kind::kString)) return;
  writer.set("tf.task_type", type->as_string());
  const Node* hosts = cluster->find(type->as_string());
  const bool known = hosts != nullptr && hosts->is(Node::Kind::kArray);
  writer.set("tf.task_hosts", known ? static_cast<std::int64_t>(hosts->as_array().size()) : std::int64_t{0});
  if (index) writer.set("tf.task_index", *index, writer.item_at("task.index").place.span);
  writer.items("tf.task_index_at", {writer.item_at("task.index")});
  writer.items("tf.task_type_at", {writer.item_at("task.type")});
}

// "A100:8", {A100: 8}, "tpu-v5e-8".
void add_sky(SheetWriter& writer, const Node& root) {
  const Node* accelerators = walk(root, {"resources", "accelerators"});
  std::string name;
  std::optional<std::int64_t> count;
  if (accelerators != nullptr && accelerators->is(Node::Kind::kString)) {
    const std::string& text = accelerators->as_string();
    const std::size_t colon = text.find(':');
    name = text.substr(0, colon);
    count = 1;
    if (colon != std::string::npos) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), value);
      count = error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
    }
  } else if (accelerators != nullptr && accelerators->is(Node::Kind::kObject) &&
             accelerators->as_object().size() == 1) {
    name = accelerators->as_object().front().key;
    count = whole_of(&accelerators->as_object().front().value);
  }
  if (!name.empty()) writer.set("shell.accelerator", name);
  if (!name.empty()) writer.set("shell.tpu", name.starts_with("tpu-"));
  if (count && !name.starts_with("tpu-")) writer.set("shell.accelerators", *count);
  const Node* run = root.find("run");
  if (run == nullptr || !run->is(Node::Kind::kString)) return;
  const auto processes = number_after(run->as_string(), {"--nproc_per_node", "--nproc-per-node"});
  if (processes) writer.set("shell.processes", *processes);
  const auto nodes = number_after(run->as_string(), {"--nnodes"});
  if (nodes) writer.set("shell.nodes", *nodes);
  const auto total = number_after(run->as_string(), {"--num_processes", "--num-processes"});
  if (total) writer.set("shell.total_processes", *total);
  writer.items("shell.run", {writer.item_at("run")});
  if (whole_of(root.find("num_nodes")).value_or(1) < 2) return;
  for (const std::string_view flag :
       {"--master_addr", "--master-addr", "--rdzv_endpoint", "--rdzv-endpoint", "--main_process_ip", "MASTER_ADDR"}) {
    const std::string found = loopback_after(run->as_string(), flag);
    if (!found.empty()) return writer.items("shell.loopback", {writer.item_at("run", found)});
  }
}

}  // namespace berth::checking
