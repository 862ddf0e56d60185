// Facts and decisions: the two files that say what rules may speak of.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "rules/loader.hpp"

namespace berth {
namespace {

constexpr std::array<std::pair<std::string_view, FactType>, 6> kTypes = {{{"bool", FactType::kBool},
                                                                          {"int", FactType::kInt},
                                                                          {"double", FactType::kDouble},
                                                                          {"string", FactType::kString},
                                                                          {"enum", FactType::kEnum},
                                                                          {"list(string)", FactType::kStringList}}};
constexpr std::array<std::pair<std::string_view, Scope>, 2> kScopes = {
    {{"workload", Scope::kWorkload}, {"candidate", Scope::kCandidate}}};
constexpr std::array<std::pair<std::string_view, HitPolicy>, 5> kPolicies = {{{"score", HitPolicy::kScore},
                                                                              {"unique", HitPolicy::kUnique},
                                                                              {"priority", HitPolicy::kPriority},
                                                                              {"any", HitPolicy::kAny},
                                                                              {"collect", HitPolicy::kCollect}}};

void read_domain(Fields& fields, FactInfo& info) {
  const Node* domain = fields.child("domain");
  if (!domain) return;
  const bool pair = domain->is(Node::Kind::kArray) && domain->as_array().size() == 2;
  if (!pair) return fields.fail_at(*domain, "a domain is [least, greatest]", "null leaves an end open");
  const auto end = [&](const Node& node, std::optional<double>& out) {
    if (node.is_number())
      out = node.number();
    else if (!node.is(Node::Kind::kNull))
      fields.fail_at(node, fmt::format("expected a number, found {}", describe(node)));
  };
  end(domain->as_array()[0], info.min);
  end(domain->as_array()[1], info.max);
}

Result<FactInfo> read_fact(const Node& node, std::string_view file, const std::string& path) {
  FactInfo info;
  info.path = path;
  info.mutable_by = "none";
  Fields fields(node, file, "facts." + path);
  fields.read_word("type", info.type, std::span<const std::pair<std::string_view, FactType>>(kTypes));
  if (!fields.child("type")) fields.fail_at(node, fmt::format("the fact {} has no type", path));
  fields.read("values", info.values);
  read_domain(fields, info);
  fields.read("unit", info.unit);
  fields.read("doc", info.doc);
  fields.read("ask", info.ask);
  constexpr std::array<std::string_view, 4> kMutable = {"none", "user", "derived", "catalog"};
  std::optional<std::string> mutable_by;
  fields.read_word("mutable", mutable_by, std::span<const std::string_view>(kMutable));
  if (mutable_by) info.mutable_by = *mutable_by;
  fields.read("change_cost", info.change_cost, kNotNegative);
  if (fields.ok() && info.type == FactType::kEnum && info.values.empty()) {
    fields.fail_at(node, fmt::format("the enum {} has no values", path), "list its words under \"values\"");
  }
  const Status status = fields.finish();
  if (!status) return tl::unexpected<Error>(status.error());
  return info;
}

const cel::Type* type_of(const FactInfo& info, cel::TypePool& types) {
  using cel::Type;
  switch (info.type) {
    case FactType::kBool: return cel::TypePool::basic(Type::Kind::kBool);
    case FactType::kInt: return cel::TypePool::basic(Type::Kind::kInt);
    case FactType::kDouble: return cel::TypePool::basic(Type::Kind::kDouble);
    case FactType::kEnum:
    case FactType::kString:
      return info.values.empty() ? cel::TypePool::basic(Type::Kind::kString) : types.word(&info.values);
    default:
      return types.list(info.values.empty() ? cel::TypePool::basic(Type::Kind::kString) : types.word(&info.values));
  }
}

}  // namespace

Status read_facts(const RuleFile& file, std::vector<FactInfo>& facts) {
  Fields fields(file.root, file.name, "");
  std::string text;
  fields.read("schema", text);
  fields.read("doc", text);
  fields.read("$schema", text);
  const Node* list = fields.child("facts");
  if (const Status status = fields.finish(); !status) return status;
  if (!list || !list->is(Node::Kind::kObject))
    return fail(ErrorCode::kInvalid, "\"facts\" must be an object from paths to facts", {},
                {file.name, file.root.line, file.root.column, 0, 0});
  for (const Member& member : list->as_object()) {
    Result<FactInfo> info = read_fact(member.value, file.name, member.key);
    if (!info) return tl::unexpected<Error>(info.error());
    facts.push_back(std::move(*info));
  }
  return {};
}

Status declare_facts(RuleSet::State& state) {
  std::sort(state.facts.begin(), state.facts.end(),
            [](const FactInfo& a, const FactInfo& b) { return a.path < b.path; });
  const auto twice = std::adjacent_find(state.facts.begin(), state.facts.end(),
                                        [](const FactInfo& a, const FactInfo& b) { return a.path == b.path; });
  if (twice != state.facts.end())
    return fail(ErrorCode::kInvalid, fmt::format("the fact {} is declared twice", twice->path), "keep one of the two");
  for (const FactInfo& info : state.facts) {
    state.slot_ids.push_back(state.environment.declare(info.path, type_of(info, state.types), info.unit));
    state.list_of.push_back(state.lists);
    if (info.type == FactType::kStringList) ++state.lists;
  }
  return {};
}

Status read_decisions(const RuleFile& file, std::vector<DecisionInfo>& decisions) {
  Fields fields(file.root, file.name, "");
  std::string text;
  fields.read("schema", text);
  fields.read("doc", text);
  fields.read("$schema", text);
  const Node* list = fields.child("decisions");
  if (const Status status = fields.finish(); !status) return status;
  if (!list || !list->is(Node::Kind::kArray))
    return fail(ErrorCode::kInvalid, "\"decisions\" must be a list", {},
                {file.name, file.root.line, file.root.column, 0, 0});
  for (std::size_t i = 0; i < list->as_array().size(); ++i) {
    const Node& node = list->as_array()[i];
    Fields row(node, file.name, fmt::format("decisions[{}]", i));
    DecisionInfo info;
    row.read("dimension", info.dimension);
    row.read_word("scope", info.scope, std::span<const std::pair<std::string_view, Scope>>(kScopes));
    row.read_word("hit_policy", info.policy, std::span<const std::pair<std::string_view, HitPolicy>>(kPolicies));
    row.read("options", info.options);
    row.read("doc", info.doc);
    info.span = row.span_of(node);
    read_allowances(row, file.name, info.allow);
    if (row.ok() && info.dimension.empty()) row.fail_at(node, "a decision needs a \"dimension\"");
    if (row.ok() && info.options.empty())
      row.fail_at(node, fmt::format("the dimension {} has no options", info.dimension));
    for (const DecisionInfo& other : decisions) {
      if (other.dimension == info.dimension)
        row.fail_at(node, fmt::format("the dimension {} is declared twice", info.dimension));
    }
    if (const Status status = row.finish(); !status) return status;
    decisions.push_back(std::move(info));
  }
  return {};
}

Result<FactValue> read_fact_value(const Node& node, const FactInfo& info, std::string_view file) {
  FactValue value;
  switch (node.kind()) {
    case Node::Kind::kBool: value = node.as_bool(); break;
    case Node::Kind::kInt: value = node.as_int(); break;
    case Node::Kind::kDouble: value = node.as_double(); break;
    case Node::Kind::kString: value = node.as_string(); break;
    case Node::Kind::kArray: {
      std::vector<std::string> words;
      for (const Node& item : node.as_array()) {
        if (!item.is(Node::Kind::kString)) {
          return fail(ErrorCode::kInvalid, fmt::format("{}: a list of texts holds {}", info.path, describe(item)), {},
                      {std::string(file), item.line, item.column, 0, 0});
        }
        words.push_back(item.as_string());
      }
      value = std::move(words);
      break;
    }
    case Node::Kind::kObject:
      return fail(ErrorCode::kInvalid, fmt::format("{} is an object", info.path),
                  "a fact is a single value or a list of texts", {std::string(file), node.line, node.column, 0, 0});
    default: break;
  }
  Result<FactValue> fitted = fit(info, std::move(value));
  if (!fitted) fitted.error().span = {std::string(file), node.line, node.column, 0, 0};
  return fitted;
}

}  // namespace berth
