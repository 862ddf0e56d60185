#include "check/details.hpp"

#include <fmt/format.h>

#include "core/fields.hpp"
#include "rules/state.hpp"

namespace berth::checking {
namespace {

class DetailReader {
 public:
  DetailReader(const SourceFile& file, const RuleSet& rules) : file_(file), rules_(rules) {}

  Result<RuleDetails> read(const Rule& rule, const Node& node) {
    RuleDetails out;
    out.doc.fix = rule.fix;
    if (rule.message.empty()) return error(node, rule.id + ": a check rule needs a \"message\"");
    Status status = compile(rule.message, node, out.message);
    if (status) status = compile(rule.fix, node, out.fix);
    const Node* check = node.find("check");
    if (status && check == nullptr) return error(node, rule.id + ": a check rule needs \"check\"");
    if (status) status = read_check(rule, *check, out);
    if (!status) return tl::unexpected<Error>(status.error());
    return out;
  }

 private:
  tl::unexpected<Error> error(const Node& at, std::string message, std::string fix = {}) const {
    return fail(ErrorCode::kInvalid, std::move(message), std::move(fix), {file_.name, at.line, at.column, 0, 0});
  }

  Status compile(const std::string& text, const Node& node, Message& out) const {
    Result<Message> message = Message::compile(text, rules_.state().environment);
    if (!message) return error(node, fmt::format("in \"{}\": {}", text, message.error().message), message.error().fix);
    out = std::move(*message);
    return {};
  }

  Status known(const std::string& fact, const Node& node, bool item_too) const {
    if (item_too && fact == "item") return {};
    const Result<std::uint32_t> slot = slot_of(rules_.state(), fact);
    if (!slot) return error(node, slot.error().message, slot.error().fix);
    return {};
  }

  Status read_check(const Rule& rule, const Node& node, RuleDetails& out) {
    Fields fields(node, file_.name, rule.id + ".check");
    fields.read("at", out.at);
    fields.read("each", out.each);
    fields.read("safe", out.doc.safe);
    fields.read("why", out.doc.why);
    fields.read("error", out.doc.error);
    fields.read("bad", out.doc.bad);
    fields.read("good", out.doc.good);
    const Node* edits = fields.child("edits");
    if (const Status status = fields.finish(); !status) return status;
    for (const std::string& fact : out.at) {
      if (const Status status = known(fact, node, false); !status) return status;
    }
    if (!out.each.empty()) {
      if (const Status status = known(out.each, node, false); !status) return status;
    }
    if (edits == nullptr) return {};
    if (!edits->is(Node::Kind::kArray)) return error(*edits, rule.id + ": \"edits\" must be a list");
    for (const Node& edit : edits->as_array()) {
      if (const Status status = read_edit(edit, out); !status) return status;
    }
    return {};
  }

  Status read_edit(const Node& node, RuleDetails& out) {
    Fields fields(node, file_.name, "edits");
    std::string set;
    std::string remove;
    std::string rename;
    std::string to;
    fields.read("set", set);
    fields.read("remove", remove);
    fields.read("rename", rename);
    fields.read("to", to);
    if (const Status status = fields.finish(); !status) return status;
    RuleEdit edit;
    edit.fact = !set.empty() ? set : !remove.empty() ? remove : rename;
    edit.kind = !set.empty() ? EditKind::kSet : !remove.empty() ? EditKind::kRemove : EditKind::kRename;
    if (edit.fact.empty()) return error(node, "an edit needs \"set\", \"remove\" or \"rename\"");
    if (edit.kind != EditKind::kRemove && to.empty()) return error(node, "an edit needs \"to\"");
    if (const Status status = known(edit.fact, node, !out.each.empty()); !status) return status;
    if (const Status status = compile(to, node, edit.to); !status) return status;
    out.edits.push_back(std::move(edit));
    return {};
  }

  const SourceFile& file_;
  const RuleSet& rules_;
};

}  // namespace

Result<std::map<std::string, RuleDetails>> load_details(std::span<const SourceFile> files, const RuleSet& rules) {
  std::map<std::string, RuleDetails> out;
  for (const SourceFile& file : files) {
    if (file.name.starts_with("schema/") || file.text.find("berth/check-rules/v1") == std::string::npos) continue;
    const Result<Node> root = parse_document(file.text, file.name);
    if (!root) return tl::unexpected<Error>(root.error());
    const Node* list = root->find("rules");
    if (list == nullptr || !list->is(Node::Kind::kArray)) continue;
    DetailReader reader(file, rules);
    for (const Node& node : list->as_array()) {
      const Node* id = node.find("id");
      const Rule* rule = id != nullptr && id->is(Node::Kind::kString) ? rules.find(id->as_string()) : nullptr;
      if (rule == nullptr) continue;
      Result<RuleDetails> details = reader.read(*rule, node);
      if (!details) return tl::unexpected<Error>(details.error());
      out.emplace(rule->id, std::move(*details));
    }
  }
  return out;
}

}  // namespace berth::checking
