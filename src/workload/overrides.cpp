#include <fmt/format.h>

#include "core/text.hpp"
#include "workload/sections.hpp"

namespace berth {
namespace {

// The member `key` of `object`, made when absent.
Node& member_of(Node& object, std::string_view key) {
  for (Member& member : object.as_object()) {
    if (member.key == key) return member.value;
  }
  object.as_object().push_back(Member{std::string(key), 0, 0, Node()});
  return object.as_object().back().value;
}

// Values from the command line have no place in the document.
void forget_place(Node& node) {
  node.line = 0;
  node.column = 0;
  if (node.is(Node::Kind::kArray)) {
    for (Node& item : node.as_array()) forget_place(item);
  } else if (node.is(Node::Kind::kObject)) {
    for (Member& member : node.as_object()) {
      member.line = 0;
      member.column = 0;
      forget_place(member.value);
    }
  }
}

}  // namespace

Status apply_override(Node& root, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return fail(ErrorCode::kInvalid, fmt::format("'{}' is no assignment", shorten(assignment)),
                "write --set job.micro_batch=32");
  }
  Result<Node> value = parse_scalar_or_flow(assignment.substr(equals + 1), "--set");
  if (!value) return tl::unexpected<Error>(value.error());
  forget_place(*value);
  std::string_view path = assignment.substr(0, equals);
  Node* at = &root;
  while (true) {
    if (at->is(Node::Kind::kNull)) *at = Node(Node::Object{});
    if (!at->is(Node::Kind::kObject)) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("'{}' leads through something that is no object", shorten(assignment)),
                  "name a key of the workload document");
    }
    const auto dot = path.find('.');
    at = &member_of(*at, path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path = path.substr(dot + 1);
  }
  *at = std::move(*value);
  return {};
}

}  // namespace berth
