#include <algorithm>
#include <cmath>

#include "berth/profile.hpp"
#include "estimate/time_summary.hpp"

namespace berth::estimation {
namespace {

const SummaryFamily& family_or_other(const Catalog& catalog, std::string_view name) {
  static const SummaryFamily kUnknown{"other", {}, WorkKind::kThin, false, false, 60, 10e6, 3e-3, {}, {}};
  const SummaryFamily* found = family_of(catalog, name);
  if (found == nullptr) found = family_of(catalog, "other");
  return found == nullptr ? kUnknown : *found;
}

Result<ItemWork> from_summary(const Summary& summary, const Catalog& catalog, const Calibration& c, Notes& notes) {
  const SummaryFamily& family = family_or_other(catalog, summary.family);
  ItemWork work{family.kind, family.attention, family.depthwise};
  if (summary.family.empty()) note(notes, "model.summary.family is not given: typical values are assumed");
  if (!summary.macs_per_item) {
    return fail(ErrorCode::kIncomplete, "'model.summary.macs_per_item' is not given",
                "give the multiply-accumulates of one item");
  }
  work.macs = *summary.macs_per_item;
  work.parameters = summary.parameters.value_or(0);
  work.layers = family.layers;
  if (summary.parameters) {
    // Larger members of a family are deeper as well as wider.
    work.layers *= std::pow(std::clamp(work.parameters / family.parameters, 0.01, 100.0), c("vision.depth_power"));
  } else {
    note(notes, "model.summary.parameters is not given: the weights' memory and traffic are left out");
  }
  if (summary.activation_elements_per_item) {
    work.activations = *summary.activation_elements_per_item;
  } else {
    work.activations = family.activations_per_mac * work.macs;
    note(notes, "model.summary.activation_elements_per_item is not given: typical of the family");
  }
  return work;
}

void set_kind(const Profile& profile, ItemWork& work) {
  double conv = 0;
  double depthwise = 0;
  double total = 0;
  for (const OperatorWork& row : profile.operators) {
    if (row.op.kind == OperatorKind::kConv) conv += row.flops;
    if (row.op.kind == OperatorKind::kDepthwiseConv) depthwise += row.flops;
    if (row.op.kind == OperatorKind::kAttention) work.attention = true;
    total += row.flops;
  }
  work.depthwise = depthwise > 0.01 * total;
  work.kind = work.depthwise ? WorkKind::kThin : conv > 0.5 * total ? WorkKind::kConvolution : WorkKind::kMatmul;
}

bool is_layer(OperatorKind kind) {
  return kind == OperatorKind::kMatmul || kind == OperatorKind::kConv || kind == OperatorKind::kDepthwiseConv ||
         kind == OperatorKind::kAttention;
}

Result<ItemWork> from_profile(const Model& model, double sequence_length, Notes& notes) {
  ProfileOptions options;
  options.sequence_length = static_cast<std::int64_t>(sequence_length);
  const Result<Profile> profiled = profile(model, options);
  if (!profiled) return tl::unexpected(profiled.error());
  ItemWork work;
  set_kind(*profiled, work);
  work.macs = profiled->macs;
  work.parameters = static_cast<double>(model.parameters);
  for (const OperatorWork& row : profiled->operators) {
    if (is_layer(row.op.kind)) work.layers += row.op.count;
    if (model.parameters == 0) work.parameters += row.op.weight_elements * row.op.count;
  }
  work.activations = profiled->activation_elements;
  for (const std::string& text : profiled->notes) note(notes, text);
  if (work.macs <= 0) {
    return fail(ErrorCode::kIncomplete, "'model.operators' hold no multiply-accumulates",
                "describe the matrix products and convolutions");
  }
  return work;
}

}  // namespace

const SummaryFamily* family_of(const Catalog& catalog, std::string_view name) {
  for (const SummaryFamily& family : catalog.summary_families()) {
    if (family.id == name) return &family;
    for (const std::string& word : family.words) {
      if (name.find(word) != std::string_view::npos) return &family;
    }
  }
  return nullptr;
}

Result<ItemWork> item_work(const Model& model, double sequence_length, const Catalog& catalog,
                           const Calibration& calibration, Notes& notes) {
  if (model.summary) return from_summary(*model.summary, catalog, calibration, notes);
  return from_profile(model, sequence_length, notes);
}

}  // namespace berth::estimation
