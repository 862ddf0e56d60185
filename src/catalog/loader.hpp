// Turns catalog files into a Catalog: one reader per kind, then the references between them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "berth/catalog.hpp"
#include "core/fields.hpp"
#include "core/node.hpp"

namespace berth {

// Ids seen so far, to replace the entries of earlier files and to refuse doubles within one.
class IdIndex {
 public:
  struct Place {
    std::size_t at = 0;
    int file = 0;
  };
  // nullptr when `id` is new: it is then noted at `at`.
  Place* find_or_add(const std::string& id, std::size_t at, int file);

 private:
  std::unordered_map<std::string, Place> places_;
};

class CatalogLoader {
 public:
  Status read(const SourceFile& file);
  // Checks references and fills the indexes.
  Result<Catalog> finish();

 private:
  // An id that another file may define.
  struct Reference {
    enum class To : std::uint8_t { kDevice, kService } to;
    std::string id;
    std::string path;
    SourceSpan where;
  };
  // What the rows of a group of machines share.
  struct MachineGroup;

  Status read_devices(Fields& top);
  Status read_device(const Node& node, std::string path);
  Status read_machines(Fields& top);
  Status read_group(const Node& node, const std::string& path);
  Status read_machine(const Node& node, const std::string& path, const MachineGroup& group);
  Status read_links(Fields& top);
  Status read_link(const Node& node, std::string path);
  Status read_fit(const Node& node, std::string path);
  Status read_measurement(const Node& node, std::string path);
  Status read_services(Fields& top);
  Status read_service(const Node& node, std::string path);
  Status read_weight_formats(Fields& top);
  Status read_weight_format(const Node& node, std::string path);
  Status read_summary_families(Fields& top);
  Status read_model_family(const Node& node, std::string path);

  // Calls `read(item, "key[i]")` for each item of the list `key` of the file.
  template <class Read>
  Status each(Fields& top, std::string_view key, Read read);
  // sources, confidence and note of an entry.
  static void read_provenance(Fields& fields, Provenance& out);
  void read_sources(Fields& top);
  void refer(Reference::To to, Fields& fields, std::string_view key, const std::string& id);
  // Appends, or replaces the entry of the same id from an earlier file.
  template <class T>
  Status put(std::vector<T>& all, IdIndex& index, T item, const Node& where);

  Catalog catalog_;
  IdIndex devices_, machines_, links_, fits_, measurements_, services_, weight_formats_, summary_families_;
  std::vector<Reference> references_;
  std::string file_;
  std::string as_of_;  // of the file being read
  int file_number_ = 0;
};

// "2026-11-24": the only form of date that the catalog takes.
bool is_date(std::string_view text);
// Reads an ISO date. Fails at the key otherwise.
void read_date(Fields& fields, std::string_view key, std::string& out);

inline SourceSpan span_at(const std::string& file, const Node& node) {
  return SourceSpan{file, node.line, node.column, 0, 0};
}

template <class Read>
Status CatalogLoader::each(Fields& top, std::string_view key, Read read) {
  const Node* list = top.child(key);
  if (list == nullptr) return {};
  if (!list->is(Node::Kind::kArray)) {
    top.fail_at(*list, "'" + top.path_of(key) + "' must be a list, found " + describe(*list));
    return {};
  }
  std::size_t i = 0;
  for (const Node& item : list->as_array()) {
    if (Status status = read(item, top.path_of(key) + "[" + std::to_string(i++) + "]"); !status) return status;
  }
  return {};
}

template <class T>
Status CatalogLoader::put(std::vector<T>& all, IdIndex& index, T item, const Node& where) {
  if (IdIndex::Place* known = index.find_or_add(item.id, all.size(), file_number_)) {
    if (known->file == file_number_) {
      return fail(ErrorCode::kInvalid, "'" + item.id + "' is given twice in this file", "remove one of the two",
                  span_at(file_, where));
    }
    known->file = file_number_;
    all[known->at] = std::move(item);
    return {};
  }
  all.push_back(std::move(item));
  return {};
}

}  // namespace berth
