// Files and objects that a config names, and what they add to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "configs/config_tree.hpp"
#include "configs/format.hpp"
#include "core/lenient.hpp"

namespace berth {

std::vector<ConfigLink> find_links(const Format& format, const View& view, const ConfigTree& tree);

// Reads what `config` names, as far as options.resolve has it and for DeepSpeed settings that stand in
// the file itself, puts it into config.linked and fills the fields that are not set.
void follow_links(Config& config, const ConfigFormats& formats, const ReadConfigOptions& options);

// Pairs a TrainJob with the runtime in the same file.
void pair_documents(std::vector<Config>& configs);

// One document to its Config, links not yet followed (read.cpp).
Config read_document(LenientText::Document document, std::string_view name, std::shared_ptr<const std::string> text,
                     const ConfigFormats::State& formats);

}  // namespace berth
