#include <fmt/format.h>

#include <array>

#include "core/fields.hpp"
#include "model/model_document.hpp"
#include "workload/sections.hpp"
#include "workload/words.hpp"

namespace berth {
namespace {

constexpr std::array<std::string_view, 5> kForms{"file", "transformer", "summary", "operators", "trees"};

// Sizes of the file's dynamic axes: {"batch": 8}.
Status read_dims(const Node& node, std::string_view file, ReadOptions& out) {
  Fields fields(node, file, "model.dims");
  if (!fields.ok()) return fields.finish();
  for (const Member& member : node.as_object()) {
    std::int64_t size = 0;
    fields.read(member.key, size, kPositiveCount);
    if (fields.ok()) out.dims.emplace(member.key, size);
  }
  return fields.finish();
}

Result<Model> read_file(Fields& fields, std::string_view file, const ParseOptions& options) {
  std::string path;
  fields.read("file", path);
  ReadOptions read;
  if (const Node* dims = fields.child("dims"); dims != nullptr) {
    if (Status status = read_dims(*dims, file, read); !status) return tl::unexpected<Error>(status.error());
  }
  if (options.resolve_model == nullptr) {
    return fail(ErrorCode::kUnsupported, "'model.file' can't be followed here", "describe the model in the document");
  }
  const bool relative = !path.starts_with('/') && !options.base_folder.empty();
  return options.resolve_model(relative ? options.base_folder + "/" + path : path, read);
}

Result<Model> read_form(Fields& fields, std::string_view form, const Node& node, std::string_view file,
                        const ParseOptions& options) {
  const std::string path = fmt::format("model.{}", form);
  if (form == "transformer") return read_transformer(node, file, path);
  if (form == "summary") return read_summary(node, file, path);
  if (form == "operators") return read_operators(node, file, path);
  if (form == "trees") return read_trees(node, file, path);
  return read_file(fields, file, options);
}

}  // namespace

Status read_model_section(const Node& node, std::string_view file, const ParseOptions& options, Workload& out) {
  Fields fields(node, file, "model");
  fields.read_word("framework", out.traits.framework, kFrameworks);
  fields.read_word("source_access", out.traits.source_access, kSourceAccess);
  fields.read_word("custom_ops", out.traits.custom_ops, kCustomOps);
  fields.read("unsupported_tpu_ops", out.traits.unsupported_tpu_ops);
  fields.read("needs_high_precision", out.traits.needs_high_precision);
  fields.read("massively_parallel", out.traits.massively_parallel);
  std::string_view given;
  for (const std::string_view form : kForms) {
    const Node* child = fields.child(form);
    if (child == nullptr || !fields.ok()) continue;
    if (!given.empty()) {
      fields.fail_at(*child, fmt::format("both 'model.{}' and 'model.{}' are given", given, form), "keep one of them");
      break;
    }
    given = form;
    Result<Model> model = read_form(fields, form, *child, file, options);
    if (model) {
      out.model = std::move(*model);
    } else {
      Error error = model.error();
      if (error.span.file.empty()) error.span = fields.span_of(*child);
      fields.fail_with(std::move(error));
    }
  }
  if (given != "file" && fields.ok()) {
    if (const Node* dims = fields.child("dims"); dims != nullptr) {
      fields.fail_at(*dims, "'model.dims' sets the dynamic axes of a 'model.file'", "remove it, or give the file");
    }
  }
  return fields.finish();
}

}  // namespace berth
