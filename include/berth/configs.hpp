/// Training configs: one reader per format, all ending in the same neutral fields with source spans.
///
/// What is read is what the file says. Nothing is judged here (that is `check`), nothing is guessed: a
/// value that stands outside the file, or that can't be worked out from it, says so. The formats
/// themselves are data: rules/configs/*.json (docs/guide/configs.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "berth/result.hpp"
#include "berth/source_file.hpp"
#include "berth/workload.hpp"

namespace berth {

/// What a file turned out to be. kFragment: part of a whole (a Hydra group, a model file, a gpt-neox
/// set's member). kTemplate: its structure is made by a template engine or it holds bare placeholders.
/// kOther: readable, and none of the formats known here. kUnparsable: no YAML, JSON or TOML.
enum class ConfigKind : std::uint8_t { kConfig, kFragment, kTemplate, kOther, kUnparsable };
const char* to_string(ConfigKind kind);

struct Detection {
  ConfigKind kind = ConfigKind::kOther;
  std::string ecosystem;              ///< id of the format; fragments: of the format it is a part of, or empty
  std::vector<std::string> evidence;  ///< keys that decided; kOther: the first keys, which decided nothing
  std::vector<std::string> others;    ///< further formats whose keys it has
  std::string why;                    ///< one sentence, for all kinds but kConfig
  SourceSpan span;                    ///< templates, unparsable: where reading stopped

  /// The word of a result: the ecosystem of a config, else "fragment", "template", "other", "unparsable".
  [[nodiscard]] std::string answer() const;
};

/// What is known of a value.
enum class ValueState : std::uint8_t {
  kGiven,       ///< the file says it
  kComputed,    ///< follows from other values of the file by arithmetic; `note` says how
  kDefault,     ///< not in the file: the framework's default, with its source in `note`
  kNull,        ///< the key is there and empty: the framework's default, whatever it is
  kAuto,        ///< "auto": another tool fills it in
  kDerive,      ///< -1 and the like: the framework works it out, `note` says from what
  kOutside,     ///< comes from outside the file (launcher, command line, "???"); `note` says where
  kUnresolved,  ///< interpolated, and what it refers to is not in the file
  kUnread,      ///< written in a way that is not understood; `note` says what was expected
};
/// "given", "computed", "default", "null", "auto", "derive", "outside", "interpolated", "unread".
const char* to_string(ValueState state);

/// The same type as FactValue of rules.hpp. std::monostate: no value.
using ConfigScalar = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// One neutral field. It has a value in the states kGiven, kComputed and kDefault, and else none.
struct ConfigField {
  std::string path;  ///< "job.micro_batch": the workload document's path, or config.*, model.*
  ValueState state = ValueState::kGiven;
  ConfigScalar value;
  std::string key;        ///< the file's own key path: "train.micro_batch_size"; the first, if it took several
  SourceSpan key_span;    ///< of the key; line 0 when there is none (kDefault, kOutside)
  SourceSpan value_span;  ///< of the value
  std::string note;
};

enum class TrapKind : std::uint8_t {
  kDuplicateKey,  ///< the last one wins; `other` is the first
  kNumberAsText,  ///< "8"
  kFloatAsText,   ///< 1e-5 without dot: YAML 1.1 reads a text; the tool converts it (see `tool_converts`) or not
  kBadNumber,     ///< 1.0e_8: looks like a number and is none
  kBoolAsText,    ///< "false" where a bool is meant
  kNullAsText,    ///< "None", "null"
  kWordAsBool,    ///< unquoted no/on/off where a word is meant
  kOctal,         ///< 010 is 8
  kSexagesimal,   ///< 1:30 is 90
  kMandatory,     ///< "???"
  kUnresolved,    ///< ${…} that refers outside the file
  kCycle,         ///< ${…} that leads back to itself
};
const char* to_string(TrapKind kind);

/// A way of writing that may not mean what it seems to. Whether it harms is for rules to say.
struct ConfigTrap {
  TrapKind kind = TrapKind::kDuplicateKey;
  std::string key;             ///< key path
  SourceSpan span;             ///< of the value; duplicates: of the last key
  SourceSpan other;            ///< duplicates: of the first key
  std::string text;            ///< as written
  std::string instead;         ///< how to write it, or empty
  bool tool_converts = false;  ///< the format's own tool reads what was meant
};

/// A key that names another file or object, which must be read together with this one.
struct ConfigLink {
  std::string role;    ///< "deepspeed", "accelerate", "base_config", "runtime", "config", "dataset"
  std::string key;     ///< key path
  std::string target;  ///< path or name as written
  SourceSpan span;
  bool read = false;  ///< it was found and its fields are in `fields`
};

/// The document behind a Config: its tree and text (src/configs/config_tree.hpp).
class ConfigTree;

/// One document of one file.
struct Config {
  std::string file;
  int document = 1;  ///< of a file of several documents, from 1
  Detection detection;
  std::vector<ConfigField> fields;  ///< in path order
  std::vector<ConfigTrap> traps;    ///< in document order
  std::vector<ConfigLink> links;    ///< in document order
  bool partial = false;             ///< absent keys may be set elsewhere (Hydra defaults, base file not found)
  std::string partial_why;
  std::shared_ptr<const ConfigTree> tree;  ///< never null; an empty object for what couldn't be parsed
  /// What `links` led to (a DeepSpeed file, a base config), each with its own file, tree and traps.
  std::vector<Config> linked;

  /// nullptr when the file says nothing of it and no default is known.
  [[nodiscard]] const ConfigField* find(std::string_view path) const;
};

/// One row of the support table.
struct ConfigFormat {
  std::string id;                    ///< "axolotl"
  std::string title;                 ///< "Axolotl"
  std::string syntaxes;              ///< "YAML"
  std::string evidence;              ///< how it is recognised, in words
  std::string read;                  ///< "fields" or "recognised"
  std::string override_form;         ///< how its command line overrides the file: "key=value"
  std::string trainer;               ///< job.trainer of such jobs, for estimates: "transformers"; empty unknown
  std::string unsaid_shard;          ///< config.shard of a file that doesn't say it; empty: the launcher decides
  std::vector<std::string> fields;   ///< neutral fields that can come from the file
  std::vector<std::string> outside;  ///< neutral fields that stand outside the file
};

/// The tables of rules/configs/. Immutable after loading; may be shared between threads.
class ConfigFormats {
 public:
  /// Picks the files of schema berth/config-format/v1 out of `files`.
  /// Errors: kInvalid, located.
  static Result<ConfigFormats> load(std::span<const SourceFile> files);
  ConfigFormats(ConfigFormats&&) noexcept;
  ConfigFormats& operator=(ConfigFormats&&) noexcept;
  ~ConfigFormats();

  [[nodiscard]] std::span<const ConfigFormat> formats() const;  ///< in order of recognition

  struct State;
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  explicit ConfigFormats(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct ReadConfigOptions {
  /// Text of a file that a config names, by the path as written; nullopt: not to be had. Empty: no file
  /// is followed.
  std::function<std::optional<std::string>(const std::string& path)> resolve;
  /// Larger texts are answered as kUnparsable.
  std::size_t max_bytes = std::size_t{16} << 20U;
};

/// Reads one file: recognises each document by its content and maps it to the neutral fields.
/// Never fails: what can't be read is answered as such. The result has at least one Config.
/// @param name  for spans; it decides nothing, except that ".toml", ".json" and ".sh" are tried first
/// Cost: linear in the text; memory is bounded by a multiple of max_bytes. Thread-safe.
std::vector<Config> read_configs(std::string_view text, std::string_view name, const ConfigFormats& formats,
                                 const ReadConfigOptions& options = {});

/// Fills unset fields of `config` from `other` (an accelerate file, a SkyPilot task, a runtime), which
/// then stands in config.linked. Fields that both give stay; where they differ is for rules to say.
void pair_config(Config& config, const Config& other);

/// The workload that the fields describe, for estimates: what is unknown is left out, so is the model
/// (its id is in config.model_id). Keys and places are in Workload::given. Defaults count as given.
Workload to_workload(const Config& config);
/// The ZeRO stage that shards as much as a word of config.shard: "fsdp" is 3, "ddp" 0.
int zero_stage_of(std::string_view shard);

}  // namespace berth
