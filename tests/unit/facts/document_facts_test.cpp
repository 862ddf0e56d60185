#include <fstream>
#include <set>
#include <sstream>

#include "berth/data.hpp"
#include "core/node.hpp"
#include "facts/document_paths.hpp"
#include "unit/facts/fixture.hpp"

namespace berth {
namespace {

using testing::document_sheet;
using testing::read_workload;
using testing::shipped_rules;
using testing::value;

TEST(DocumentFacts, KeepTheDocumentsPathAndPlace) {
  const Workload workload = read_workload(
      "schema: berth/workload/v1\n"
      "model: {framework: tensorflow}\n"
      "job:\n"
      "  task: train\n"
      "  precision: bf16\n"
      "  time_on_cpu_s: 1814400\n");
  const FactSheet sheet = document_sheet(workload);
  EXPECT_EQ(value(sheet, "model.framework"), "\"tensorflow\"");
  EXPECT_EQ(value(sheet, "job.precision"), "\"bf16\"");
  const Origin* origin = sheet.origin("job.task");
  ASSERT_NE(origin, nullptr);
  EXPECT_EQ(origin->kind, Origin::Kind::kDocument);
  EXPECT_EQ(origin->span.file, "job.yaml");
  EXPECT_EQ(origin->span.line, 4);
  // A time that is known elsewhere stands for the estimate.
  EXPECT_EQ(value(sheet, "estimate.cpu.job_s"), "1814400");
}

TEST(DocumentFacts, LeaveWhatIsNotSaidUnknown) {
  const FactSheet sheet = document_sheet(read_workload("schema: berth/workload/v1\njob: {task: serve}\n"));
  for (const char* path : {"model.framework", "model.custom_ops", "job.precision", "job.serving.latency_p99_s",
                           "environment.edge.present", "environment.edge.closed_loop_control", "users.count"}) {
    EXPECT_EQ(value(sheet, path), "unknown") << path;
  }
}

TEST(DocumentFacts, WishesThatAreNotStatedAreAbsent) {
  const FactSheet sheet = document_sheet(read_workload("schema: berth/workload/v1\njob: {task: train}\n"));
  for (const char* path : {"environment.accelerator", "environment.budget_usd", "environment.deadline_s",
                           "environment.clouds", "environment.devices.deny"}) {
    EXPECT_EQ(value(sheet, path), "null") << path;
  }
}

TEST(DocumentFacts, NullIsKnownToBeAbsent) {
  const FactSheet sheet = document_sheet(
      read_workload("schema: berth/workload/v1\njob: {task: serve, peft: null}\nenvironment: {edge: null}\n"));
  EXPECT_EQ(value(sheet, "environment.edge.present"), "false");
  EXPECT_EQ(value(sheet, "environment.edge.sensors"), "null");
  EXPECT_EQ(value(sheet, "job.peft.method"), "null");
}

TEST(DocumentFacts, CountValuesAndBitsAtAGateway) {
  const FactSheet sheet = document_sheet(
      read_workload("schema: berth/workload/v1\n"
                    "job: {task: serve}\n"
                    "environment: {edge: {sensors: 12, sample_rate_per_s: 1, measurements: 3, sample_bytes: 8, "
                    "aggregate: mean, window_s: 60}}\n"));
  EXPECT_EQ(value(sheet, "data.values_in_per_window"), "720");  // 12 sensors x 1 Hz x 60 s
  EXPECT_EQ(value(sheet, "data.values_out_per_window"), "1");
  EXPECT_EQ(value(sheet, "data.values_in_per_s"), "36");   // 12 x 1 Hz x 3 measurements
  EXPECT_EQ(value(sheet, "data.raw_bits_per_s"), "2304");  // 36 values x 8 bytes x 8 bits
  EXPECT_EQ(value(sheet, "data.sent_bits_per_s"), "3.2");  // 3 values x 64 bits in 60 s
  EXPECT_EQ(value(sheet, "environment.edge.present"), "true");
}

TEST(DocumentFacts, TimeTheWayToTheFarthestUser) {
  const FactSheet sheet = document_sheet(read_workload(
      "schema: berth/workload/v1\n"
      "job: {task: serve, serving: {mode: online, latency_p99_s: 0.1, preprocessing_s: 0.005}}\n"
      "environment: {users: [{name: new-york, distance_km: 4800}, {name: london, distance_km: 8000}]}\n"));
  EXPECT_EQ(value(sheet, "users.max_distance_km"), "8000");
  EXPECT_EQ(value(sheet, "estimate.network_rtt_s"), "0.08");  // 2 x 8,000 km / 200,000 km/s
  const FactValue* left = sheet.get("estimate.latency_left_s");
  ASSERT_NE(left, nullptr);
  EXPECT_NEAR(std::get<double>(*left), 0.015, 1e-12);  // 100 - 5 - 80 ms
}

TEST(DocumentFacts, BatchesHaveNoLimitUnlessStated) {
  const FactSheet sheet =
      document_sheet(read_workload("schema: berth/workload/v1\njob: {task: serve, serving: {mode: batch}}\n"));
  EXPECT_EQ(value(sheet, "job.serving.latency_p99_s"), "null");
}

TEST(DocumentFacts, PathsAreDeclared) {
  for (const DocumentFact& fact : document_facts()) {
    FactSheet sheet(shipped_rules());
    EXPECT_TRUE(sheet.set(fact.path, std::monostate())) << fact.path;
  }
}

// The other way round: no fact of the workload is declared that neither this room nor a rule gives a value. What a
// training config says is declared beside its readers.
std::set<std::string> config_facts() {
  std::set<std::string> out;
  for (const SourceFile& file : embedded_data()) {
    if (file.name != "configs/facts.json") continue;
    const Result<Node> document = parse_document(file.text, file.name, Syntax::kJson);
    for (const Member& member : document->find("facts")->as_object()) out.insert(member.key);
  }
  return out;
}

TEST(DocumentFacts, EveryDeclaredFactHasAWriter) {
  std::string sources;
  for (const char* file : {"document_paths", "document_facts", "model_facts", "candidate_facts", "chosen_facts"}) {
    std::ifstream in(std::string(BERTH_SOURCE_DIR) + "/src/facts/" + file + ".cpp");
    std::stringstream text;
    text << in.rdbuf();
    sources += text.str();
  }
  for (const Rule& rule : shipped_rules().rules()) {
    if (rule.effect == Effect::kDerive) sources += "\"" + rule.dimension + "\"";
  }
  for (const FactInfo& fact : shipped_rules().facts()) {
    std::string name = fact.path;
    if (config_facts().contains(name)) continue;
    for (const char* prefix : {"estimate.cpu.", "estimate.gpu.", "estimate.tpu.", "estimate.npu.", "estimate.edge."}) {
      if (name.starts_with(prefix)) name = name.substr(std::string(prefix).size());  // written as prefix + name
    }
    EXPECT_NE(sources.find("\"" + name + "\""), std::string::npos) << fact.path;
  }
}

}  // namespace
}  // namespace berth
