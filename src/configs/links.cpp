#include "configs/links.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "configs/lookup.hpp"

namespace berth {
namespace {

constexpr int kMostLinks = 4;  // of a chain: MaxText's model -> base is 2

bool has_value(ValueState state) {
  return state == ValueState::kGiven || state == ValueState::kComputed;
}

// What may be filled in by another file: the unset and the deferred, and what was only a default.
bool is_open(ValueState state) {
  return state == ValueState::kOutside || state == ValueState::kDefault || state == ValueState::kAuto;
}

void fill(Config& config, const std::vector<ConfigField>& from) {
  for (const ConfigField& field : from) {
    if (field.state == ValueState::kOutside || field.state == ValueState::kAuto) continue;
    const auto at = std::lower_bound(config.fields.begin(), config.fields.end(), field.path,
                                     [](const ConfigField& f, const std::string& path) { return f.path < path; });
    if (at == config.fields.end() || at->path != field.path) {
      if (field.state != ValueState::kDefault || config.partial) config.fields.insert(at, field);
    } else if (is_open(at->state) && has_value(field.state)) {
      *at = field;
    }
  }
}

// "deepspeed: {…}": the settings themselves, in this file.
Config read_inline(const Node& node, const Config& config, const ConfigFormats& formats) {
  LenientText::Document document;
  document.root = node;
  return read_document(std::move(document), config.file, std::make_shared<const std::string>(config.tree->text()),
                       formats.state());
}

std::vector<Config> read_target(const ConfigLink& link, const ConfigFormats& formats,
                                const ReadConfigOptions& options) {
  const std::optional<std::string> text = options.resolve ? options.resolve(link.target) : std::nullopt;
  if (!text) return {};
  ReadConfigOptions alone = options;
  alone.resolve = nullptr;  // the chain is followed here, where its length is known
  return read_configs(*text, link.target, formats, alone);
}

void follow(Config& config, const ConfigFormats& formats, const ReadConfigOptions& options, int depth) {
  for (ConfigLink& link : config.links) {
    if (link.target.empty()) {
      const Located at = config.tree->find(link.key);
      if (!at.node || depth >= kMostLinks) continue;
      config.linked.push_back(read_inline(*at.node, config, formats));
    } else {
      std::vector<Config> found = read_target(link, formats, options);
      if (found.empty() || depth >= kMostLinks) continue;
      config.linked.push_back(std::move(found.front()));
      follow(config.linked.back(), formats, options, depth + 1);
    }
    link.read = true;
    if (link.role != "dataset") fill(config, config.linked.back().fields);
    if (link.role == "base_config") {
      config.partial = config.linked.back().partial;
      config.partial_why = config.linked.back().partial_why;
    }
  }
}

}  // namespace

std::vector<ConfigLink> find_links(const Format& format, const View& view, const ConfigTree& tree) {
  std::vector<ConfigLink> out;
  for (const LinkKey& key : format.links) {
    std::vector<std::string> evidence;
    if (key.when && !holds(*key.when, view, evidence)) continue;
    const Located at = locate(*view.root, key.key, view.spelling);
    if (!at.node || !at.member) continue;
    ConfigLink link;
    link.role = key.role;
    link.key = view.prefix + key.key;
    if (at.node->is(Node::Kind::kString)) {
      if (at.node->as_string().empty() || (at.node->flags & Node::kOpen) != 0) continue;
      link.target = at.node->as_string();
    } else if (!at.node->is(Node::Kind::kObject)) {
      continue;
    }
    link.span = tree.value_span(at.member->value);
    out.push_back(std::move(link));
  }
  return out;
}

void follow_links(Config& config, const ConfigFormats& formats, const ReadConfigOptions& options) {
  follow(config, formats, options, 0);
}

void pair_config(Config& config, const Config& other) {
  fill(config, other.fields);
  config.linked.push_back(other);
}

void pair_documents(std::vector<Config>& configs) {
  for (Config& job : configs) {
    for (ConfigLink& link : job.links) {
      if (link.role != "runtime" || link.read) continue;
      const auto runtime = std::find_if(configs.begin(), configs.end(), [&](const Config& other) {
        const Located name = other.tree->find("metadata.name");
        const Located kind = other.tree->find("kind");
        return name.node && name.node->is(Node::Kind::kString) && name.node->as_string() == link.target && kind.node &&
               kind.node->is(Node::Kind::kString) && kind.node->as_string().ends_with("TrainingRuntime");
      });
      if (runtime == configs.end()) continue;
      pair_config(job, *runtime);
      link.read = true;
      job.partial = false;
      job.partial_why.clear();
    }
  }
}

}  // namespace berth
