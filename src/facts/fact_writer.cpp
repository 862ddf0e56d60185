#include "facts/fact_writer.hpp"

namespace berth {

void FactWriter::put(std::string_view path, FactValue value) {
  if (error_) return;
  if (Status status = sheet_.set(path, std::move(value), origin_); !status) {
    error_ = status.error();
    // A document's value outside a fact's domain has its place in the document; a path that isn't
    // declared means that rules/facts.json and this room have drifted apart.
    if (error_->span.line == 0) error_->span = origin_.span;
  }
}

}  // namespace berth
