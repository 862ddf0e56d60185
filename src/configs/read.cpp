// One file: its syntax, its documents, their formats, fields, traps, and the files they name.
#include <fmt/format.h>

#include <algorithm>

#include "configs/config_tree.hpp"
#include "configs/detect.hpp"
#include "configs/interpolation.hpp"
#include "configs/kubernetes.hpp"
#include "configs/links.hpp"
#include "configs/mapping.hpp"
#include "configs/syntax.hpp"
#include "configs/traps.hpp"

namespace berth {
namespace {

using Text = std::shared_ptr<const std::string>;

Config empty_config(std::string_view name, Text text, Detection detection) {
  Config out;
  out.file = std::string(name);
  out.detection = std::move(detection);
  out.tree = std::make_shared<const ConfigTree>(out.file, std::move(text), Node(Node::Object{}));
  return out;
}

void sort_fields(std::vector<ConfigField>& fields) {
  std::stable_sort(fields.begin(), fields.end(),
                   [](const ConfigField& a, const ConfigField& b) { return a.path < b.path; });
  // The first of a path stands: readers in code come before tables.
  const auto same = [](const ConfigField& a, const ConfigField& b) { return a.path == b.path; };
  fields.erase(std::unique(fields.begin(), fields.end(), same), fields.end());
}

// A Hydra `defaults:` list brings in other files, before or after this one's own keys.
bool has_defaults(const Node& root) {
  const Node* defaults = root.find("defaults");
  return defaults && defaults->is(Node::Kind::kArray);
}

void judge_whole(const Recognised& seen, Config& config) {
  std::vector<std::string> evidence;
  if (config.detection.kind == ConfigKind::kFragment) {
    config.partial = true;
    config.partial_why = config.detection.why;
  } else if (has_defaults(config.tree->root())) {
    config.partial = true;
    config.partial_why = "its Hydra 'defaults' bring in other files";
  } else if (seen.format) {
    for (const Judgement& judgement : seen.format->partials) {
      if (!holds(judgement.when, seen.view, evidence)) continue;
      config.partial = true;
      config.partial_why = judgement.why;
      break;
    }
  }
}

}  // namespace

Config read_document(LenientText::Document document, std::string_view name, Text text,
                     const ConfigFormats::State& formats) {
  Config out;
  out.file = std::string(name);
  Recognised seen = recognise_document(formats, document.root, out.file);
  const Format* format = seen.format;
  // OmegaConf's references start at the format's own root.
  if (format && format->interpolation == Interpolation::kOmegaConf) {
    interpolate(const_cast<Node&>(*seen.view.root), Interpolation::kOmegaConf);  // NOLINT: a part of document.root
  } else {
    interpolate(document.root,
                seen.detection.kind == ConfigKind::kFragment ? Interpolation::kOmegaConf : Interpolation::kNone);
  }
  out.detection = seen.detection;
  auto tree = std::make_shared<const ConfigTree>(out.file, std::move(text), std::move(document.root));
  out.tree = tree;
  if (format) {
    const std::string at = seen.view.prefix.empty() ? "" : seen.view.prefix.substr(0, seen.view.prefix.size() - 1);
    seen.view.root = tree->find(at).node;
  } else {
    seen.view.root = &tree->root();
  }
  out.traps = find_traps(*tree, document.duplicates, format);
  judge_whole(seen, out);
  if (format && out.detection.kind != ConfigKind::kOther) {
    if (format->reader == Reader::kKubernetes) out.fields = read_kubernetes(*tree);
    std::vector<ConfigField> mapped = map_fields(*format, seen.view, *tree);
    out.fields.insert(out.fields.end(), std::make_move_iterator(mapped.begin()), std::make_move_iterator(mapped.end()));
    // Of a part, what is absent may stand in another part: no default, and nothing said of the outside.
    if (out.detection.kind == ConfigKind::kFragment || out.partial) {
      std::erase_if(out.fields, [](const ConfigField& f) { return f.state == ValueState::kDefault; });
    }
    sort_fields(out.fields);
    out.links = find_links(*format, seen.view, *tree);
  }
  return out;
}

std::vector<Config> read_configs(std::string_view text, std::string_view name, const ConfigFormats& formats,
                                 const ReadConfigOptions& options) {
  std::vector<Config> out;
  ReadText read = read_text(text, name, options.max_bytes, formats.state().flags);
  if (read.verdict) {
    // A text that was refused for its size or bytes is not kept.
    const bool keep = text.size() <= options.max_bytes && read.verdict->kind != ConfigKind::kUnparsable;
    out.push_back(empty_config(name, std::make_shared<const std::string>(keep ? text : std::string_view()),
                               std::move(*read.verdict)));
    return out;
  }
  const auto copy = std::make_shared<const std::string>(text);
  // "---" with nothing but comments after it is no document.
  if (read.documents.size() > 1) {
    std::erase_if(read.documents, [](const auto& document) { return document.root.is(Node::Kind::kNull); });
  }
  for (LenientText::Document& document : read.documents) {
    out.push_back(read_document(std::move(document), name, copy, formats.state()));
    out.back().document = static_cast<int>(out.size());
  }
  if (out.empty()) {
    Detection nothing;
    nothing.why = "no content";
    nothing.span = {std::string(name), 1, 1, 1, 1};
    out.push_back(empty_config(name, copy, std::move(nothing)));
  }
  for (Config& config : out) follow_links(config, formats, options);
  pair_documents(out);
  return out;
}

}  // namespace berth
