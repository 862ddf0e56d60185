#include "configs/detect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace berth {
namespace {

using Evidence = std::vector<std::string>;

bool judged(const std::vector<Judgement>& judgements, const View& view, std::string& why, Evidence& evidence) {
  for (const Judgement& judgement : judgements) {
    Evidence found;
    if (!holds(judgement.when, view, found)) continue;
    why = judgement.why;
    evidence.insert(evidence.end(), found.begin(), found.end());
    return true;
  }
  return false;
}

void tidy(Evidence& evidence) {
  Evidence out;
  for (std::string& key : evidence) {
    if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(std::move(key));
  }
  evidence = std::move(out);
}

bool find_format(const ConfigFormats::State& formats, const Node& root, Recognised& out) {
  for (const Format& format : formats.formats) {
    Evidence evidence;
    std::optional<View> view = recognise(format, root, evidence);
    if (!view) continue;
    if (out.format) {
      out.detection.others.push_back(format.row.id);
      continue;
    }
    out.format = &format;
    out.view = std::move(*view);
    out.detection.kind = ConfigKind::kConfig;
    out.detection.ecosystem = format.row.id;
    out.detection.evidence = std::move(evidence);
  }
  if (!out.format) return false;
  Detection& detection = out.detection;
  if (judged(out.format->others, out.view, detection.why, detection.evidence)) detection.kind = ConfigKind::kOther;
  return true;
}

// Part of a whole: of a format's, or of some Hydra tree.
bool find_fragment(const ConfigFormats::State& formats, const Node& root, Recognised& out) {
  for (const Format& format : formats.formats) {
    const View view{&root, "", format.spelling};
    if (!judged(format.fragments, view, out.detection.why, out.detection.evidence)) continue;
    out.format = &format;
    out.view = view;
    out.detection.kind = ConfigKind::kFragment;
    out.detection.ecosystem = format.row.id;
    return true;
  }
  for (const char* key : {"defaults", "_target_", "_self_", "hydra"}) {
    if (!root.find(key)) continue;
    out.detection.kind = ConfigKind::kFragment;
    out.detection.why = "part of a Hydra configuration";
    out.detection.evidence.emplace_back(key);
    return true;
  }
  return false;
}

}  // namespace

Recognised recognise_document(const ConfigFormats::State& formats, const Node& root, const std::string& file) {
  Recognised out;
  out.view.root = &root;
  out.detection.span = {file, root.line, root.column, 0, 0};
  if (!root.is(Node::Kind::kObject)) {
    out.detection.why = fmt::format("no keys: the document is {}", describe(root));
    return out;
  }
  if (!find_format(formats, root, out) && !find_fragment(formats, root, out)) {
    constexpr std::size_t kShown = 5;
    for (const Member& member : root.as_object()) {
      if (out.detection.evidence.size() < kShown) out.detection.evidence.push_back(shorten(member.key, 60));
    }
    const Node* kind = root.find("kind");
    const bool kubernetes = kind && kind->is(Node::Kind::kString) && root.find("apiVersion");
    out.detection.why = kubernetes ? fmt::format("a plain Kubernetes object: {}", shorten(kind->as_string()))
                                   : "no format known here has these keys";
  }
  tidy(out.detection.evidence);
  return out;
}

}  // namespace berth
