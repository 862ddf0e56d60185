// One config as facts: its own keys, the neutral fields, hardware, model, estimates; and where each fact
// stands in the file.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/check.hpp"
#include "check/knowledge.hpp"
#include "check/models.hpp"
#include "configs/config_tree.hpp"

namespace berth::checking {

// A declared fact that stands for one key of one format: "axolotl.fsdp_config.offload_params".
struct RawFact {
  std::string path;
  std::string key;     // "fsdp_config.offload_params"
  bool given = false;  // "<key>_given": whether the key is there and not empty
  FactType type = FactType::kString;
};

// What stays the same for all files: built once.
struct SheetTables {
  const Catalog* catalog = nullptr;
  const Calibration* calibration = nullptr;
  const RuleSet* rules = nullptr;
  const ConfigFormats* formats = nullptr;
  ModelTable models;
  DeviceNames devices;
  std::map<std::string, KeyList, std::less<>> keys;
  std::map<std::string, std::vector<RawFact>, std::less<>> raw;  // by prefix
  std::map<std::string, FactSheet, std::less<>> blank;           // by ecosystem: other formats' facts are absent
};
// Fills `raw` and `blank` from the facts that `rules` declares.
void prepare(SheetTables& tables);
// "axolotl" -> "axolotl", "hf-trainer" -> "hf"; empty for formats without raw facts.
std::string_view prefix_of(std::string_view ecosystem);

// A place that a finding can stand on and an edit can change.
struct Place {
  std::string key;  // key path; of the missing key where `exists` is false
  SourceSpan span;  // what to point at
  bool exists = false;
  bool own = true;  // in the checked file itself, not in one that it names
  const ConfigTree* tree = nullptr;
  const Node* node = nullptr;
  const Member* member = nullptr;
};

// One element of a list fact: rules with `each` yield a finding per item.
struct Item {
  std::string key, value, other;
  Place place;
};

class JobSheet {
 public:
  // All references must outlive the sheet.
  JobSheet(const SheetTables& tables, const Config& config, const CheckContext& context, const CheckOptions& options);

  [[nodiscard]] FactSheet& facts() { return facts_; }
  [[nodiscard]] const Config& config() const { return config_; }
  // Where a fact stands. A key that is missing stands at its nearest parent.
  [[nodiscard]] Place place_of(std::string_view fact) const;
  [[nodiscard]] const std::vector<Item>& items(std::string_view list_fact) const;

 private:
  struct Source {  // a tree whose keys are facts of a prefix
    const Config* config = nullptr;
    std::string prefix, base;
    const ConfigLink* via = nullptr;  // the key of the checked file that names the other
    std::string label;                // put before its key paths: "deepspeed." for an inline section
  };

  void add_sources();
  void add_raw();
  void add_raw(const Source& source, const RawFact& fact);
  void add_neutral();
  void add_words();
  void add_traps();
  [[nodiscard]] std::string find_key(const Source& source, const std::string& key) const;

  const SheetTables& tables_;
  const Config& config_;
  FactSheet facts_;
  std::vector<Source> sources_;
  std::map<std::string, std::vector<Item>, std::less<>> items_;
  friend class SheetWriter;
};

// What the parts below write through.
class SheetWriter {
 public:
  SheetWriter(JobSheet& of, const CheckContext& given, const CheckOptions& with)
      : sheet(of), context(given), options(with) {}

  void set(std::string_view fact, FactValue value, SourceSpan span = {});
  void absent(std::string_view fact) { set(fact, FactValue()); }
  // The list fact's items, and the list of their keys as its value.
  void items(std::string_view fact, std::vector<Item> items);
  [[nodiscard]] const FactValue* get(std::string_view fact) const { return sheet.facts_.get(fact); }
  [[nodiscard]] std::optional<double> number(std::string_view fact) const;
  [[nodiscard]] std::optional<std::int64_t> whole(std::string_view fact) const;
  [[nodiscard]] std::string text(std::string_view fact) const;
  [[nodiscard]] const SheetTables& tables() const { return sheet.tables_; }
  [[nodiscard]] const Config& config() const { return sheet.config_; }
  // An item that stands on a key path of the checked file.
  [[nodiscard]] Item item_at(const std::string& key, std::string value = {}, std::string other = {}) const;

  JobSheet& sheet;
  const CheckContext& context;
  const CheckOptions& options;
};

// hardware.*, calc.world and the other products of degrees; context words; versions.
void add_hardware_facts(SheetWriter& writer);
// model.* of the context, the table, or a config.json that the config names; the model for estimates.
std::optional<Model> add_model_facts_of(SheetWriter& writer);
// calc.*: arithmetic over what is known.
void add_arithmetic_facts(SheetWriter& writer);
// estimate.*, device.*: berth's own estimate on the hardware.
void add_estimate_facts(SheetWriter& writer, std::optional<Model> model);
// k8s.*, mpi.*, tpu.*, ray.*, tf.*, shell.*
void add_cluster_facts(SheetWriter& writer);
// Key lists of formats that have none: the keys that berth itself reads. Nothing else is known of such a format, so
// only a slip of the pen next to one of these is told.
void derive_key_lists(SheetTables& tables);
// keys.*: keys that the format's tool doesn't know.
void add_key_facts(SheetWriter& writer);

}  // namespace berth::checking
