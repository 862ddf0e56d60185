// keys.*: keys of the file that the format's tool doesn't know, and those that look like a slip of the pen.
#include <algorithm>

#include "check/job_sheet.hpp"
#include "core/text.hpp"

namespace berth::checking {
namespace {

// Whether the misspelt key is near enough to one known key to say which was meant.
std::string meant(const std::string& key, const std::vector<std::string>& known) {
  if (key.size() < 4) return {};
  return suggest(key, known);
}

}  // namespace

void add_key_facts(SheetWriter& writer) {
  const auto found = writer.tables().keys.find(writer.config().detection.ecosystem);
  if (found == writer.tables().keys.end()) return;
  const KeyList& list = found->second;
  writer.set("keys.version", list.version);
  std::vector<Item> misspelt;
  std::vector<Item> unknown;
  for (const auto& [section, keys] : list.sections) {
    const Node* node = &writer.config().tree->root();
    if (!section.empty()) node = writer.config().tree->find(section).node;
    if (node == nullptr || !node->is(Node::Kind::kObject)) continue;
    for (const Member& member : node->as_object()) {
      if (std::binary_search(keys.begin(), keys.end(), member.key)) continue;
      const std::string path = section.empty() ? member.key : section + "." + member.key;
      const std::string near = meant(member.key, keys);
      Item item = writer.item_at(path, member.key, near);
      item.place.span = writer.config().tree->key_span(member);
      item.place.member = &member;
      item.place.node = &member.value;
      // A key whose neighbour is in the file as well may be a thing of its own.
      const bool beside = !near.empty() && node->find(near) != nullptr;
      if (!near.empty() && (!beside || list.strict))
        misspelt.push_back(std::move(item));
      else if (list.strict)
        unknown.push_back(std::move(item));
    }
  }
  writer.items("keys.misspelt", std::move(misspelt));
  writer.items("keys.unknown", std::move(unknown));
}

}  // namespace berth::checking
