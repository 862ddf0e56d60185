#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "rules/loader.hpp"

namespace berth {
namespace {

// FNV-1a, 64 bit: http://www.isthe.com/chongo/tech/comp/fnv/
std::uint64_t hash_of(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return (hash ^ 0xFFU) * 0x100000001b3ULL;  // so that name and text can't run together
}

}  // namespace

std::string hash_files(std::vector<const SourceFile*> files) {
  std::sort(files.begin(), files.end(), [](const SourceFile* a, const SourceFile* b) { return a->name < b->name; });
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const SourceFile* file : files) hash = hash_of(hash_of(hash, file->name), file->text);
  return fmt::format("{:016x}", hash);
}

namespace {

enum class FileKind : std::uint8_t { kFacts, kDecisions, kRules, kOther };

struct KindOfFile {
  std::string_view schema;
  FileKind kind;
};
using Kinds = std::span<const KindOfFile>;
constexpr std::array<KindOfFile, 3> kRecommendKinds = {{{"berth/rules/v1", FileKind::kRules},
                                                        {"berth/facts/v1", FileKind::kFacts},
                                                        {"berth/decisions/v1", FileKind::kDecisions}}};
constexpr std::array<KindOfFile, 3> kCheckKinds = {{{"berth/check-rules/v1", FileKind::kRules},
                                                    {"berth/facts/v1", FileKind::kFacts},
                                                    {"berth/check-facts/v1", FileKind::kFacts}}};

// Files of other kinds (catalogs, JSON Schemas) are not even parsed.
bool may_be_of(const SourceFile& file, Kinds kinds) {
  if (file.name.starts_with("schema/")) return false;
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](const KindOfFile& kind) { return file.text.find(kind.schema) != std::string::npos; });
}

FileKind kind_of(const Node& root, Kinds kinds) {
  const Node* schema = root.find("schema");
  if (!schema || !schema->is(Node::Kind::kString)) return FileKind::kOther;
  for (const KindOfFile& kind : kinds) {
    if (schema->as_string() == kind.schema) return kind.kind;
  }
  return FileKind::kOther;
}

}  // namespace

const CompiledRule* RuleSet::State::compiled_of(const Rule& rule) const {
  const auto found = std::lower_bound(rules.begin(), rules.end(), rule.id,
                                      [](const Rule& r, const std::string& id) { return r.id < id; });
  if (found == rules.end() || found->id != rule.id) return nullptr;
  return &compiled[static_cast<std::size_t>(found - rules.begin())];
}

RuleSet::RuleSet(std::unique_ptr<State> state) : state_(std::move(state)) {}
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;
RuleSet::~RuleSet() = default;

Status read_set(std::span<const SourceFile> files, RuleFamily family, RuleSet::State& state,
                std::vector<RuleFault>& faults) {
  const Kinds kinds = family == RuleFamily::kCheck ? Kinds(kCheckKinds) : Kinds(kRecommendKinds);
  std::vector<const SourceFile*> read;
  std::vector<RuleFile> rule_files;
  for (const SourceFile& file : files) {
    if (!may_be_of(file, kinds)) continue;
    Result<Node> root = parse_document(file.text, file.name);
    if (!root) return tl::unexpected<Error>(root.error());
    RuleFile parsed{file.name, std::move(*root)};
    const FileKind kind = kind_of(parsed.root, kinds);
    if (kind == FileKind::kOther) continue;
    read.push_back(&file);
    Status status;
    if (kind == FileKind::kFacts) status = read_facts(parsed, state.facts);
    if (kind == FileKind::kDecisions) status = read_decisions(parsed, state.decisions);
    if (!status) return status;
    if (kind == FileKind::kRules) rule_files.push_back(std::move(parsed));
  }
  if (const Status status = declare_facts(state); !status) return status;
  std::vector<WrittenRule> written;
  for (const RuleFile& file : rule_files) {
    if (const Status status = read_rules(file, written, faults); !status) return status;
  }
  compile_rules(std::move(written), state, faults);
  state.hash = hash_files(std::move(read));
  return {};
}

Result<RuleSet> RuleSet::load(std::span<const SourceFile> files, RuleFamily family) {
  auto state = std::make_unique<State>();
  std::vector<RuleFault> faults;
  if (const Status status = read_set(files, family, *state, faults); !status)
    return tl::unexpected<Error>(status.error());
  if (!faults.empty()) return tl::unexpected<Error>(faults.front().error);
  return RuleSet(std::move(state));
}

std::span<const Rule> RuleSet::rules() const {
  return state_->rules;
}
std::span<const FactInfo> RuleSet::facts() const {
  return state_->facts;
}
const std::string& RuleSet::hash() const {
  return state_->hash;
}

const Rule* RuleSet::find(std::string_view id_or_name) const {
  const auto found = std::find_if(state_->rules.begin(), state_->rules.end(),
                                  [&](const Rule& rule) { return rule.id == id_or_name || rule.name == id_or_name; });
  return found == state_->rules.end() ? nullptr : &*found;
}

}  // namespace berth
