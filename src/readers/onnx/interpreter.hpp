// The state of one walk over a file's graphs (infer.cpp, control.cpp, parameters.cpp).
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "readers/onnx/infer.hpp"

namespace berth::onnx {

// Names of one graph; those of the graphs around it are seen through `parent`.
struct Scope {
  const Scope* parent = nullptr;
  std::unordered_map<std::string_view, Value*> names;
  const Graph* graph = nullptr;
  std::unordered_map<std::string_view, const ValueInfo*> infos;  // filled when first asked for
  bool has_infos = false;
  // Inside of a function
  const std::vector<Attribute>* bound = nullptr;
  const std::vector<Attribute>* defaults = nullptr;
  const Function* function = nullptr;
  int depth = 0;
};

class Interpreter {
 public:
  Interpreter(const File& file, const ReadOptions& options) : file_(file), options_(options) {}
  Result<Inferred> run();

 private:
  // Each gives false after setting error_.
  bool bind_inputs(Scope& scope);
  bool bind_initializers(const Graph& graph, Scope& scope);
  bool count_uses(const Graph& graph);
  bool run_nodes(const std::vector<Node>& nodes, Scope& scope);
  bool run_node(const Node& node, Scope& scope);
  bool run_known(const Node& node, const Op& op, Call& call, Scope& scope);
  bool run_unknown(const Node& node, Call& call, Scope& scope);
  bool run_function(const Node& node, const Function& function, Call& call, Scope& scope);
  // control.cpp
  bool run_control(const Node& node, Call& call, Scope& scope);
  bool run_if(const Node& node, Call& call, Scope& scope);
  bool run_loop(const Node& node, Call& call, Scope& scope);
  bool run_scan(const Node& node, Call& call, Scope& scope);
  bool run_subgraph(const Graph& graph, Scope& scope, const Scope& around, const std::vector<const Value*>& inputs,
                    std::vector<const Value*>& outputs);
  // The order in which nodes can run; nullopt after an error. Empty: as they stand.
  std::optional<std::vector<std::size_t>> order_of(const std::vector<Node>& nodes, const Scope& scope);
  bool bind_call(const Node& node, Scope& scope, Call& call);
  void annotate(const Call& call, Scope& scope);
  const Function* find_function(const Node& node);
  void note_unsized(const Node& node);

  // parameters.cpp
  void use_constants(const Call& call);
  void count_parameters();

  Value* find(std::string_view name, const Scope& scope) const;
  Value* add_value(std::string_view name, Scope& scope);  // nullptr: the name is taken
  std::int64_t size_of(const Dim& dim, std::string_view input, std::size_t axis, bool is_input);
  void set_tensor(Value& value, const Tensor& tensor);
  std::int64_t opset(std::string_view domain, const Scope& scope) const;
  bool fail(std::uint64_t offset, ErrorCode code, const std::string& message, std::string fix = {});
  bool spend(const Node& node, Scope& scope);

  const File& file_;
  const ReadOptions& options_;
  std::deque<Value> values_;
  std::vector<Row> rows_;
  Inferred out_;
  std::optional<Error> error_;
  std::unordered_map<std::string_view, std::int64_t> symbols_;  // dynamic axes by name
  std::unordered_set<std::string> used_dims_;                   // of options_.dims
  std::vector<std::string> open_dims_;                          // that could be given
  std::unordered_map<std::string_view, std::vector<const Function*>> functions_;
  std::unordered_map<std::string, std::size_t> unknown_;  // places in out_.unknown
  std::int64_t steps_ = 0;
  enum class Role : std::uint8_t { kUnused, kConstant, kScale, kStatistic, kParameter };
  struct Stored {
    Role role = Role::kUnused;
    double packing = 1;  // parameters an element holds
  };
  std::unordered_map<const Tensor*, Stored> roles_;
  std::unordered_set<const Value*> generated_;
  void mark(const Value* value, Role role, double packing = 1);
};

}  // namespace berth::onnx
