#include "berth/measurements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/fields.hpp"
#include "core/json.hpp"
#include "workload/sections.hpp"

namespace berth {
namespace {

constexpr std::string_view kSchema = "berth/measurements/v1";

// RFC 7396.
void merge(Node& base, const Node& patch) {
  if (!patch.is(Node::Kind::kObject)) {
    base = patch;
    return;
  }
  if (!base.is(Node::Kind::kObject)) base = Node(Node::Object{});
  Node::Object& members = base.as_object();
  for (const Member& member : patch.as_object()) {
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == member.key; });
    if (member.value.is(Node::Kind::kNull)) {
      if (found != members.end()) members.erase(found);
    } else if (found != members.end()) {
      merge(found->value, member.value);
    } else {
      members.push_back(member);
    }
  }
}

Json json_of(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kNull: return nullptr;
    case Node::Kind::kBool: return node.as_bool();
    case Node::Kind::kInt: return node.as_int();
    case Node::Kind::kDouble: return node.as_double();
    case Node::Kind::kString: return node.as_string();
    case Node::Kind::kArray: {
      Json out = Json::array();
      for (const Node& item : node.as_array()) out.push_back(json_of(item));
      return out;
    }
    case Node::Kind::kObject: break;
  }
  std::vector<const Member*> members;
  for (const Member& member : node.as_object()) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->key < b->key; });
  Json out = Json::object();
  for (const Member* member : members) out[member->key] = json_of(member->value);
  return out;
}

// Equal for documents that differ in name and cluster only.
std::string work_text(const Node& document) {
  Node::Object rest;
  for (const Member& member : document.as_object()) {
    if (member.key != "name" && member.key != "cluster") rest.push_back(member);
  }
  return json_text(json_of(Node(std::move(rest))), -1);
}

struct State {
  std::string source, family, fold, reference;
  Node document;
};

void read_truth(Fields& fields, const Node& node, std::string_view key, Figure figure, std::vector<Measured>& out) {
  const Node* value = fields.child(key);
  if (value == nullptr || !fields.ok()) return;
  Measured row{figure, 0, 0};
  if (value->is_number()) {
    row.low = row.high = value->number();
  } else if (value->is(Node::Kind::kArray) && value->as_array().size() == 2 && value->as_array()[0].is_number() &&
             value->as_array()[1].is_number()) {
    row.low = value->as_array()[0].number();
    row.high = value->as_array()[1].number();
  } else {
    fields.fail_at(*value, fmt::format("'{}' must be a number or [low, high], found {}", key, describe(*value)));
    return;
  }
  if (!(row.low > 0) || row.high < row.low) {
    fields.fail_at(node, fmt::format("'{}' must be above zero, its low end first", key));
    return;
  }
  out.push_back(row);
}

Status read_measured(const Node& node, std::string_view file, Measurement& out) {
  Fields fields(node, file, "measured");
  const bool serves = out.workload.job.task == Task::kServe;
  read_truth(fields, node, "tokens_per_s", serves ? Figure::kDecodeTokensPerS : Figure::kTokensPerS, out.measured);
  read_truth(fields, node, "items_per_s", serves ? Figure::kItemsPerS : Figure::kTrainItemsPerS, out.measured);
  read_truth(fields, node, "step_s", Figure::kStepS, out.measured);
  read_truth(fields, node, "latency_s", Figure::kLatencyS, out.measured);
  read_truth(fields, node, "ttft_s", Figure::kTtftS, out.measured);
  read_truth(fields, node, "tpot_s", Figure::kTpotS, out.measured);
  read_truth(fields, node, "memory_bytes", Figure::kMemory, out.measured);
  fields.read("fits", out.fits);
  if (fields.ok() && out.measured.empty() && !out.fits) {
    fields.fail_at(node, "'measured' holds nothing",
                   "give one of tokens_per_s, items_per_s, step_s, latency_s, ttft_s, tpot_s, memory_bytes, fits");
  }
  return fields.finish();
}

Status read_common(const Node& node, std::string_view file, State& state) {
  Fields fields(node, file, "common");
  fields.read("reference", state.reference);
  if (const Node* document = fields.child("document"); document != nullptr) state.document = *document;
  return fields.finish();
}

Status read_header(const Node& node, std::string_view file, State& state) {
  Fields fields(node, file, "");
  State fresh;
  std::string schema;
  std::string doc;
  std::string retrieved;
  fields.read("schema", schema);
  fields.read("source", fresh.source);
  fresh.family = fresh.source;
  fields.read("family", fresh.family);
  fresh.fold = fresh.family;
  fields.read("fold", fresh.fold);
  fields.read("reference", fresh.reference);
  fields.read("doc", doc);
  fields.read("retrieved", retrieved);
  if (fields.ok() && schema != kSchema) fields.fail_at(node, fmt::format("'schema' must be \"{}\"", kSchema));
  if (fields.ok() && fresh.source.empty()) fields.fail_at(node, "'source' is missing", "name the source");
  if (Status status = fields.finish(); !status) return status;
  state = std::move(fresh);
  return {};
}

Result<Measurement> read_measurement(const Node& node, std::string_view file, const State& state,
                                     const Catalog& catalog) {
  Fields fields(node, file, "");
  Measurement out;
  out.source = state.source;
  out.family = state.family;
  out.fold = state.fold;
  std::string at;
  fields.read("id", out.id);
  fields.read("fold", out.fold);
  fields.read("at", at);
  out.reference = state.reference + (at.empty() ? "" : ", " + at);
  Node document = state.document;
  if (const Node* own = fields.child("document"); own != nullptr) merge(document, *own);
  const Node* measured = fields.child("measured");
  if (fields.ok() && measured == nullptr) fields.fail_at(node, "'measured' is missing");
  if (Status status = fields.finish(); !status) return tl::unexpected(status.error());
  if (!document.is(Node::Kind::kObject)) {
    fields.fail_at(node, "'document' is missing", "give the workload document, whole or over a \"common\" line");
    return tl::unexpected(fields.finish().error());
  }
  Result<Workload> workload = read_workload(document, file, catalog, {});
  if (!workload) return tl::unexpected(workload.error());
  out.workload = std::move(*workload);
  out.workload.name = out.id;
  out.workload.given.clear();
  if (!out.workload.cluster) {
    return fail(ErrorCode::kIncomplete, "'document.cluster' is not given", "give the hardware that was measured",
                fields.span_of(node));
  }
  if (Status status = read_measured(*measured, file, out); !status) return tl::unexpected(status.error());
  out.work = work_text(document);
  return out;
}

Error placed(Error error, const std::string& file, int line) {
  error.span.file = file;
  error.span.line = line;
  return error;
}

}  // namespace

const char* to_string(Figure figure) {
  constexpr std::array<const char*, kFigures> kNames{
      "decode_tokens_per_s", "items_per_s", "latency_s",         "memory", "step_s",
      "tokens_per_s",        "tpot_s",      "train_items_per_s", "ttft_s"};
  return kNames[static_cast<std::size_t>(figure)];
}

Result<std::vector<Measurement>> load_measurements(const SourceFile& file, const Catalog& catalog) {
  std::vector<Measurement> out;
  State state;
  int number = 0;
  std::string_view rest = file.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Result<Node> node = parse_document(line, file.name, Syntax::kJson);
    if (!node) return tl::unexpected(placed(node.error(), file.name, number));
    Status status;
    if (node->find("schema") != nullptr) {
      status = read_header(*node, file.name, state);
    } else if (state.source.empty()) {
      status = fail(ErrorCode::kInvalid, "the file doesn't begin with a source",
                    fmt::format("begin with {{\"schema\":\"{}\",\"source\":\"own runs\"}}", kSchema));
    } else if (const Node* common = node->find("common"); common != nullptr) {
      status = read_common(*common, file.name, state);
    } else {
      Result<Measurement> row = read_measurement(*node, file.name, state, catalog);
      if (row) {
        out.push_back(std::move(*row));
      } else {
        status = tl::unexpected(row.error());
      }
    }
    if (!status) return tl::unexpected(placed(status.error(), file.name, number));
  }
  return out;
}

}  // namespace berth
