// keys.*: keys of the file that the format's tool doesn't know, and those that look like a slip of the pen.
#include <algorithm>

#include "check/job_sheet.hpp"
#include "configs/format.hpp"

namespace berth::checking {
namespace {

// Edits (Levenshtein) between two words, or `most` + 1 when there are more.
std::size_t edits(std::string_view a, std::string_view b, std::size_t most) {
  if (a.size() > b.size() + most || b.size() > a.size() + most) return most + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

// The key that a misspelt one was meant to be: one slip in short words, two in long ones. Tools that take
// any key have many of their users' own, so nothing farther off is called a slip.
std::string meant(const std::string& key, const std::vector<std::string>& known) {
  const std::size_t most = key.size() >= 12 ? 2 : key.size() >= 6 ? 1 : 0;
  std::string best;
  std::size_t least = most + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edits(key, candidate, most);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

void derive_key_lists(SheetTables& tables) {
  for (const Format& format : tables.formats->state().formats) {
    const std::string& id = format.row.id;
    if (format.reader == Reader::kKubernetes || format.fields.empty() || tables.keys.contains(id)) continue;
    KeyList list;
    list.ecosystem = id;
    list.version = "the keys that berth reads";
    const auto add = [&list](const std::string& path) {
      if (path.find('[') != std::string::npos) return;
      const std::size_t dot = path.rfind('.');
      const std::string section = dot == std::string::npos ? "" : path.substr(0, dot);
      list.sections[section].push_back(dot == std::string::npos ? path : path.substr(dot + 1));
    };
    for (const FieldMap& field : format.fields) {
      for (const Step& step : field.steps) std::for_each(step.keys.begin(), step.keys.end(), add);
    }
    const auto raw = tables.raw.find(prefix_of(id));
    if (raw != tables.raw.end()) {
      for (const RawFact& fact : raw->second) add(fact.key);
    }
    for (auto& [section, keys] : list.sections) {
      std::sort(keys.begin(), keys.end());
      keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    }
    tables.keys.emplace(id, std::move(list));
  }
}

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
