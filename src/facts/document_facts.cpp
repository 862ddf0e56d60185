#include <algorithm>
#include <functional>
#include <map>

#include "facts/document_paths.hpp"
#include "facts/fact_writer.hpp"
#include "facts/facts.hpp"

namespace berth {
namespace {

using Given = std::map<std::string_view, const GivenKey*, std::less<>>;

Origin origin_of(const Workload& workload, const Given& given, std::string_view path) {
  Origin origin{Origin::Kind::kDocument, std::string(path), {workload.file, 0, 0, 0, 0}};
  if (const auto found = given.find(path); found != given.end()) {
    origin.span.line = found->second->line;
    origin.span.column = found->second->column;
    if (origin.span.line == 0) origin.kind = Origin::Kind::kOption;  // --set
  }
  return origin;
}

// The key or one above it is given as null.
const GivenKey* given_as_null(const Given& given, std::string_view path) {
  while (true) {
    if (const auto found = given.find(path); found != given.end() && found->second->is_null) return found->second;
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos) return nullptr;
    path = path.substr(0, dot);
  }
}

class DocumentWriter {
 public:
  DocumentWriter(FactSheet& sheet, const Workload& workload) : workload_(workload), writer_(sheet, {}) {
    for (const GivenKey& key : workload.given) given_.emplace(key.path, &key);
  }

  Status run() {
    for (const DocumentFact& fact : document_facts()) add(fact);
    add_limit_of_batches();
    add_users();
    add_edge();
    add_latency();
    if (workload_.job.time_on_cpu) {
      derived("estimate.cpu.job_s", "job.time_on_cpu_s", *workload_.job.time_on_cpu);
      derived("estimate.cpu.devices", "job.time_on_cpu_s", 1);  // the time is one machine's
    }
    return writer_.status();
  }

 private:
  void add(const DocumentFact& fact) {
    writer_.origin(origin_of(workload_, given_, fact.path));
    if (std::optional<FactValue> value = fact.value(workload_)) {
      writer_.put(fact.path, std::move(*value));
    } else if (given_as_null(given_, fact.path) != nullptr) {
      writer_.put(fact.path, std::monostate());
    } else if (fact.wish) {
      writer_.origin({Origin::Kind::kAssumption, "not asked for", {}});
      writer_.put(fact.path, std::monostate());
    }
  }

  // Nobody waits for a batch: where no limit is stated, there is none.
  void add_limit_of_batches() {
    const auto& serving = workload_.job.serving;
    if (!serving || serving->mode != "batch" || serving->latency_p99) return;
    writer_.origin({Origin::Kind::kAssumption, "not asked for", {}});
    writer_.put("job.serving.latency_p99_s", std::monostate());
  }

  template <class T>
  void derived(std::string_view path, std::string_view from, const T& value) {
    writer_.origin(origin_of(workload_, given_, from));
    writer_.set(path, value);
  }

  void add_users() {
    const auto& users = workload_.environment.users;
    const bool none = given_as_null(given_, "environment.users") != nullptr;
    if (users.empty() && !none) return;
    derived("users.count", "environment.users", static_cast<std::int64_t>(users.size()));
    if (users.empty()) return;
    double farthest = 0;
    for (const User& user : users) farthest = std::max(farthest, user.distance_km);
    derived("users.max_distance_km", "environment.users", farthest);
    derived("estimate.network_rtt_s", "environment.users", 2 * farthest / kFibreKmPerSecond);
  }

  void add_edge() {
    const auto& edge = workload_.environment.edge;
    if (edge) {
      derived("environment.edge.present", "environment.edge", true);
      add_data(*edge);
    } else if (given_as_null(given_, "environment.edge") != nullptr) {
      derived("environment.edge.present", "environment.edge", false);
    }
  }

  void add_data(const Edge& edge) {
    if (!edge.sensors || !edge.sample_rate_per_s) return;
    const std::string_view from = "environment.edge.sensors";
    const double rate = static_cast<double>(*edge.sensors) * *edge.sample_rate_per_s;  // values/s of one measurement
    std::optional<double> bits;  // of one value of every measurement
    if (edge.measurements) {
      const auto measurements = static_cast<double>(*edge.measurements);
      derived("data.values_in_per_s", from, rate * measurements);
      if (edge.sample_bytes) bits = 8 * measurements * static_cast<double>(edge.sample_bytes->value());
    }
    if (bits) derived("data.raw_bits_per_s", from, rate * *bits);
    if (!edge.window) return;
    const double in = rate * edge.window->value();
    derived("data.values_in_per_window", from, in);
    if (!edge.aggregate) return;
    const double out = *edge.aggregate == "none" ? in : 1;
    derived("data.values_out_per_window", from, out);
    derived("data.reduction", from, in / out);
    if (bits) derived("data.sent_bits_per_s", from, out / edge.window->value() * *bits);
  }

  void add_latency() {
    const auto& serving = workload_.job.serving;
    const auto& users = workload_.environment.users;
    if (!serving || !serving->latency_p99 || !serving->preprocessing || users.empty()) return;
    double farthest = 0;
    for (const User& user : users) farthest = std::max(farthest, user.distance_km);
    const double left =
        serving->latency_p99->value() - serving->preprocessing->value() - 2 * farthest / kFibreKmPerSecond;
    derived("estimate.latency_left_s", "job.serving.latency_p99_s", left);
  }

  const Workload& workload_;
  FactWriter writer_;
  Given given_;
};

}  // namespace

Status add_document_facts(FactSheet& sheet, const Workload& workload) {
  return DocumentWriter(sheet, workload).run();
}

}  // namespace berth
