#include "readers/onnx/file.hpp"

#include <fmt/format.h>

#include <cstring>
#include <functional>

#include "core/text.hpp"
#include "readers/mapped_file.hpp"
#include "readers/onnx/tensor.hpp"

namespace berth::onnx {
namespace {

using protobuf::Bytes;
using protobuf::Field;
using protobuf::Message;
using protobuf::Wire;

// Larger than any model known (the largest decoders have some 100,000 nodes); what is kept of a file is
// then below a gigabyte.
constexpr std::size_t kMostThings = 1'000'000;
constexpr std::size_t kMostNames = 8'000'000;
constexpr int kDeepest = 64;

class Parser {
 public:
  explicit Parser(File& file) : file_(file) {}

  bool model(Bytes bytes) {
    bool has_graph = false;
    const bool good = each(bytes, [&](const Field& f) {
      if (f.is(1, Wire::kVarint)) file_.ir_version = static_cast<std::int64_t>(f.value);
      if (f.is(2, Wire::kBytes)) file_.producer = f.bytes.data;
      if (f.is(8, Wire::kBytes)) return opset(f.bytes, file_.opsets);
      if (f.is(25, Wire::kBytes)) return function(f.bytes);
      if (!f.is(7, Wire::kBytes)) return true;
      if (has_graph) return fail(f.offset, ErrorCode::kInvalid, "a second graph");
      has_graph = true;
      return graph(f.bytes, file_.graph, 0);
    });
    if (good && !has_graph) return fail(0, ErrorCode::kInvalid, "the file holds no graph: it is no ONNX model");
    return good;
  }

  [[nodiscard]] Error take_error() { return std::move(*error_); }

 private:
  bool fail(std::uint64_t offset, ErrorCode code, const std::string& message, std::string fix = {}) {
    if (!error_) error_ = error_at_byte(file_.name, offset, code, message, std::move(fix));
    return false;
  }

  template <class Visit>
  bool each(Bytes bytes, Visit visit) {
    Message message(bytes, file_.name);
    while (const std::optional<Field> field = message.next()) {
      if (!visit(*field)) return false;
    }
    if (message.ok()) return true;
    if (!error_) error_ = message.error();
    return false;
  }

  bool one_more(std::size_t& count, std::size_t most, std::uint64_t offset, const char* what) {
    if (++count <= most) return true;
    return fail(offset, ErrorCode::kLimit, fmt::format("more than {} {}", most, what));
  }

  bool opset(Bytes bytes, std::vector<Opset>& out) {
    if (out.size() >= 1000) return fail(bytes.offset, ErrorCode::kLimit, "more than 1000 opset imports");
    Opset added;
    const bool good = each(bytes, [&](const Field& f) {
      if (f.is(1, Wire::kBytes)) added.domain = f.bytes.data;
      if (f.is(2, Wire::kVarint)) added.version = static_cast<std::int64_t>(f.value);
      return true;
    });
    out.push_back(added);
    return good;
  }

  bool graph(Bytes bytes, Graph& out, int depth) {
    if (depth > kDeepest) {
      return fail(bytes.offset, ErrorCode::kLimit, fmt::format("graphs are nested more than {} deep", kDeepest));
    }
    return each(bytes, [&](const Field& f) {
      if (f.wire != Wire::kBytes) return true;
      switch (f.number) {
        case 1: return node(f, out.nodes.emplace_back(), depth);
        case 2: out.name = f.bytes.data; return true;
        case 5: return tensor(f, [&](const Tensor* t) { out.initializers.push_back(t); });
        case 11: return value_info(f, out.inputs.emplace_back());
        case 12: return value_info(f, out.outputs.emplace_back());
        case 13: return value_info(f, out.values.emplace_back());
        case 15: return sparse(f, out.sparse.emplace_back());
        default: return true;
      }
    });
  }

  bool add_name(const Field& f, std::vector<std::string_view>& out) {
    out.push_back(f.bytes.data);
    return one_more(names_, kMostNames, f.offset, "inputs and outputs of nodes");
  }

  bool node(const Field& field, Node& out, int depth) {
    out.offset = field.offset;
    if (!one_more(nodes_, kMostThings, field.offset, "nodes")) return false;
    return each(field.bytes, [&](const Field& f) {
      if (f.wire != Wire::kBytes) return true;
      switch (f.number) {
        case 1: return add_name(f, out.inputs);
        case 2: return add_name(f, out.outputs);
        case 3: out.name = f.bytes.data; return true;
        case 4: out.op = f.bytes.data; return true;
        case 5: return attribute(f, out.attributes.emplace_back(), depth);
        case 7: out.domain = f.bytes.data == "ai.onnx" ? std::string_view() : f.bytes.data; return true;
        default: return true;
      }
    });
  }

  bool attribute(const Field& field, Attribute& out, int depth) {
    out.message = field.bytes;
    if (!one_more(attributes_, kMostNames, field.offset, "attributes")) return false;
    return each(field.bytes, [&](const Field& f) {
      switch (f.number) {
        case 1: out.name = f.bytes.data; return true;
        case 2: {
          const auto bits = static_cast<std::uint32_t>(f.value);
          std::memcpy(&out.f, &bits, sizeof out.f);
          return true;
        }
        case 3: out.i = static_cast<std::int64_t>(f.value); return true;
        case 4: out.s = f.bytes.data; return true;
        case 5: return f.wire != Wire::kBytes || tensor(f, [&](const Tensor* t) { out.tensor = t; });
        case 10: return f.wire != Wire::kBytes || tensor(f, [](const Tensor*) {});
        case 6:
        case 11: return f.wire != Wire::kBytes || subgraph(f.bytes, out, depth);
        case 21: out.refers_to = f.bytes.data; return true;
        case 22: return f.wire != Wire::kBytes || sparse_attribute(f, out);
        default: return true;
      }
    });
  }

  bool subgraph(Bytes bytes, Attribute& out, int depth) {
    if (!one_more(graphs_, kMostThings, bytes.offset, "subgraphs")) return false;
    Graph& added = file_.subgraphs.emplace_back();
    out.graph = &added;
    return graph(bytes, added, depth + 1);
  }

  template <class Done>
  bool tensor(const Field& field, Done done) {
    if (!one_more(tensors_, kMostThings, field.offset, "tensors")) return false;
    Tensor& added = file_.tensors.emplace_back();
    if (std::optional<Error> error = read_tensor(field.bytes, file_.name, added)) {
      if (!error_) error_ = std::move(error);
      return false;
    }
    done(&added);
    return true;
  }

  bool sparse(const Field& field, SparseTensor& out) {
    return each(field.bytes, [&](const Field& f) {
      if (f.is(1, Wire::kBytes)) return tensor(f, [&](const Tensor* t) { out.values = t; });
      if (f.is(3, Wire::kVarint)) out.dims.push_back(static_cast<std::int64_t>(f.value));
      if (f.is(3, Wire::kBytes)) {
        std::string_view rest = f.bytes.data;
        while (!rest.empty() && out.dims.size() < 64) {
          const auto dim = protobuf::take_varint(rest);
          if (!dim) return fail(f.offset, ErrorCode::kInvalid, "the dims of a sparse tensor are damaged");
          out.dims.push_back(static_cast<std::int64_t>(*dim));
        }
      }
      return true;
    });
  }

  bool sparse_attribute(const Field& field, Attribute& out) {
    SparseTensor found;
    if (!sparse(field, found)) return false;
    out.tensor = found.values;
    out.sparse_indices = found.values;
    return true;
  }

  bool value_info(const Field& field, ValueInfo& out) {
    out.offset = field.offset;
    if (!one_more(values_, kMostThings, field.offset, "typed values")) return false;
    return each(field.bytes, [&](const Field& f) {
      if (f.is(1, Wire::kBytes)) out.name = f.bytes.data;
      if (!f.is(2, Wire::kBytes)) return true;
      return each(f.bytes, [&](const Field& t) {
        // tensor_type and sparse_tensor_type; sequences, maps and optionals have no shape of their own
        return !(t.is(1, Wire::kBytes) || t.is(8, Wire::kBytes)) || tensor_type(t.bytes, out);
      });
    });
  }

  bool tensor_type(Bytes bytes, ValueInfo& out) {
    return each(bytes, [&](const Field& f) {
      if (f.is(1, Wire::kVarint)) out.type = static_cast<int>(f.value);
      if (!f.is(2, Wire::kBytes)) return true;
      out.ranked = true;
      return each(f.bytes, [&](const Field& d) {
        if (!d.is(1, Wire::kBytes)) return true;
        if (out.dims.size() >= 64) return fail(d.offset, ErrorCode::kLimit, "a shape of more than 64 axes");
        Dim& dim = out.dims.emplace_back();
        return each(d.bytes, [&](const Field& v) {
          if (v.is(1, Wire::kVarint)) dim.value = static_cast<std::int64_t>(v.value);
          if (v.is(2, Wire::kBytes)) dim.name = v.bytes.data;
          return true;
        });
      });
    });
  }

  bool function(Bytes bytes) {
    if (file_.functions.size() >= 100'000) return fail(bytes.offset, ErrorCode::kLimit, "more than 100000 functions");
    Function& out = file_.functions.emplace_back();
    return each(bytes, [&](const Field& f) {
      if (f.wire != Wire::kBytes) return true;
      switch (f.number) {
        case 1: out.name = f.bytes.data; return true;
        case 4: return add_name(f, out.inputs);
        case 5: return add_name(f, out.outputs);
        case 7: return node(f, out.body.nodes.emplace_back(), 1);
        case 9: return opset(f.bytes, out.opsets);
        case 10: out.domain = f.bytes.data; return true;
        case 11: return attribute(f, out.defaults.emplace_back(), 1);
        case 12: return value_info(f, out.body.values.emplace_back());
        default: return true;
      }
    });
  }

  File& file_;
  std::size_t nodes_ = 0, attributes_ = 0, tensors_ = 0, values_ = 0, graphs_ = 0, names_ = 0;
  std::optional<Error> error_;
};

}  // namespace

const Attribute* Node::attribute(std::string_view wanted) const {
  for (const Attribute& a : attributes) {
    if (a.name == wanted) return &a;
  }
  return nullptr;
}

std::int64_t File::opset(std::string_view domain) const {
  for (const Opset& o : opsets) {
    if (o.domain == domain || (domain.empty() && o.domain == "ai.onnx")) return o.version;
  }
  return domain.empty() && opsets.empty() ? 1 : 0;  // files before IR version 3 import nothing
}

Result<File> parse(std::string_view bytes, std::string_view name) {
  File file;
  file.name = name;
  Parser parser(file);
  if (!parser.model({bytes, 0})) return tl::unexpected<Error>(parser.take_error());
  return file;
}

}  // namespace berth::onnx
