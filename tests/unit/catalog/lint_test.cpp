// What every shipped catalog entry must keep, beyond what the loader checks in anyone's files.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/data.hpp"
#include "core/node.hpp"

namespace berth {
namespace {

const Catalog& catalog() {
  static const Result<Catalog> loaded = Catalog::load(embedded_data());
  if (!loaded) ADD_FAILURE() << to_string(loaded.error());
  return *loaded;
}

bool has_source(const Provenance& from) {
  return !from.sources.empty() && !from.confidence.empty() &&
         std::none_of(from.sources.begin(), from.sources.end(), [](const std::string& s) { return s.empty(); });
}

// A key of the registry, or itself something that can be looked up.
bool can_be_looked_up(const std::string& source) {
  return catalog().source_text(source) != source || source.find('/') != std::string::npos;
}

TEST(CatalogLint, EveryFigureOfADeviceHasASource) {
  for (const Device& device : catalog().devices()) {
    const bool has_peak = std::any_of(device.peak.begin(), device.peak.end(), [](const auto& p) { return !!p; });
    const std::vector<std::pair<std::string, bool>> figures{{"memory", device.memory.has_value()},
                                                            {"on_chip_memory", device.on_chip_memory.has_value()},
                                                            {"memory_bandwidth", device.memory_bandwidth.has_value()},
                                                            {"peak", has_peak},
                                                            {"scale_up", device.scale_up_one_way.has_value()},
                                                            {"host_link", device.host_link_one_way.has_value()},
                                                            {"cores", device.cores.has_value()},
                                                            {"power", device.power.has_value()},
                                                            {"max_per_machine", device.max_per_machine.has_value()},
                                                            {"max_pod", device.max_pod.has_value()},
                                                            {"status", true}};
    for (const auto& [figure, known] : figures) {
      const auto it = device.provenance.find(figure);
      EXPECT_EQ(known, it != device.provenance.end()) << device.id << " " << figure;
      if (it == device.provenance.end()) continue;
      EXPECT_TRUE(has_source(it->second)) << device.id << " " << figure;
      for (const std::string& source : it->second.sources) {
        EXPECT_TRUE(can_be_looked_up(source)) << device.id << " " << source;
        // What is recalled may not pass for read.
        if (it->second.sources.size() == 1 && source == "recall") {
          EXPECT_EQ(it->second.confidence, "R") << device.id << " " << figure;
        }
      }
    }
  }
}

TEST(CatalogLint, EveryOtherEntryHasASource) {
  for (const Machine& machine : catalog().machines()) EXPECT_TRUE(has_source(machine.provenance)) << machine.id;
  for (const Link& link : catalog().links()) EXPECT_TRUE(has_source(link.provenance)) << link.id;
  for (const LinkFit& fit : catalog().link_fits()) EXPECT_TRUE(has_source(fit.provenance)) << fit.id;
  for (const LinkMeasurement& point : catalog().link_measurements()) EXPECT_TRUE(has_source(point.provenance));
  for (const Service& service : catalog().services()) EXPECT_TRUE(has_source(service.provenance)) << service.id;
  for (const WeightFormat& format : catalog().weight_formats()) EXPECT_TRUE(has_source(format.provenance)) << format.id;
}

TEST(CatalogLint, ASourceKeyMeansTheSameInEveryFile) {
  std::map<std::string, std::string> known;
  for (const SourceFile& file : embedded_data()) {
    if (!file.name.starts_with("catalog/")) continue;
    const Result<Node> document = parse_document(file.text, file.name);
    ASSERT_TRUE(document) << file.name;
    const Node* sources = document->find("sources");
    if (sources == nullptr || !sources->is(Node::Kind::kObject)) continue;
    for (const Member& member : sources->as_object()) {
      const auto [it, added] = known.try_emplace(member.key, member.value.as_string());
      EXPECT_EQ(it->second, member.value.as_string()) << file.name << " " << member.key;
    }
  }
}

TEST(CatalogLint, EveryMachineIsPricedOrSaysWhyNot) {
  std::size_t unpriced = 0;
  for (const Machine& machine : catalog().machines()) {
    if (machine.on_demand || machine.spot) continue;
    ++unpriced;
    EXPECT_FALSE(machine.provenance.note.empty()) << machine.id;
  }
  EXPECT_LE(unpriced, 1U);
}

TEST(CatalogLint, NoMachineHasARetiredDevice) {
  for (const Machine& machine : catalog().machines()) {
    if (machine.device.empty()) continue;
    EXPECT_NE(catalog().find_device(machine.device)->status, "retired") << machine.id;
  }
}

TEST(CatalogLint, CloudsOfTheCharterArePriced) {
  for (const std::string cloud : {"gcp", "aws", "azure", "lambda"}) {
    const auto count = std::count_if(catalog().machines().begin(), catalog().machines().end(),
                                     [&](const Machine& m) { return m.cloud == cloud && !m.device.empty(); });
    EXPECT_GE(count, 10) << cloud;
  }
  const auto& all = catalog().machines();
  EXPECT_GE(std::count_if(all.begin(), all.end(), [](const Machine& m) { return m.device.empty() && !m.cpu.empty(); }),
            100);
}

TEST(CatalogLint, ReplacementsAreCurrent) {
  for (const Service& service : catalog().services()) {
    if (service.replacement.empty()) continue;
    const Service* replacement = catalog().find_service(service.replacement);
    ASSERT_NE(replacement, nullptr) << service.id;
    EXPECT_EQ(replacement->status, "current") << service.id;
    EXPECT_NE(service.status, "current") << service.id;
  }
}

TEST(CatalogLint, NoCurrentServiceIsKnownToBeGone) {
  // Products of the seed chapter that a user may no longer be sent to.
  const std::vector<std::string> gone{"Cloud ML Engine", "AI Platform",  "AI Engine",       "Cloud IoT Core",
                                      "IoT Core",        "Cloud IoT",    "Cloud IoT Edge",  "Cloud Datalab",
                                      "Datalab",         "Stackdriver",  "TensorFlow Lite", "Cloud Functions",
                                      "TFJob",           "Android NNAPI"};
  for (const std::string& name : gone) {
    const Service* service = catalog().find_service(name);
    ASSERT_NE(service, nullptr) << name;
    EXPECT_NE(service->status, "current") << name;
    EXPECT_FALSE(service->replacement.empty()) << name;
  }
  for (const Service& service : catalog().services()) {
    if (service.status != "current") continue;
    EXPECT_EQ(std::count(gone.begin(), gone.end(), service.product), 0) << service.id;
  }
}

TEST(CatalogLint, EveryCloudHasAProductForEveryRole) {
  const std::vector<std::string> roles{
      "edge_device", "gateway",   "cloud",    "ingestion",   "device_management",      "stream_processing",
      "warehouse",   "training",  "serving",  "aggregation", "archive_storage",        "document_store",
      "monitoring",  "functions", "notebook", "vm",          "container_orchestration"};
  for (const std::string cloud : {"gcp", "aws", "azure"}) {
    for (const std::string& role : roles) {
      const auto fills = [&](const Service& s) {
        return s.status == "current" && (s.cloud == cloud || s.cloud == "any") &&
               std::count(s.roles.begin(), s.roles.end(), role) == 1;
      };
      EXPECT_TRUE(std::any_of(catalog().services().begin(), catalog().services().end(), fills)) << cloud << " " << role;
    }
  }
}

TEST(CatalogLint, AliasesAreUnique) {
  std::set<std::string> names;
  for (const Service& service : catalog().services()) {
    EXPECT_TRUE(names.insert(service.product).second) << service.product;
    for (const std::string& alias : service.aliases) EXPECT_TRUE(names.insert(alias).second) << alias;
  }
}

TEST(CatalogLint, EncodesItsSeedRows) {
  std::set<std::string> rows;
  for (const Device& device : catalog().devices()) rows.insert(device.seed.begin(), device.seed.end());
  for (const Service& service : catalog().services()) rows.insert(service.seed.begin(), service.seed.end());
  for (const std::string row : {"A5", "A6", "A7", "A21", "A22", "A23", "B2", "B3", "B12", "C8", "D5", "D8", "D10",
                                "D11", "D12", "D13", "D14"}) {
    EXPECT_EQ(rows.count(row), 1U) << row;
  }
  for (const std::string id : {"nvidia-k80", "nvidia-p4", "nvidia-t4", "nvidia-v100-sxm2-16gb", "nvidia-p100-pcie"}) {
    const Device* device = catalog().find_device(id);
    ASSERT_NE(device, nullptr) << id;
    EXPECT_EQ(std::count(device->seed.begin(), device->seed.end(), "A21"), 1) << id;
    EXPECT_NE(device->status, "current") << id;
  }
}

TEST(CatalogLint, QuantisedFormatsAreSmallerThanSixteenBit) {
  for (const WeightFormat& format : catalog().weight_formats()) {
    if (format.id == "fp32" || format.id == "bf16" || format.id == "fp16") continue;
    EXPECT_LT(format.bits_per_weight, 10) << format.id;
  }
  EXPECT_DOUBLE_EQ(catalog().find_weight_format("q4_0")->bits_per_weight, 18 * 8 / 32.0);  // 18 bytes for 32 weights
  EXPECT_DOUBLE_EQ(catalog().find_weight_format("mxfp4")->bits_per_weight, 17 * 8 / 32.0);
}

}  // namespace
}  // namespace berth
