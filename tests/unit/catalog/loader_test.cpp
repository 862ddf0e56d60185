#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/data.hpp"

namespace berth {
namespace {

Result<Catalog> load(const std::vector<std::string>& texts) {
  std::vector<SourceFile> files;
  for (const std::string& text : texts) files.push_back({"f" + std::to_string(files.size() + 1) + ".json", text});
  return Catalog::load(files);
}

std::string error_of(const std::vector<std::string>& texts) {
  const Result<Catalog> catalog = load(texts);
  return catalog ? "no error" : to_string(catalog.error());
}

std::string devices(const std::string& entries) {
  return R"({"schema": "berth/devices/v1", "as_of": "2026-11-24", "devices": [)" + entries + "]}";
}

std::string machines(const std::string& groups) {
  return R"({"schema": "berth/machines/v1", "groups": [)" + groups + "]}";
}

std::string services(const std::string& entries) {
  return R"({"schema": "berth/services/v1", "services": [)" + entries + "]}";
}

const std::string kCard =
    R"({"id": "acme-1", "class": "gpu", "memory_bytes": 1e9, "peak_flops_per_s": {"bf16": 1e12}})";

const Catalog& embedded() {
  static const Result<Catalog> catalog = Catalog::load(embedded_data());
  if (!catalog) ADD_FAILURE() << to_string(catalog.error());
  return *catalog;
}

TEST(Catalog, LoadsWhatIsEmbedded) {
  const Catalog& catalog = embedded();
  EXPECT_GE(catalog.devices().size(), 95U);
  EXPECT_GE(catalog.machines().size(), 700U);
  EXPECT_GE(catalog.services().size(), 70U);
  EXPECT_GE(catalog.weight_formats().size(), 40U);
  EXPECT_EQ(catalog.as_of(), "2026-11-25");
}

TEST(Catalog, CountsLinksInOneDirection) {
  // NVIDIA advertises 900 GB/s of NVLink 4, which counts both directions.
  EXPECT_EQ(embedded().find_device("nvidia-h100-sxm")->scale_up_one_way, BytesPerSecond(450e9));
  // Six links of 90 GB/s each way.
  EXPECT_EQ(embedded().find_device("google-tpu-v5p")->scale_up_one_way, BytesPerSecond(540e9));
  EXPECT_FALSE(embedded().find_device("nvidia-l4")->scale_up_one_way);
}

TEST(Catalog, CountsOneK80AsHalfABoard) {
  const Device* k80 = embedded().find_device("nvidia-k80");
  ASSERT_NE(k80, nullptr);
  EXPECT_EQ(k80->memory, Bytes(std::int64_t{12} << 30));               // the board has 24 GiB
  EXPECT_EQ(k80->peak_of(DType::kFp32), FlopsPerSecond(8.73e12 / 2));  // of the board
  EXPECT_EQ(k80->status, "retired");
}

TEST(Catalog, KeepsDensePeaks) {
  // The H100's data sheet leads with 1979 TFLOP/s in bf16, which is with 2:4 sparsity.
  EXPECT_EQ(embedded().find_device("nvidia-h100-sxm")->peak_of(DType::kBf16), FlopsPerSecond(989e12));
  EXPECT_FALSE(embedded().find_device("nvidia-t4")->peak_of(DType::kBf16));
  EXPECT_FALSE(embedded().find_device("nvidia-a100-sxm-80gb")->peak_of(DType::kFp8));
}

TEST(Catalog, LeavesTheMemoryOfCpusToTheMachine) {
  const Device* cpu = embedded().find_device("intel-sapphire-rapids-8490h");
  ASSERT_NE(cpu, nullptr);
  EXPECT_FALSE(cpu->memory);
  EXPECT_EQ(cpu->cores, 60);
  const Device* edge = embedded().find_device("coral-edgetpu-usb");
  EXPECT_EQ(edge->memory, Bytes(0));  // none, which is not unknown
  EXPECT_EQ(edge->on_chip_memory, Bytes(8 << 20));
  EXPECT_TRUE(edge->inference_only);
}

TEST(Catalog, AddsTheMachineToAnAttachedGpu) {
  const Machine* machine = embedded().find_machine("gcp/n1-standard-8+1x-t4/us-central1");
  ASSERT_NE(machine, nullptr);
  const Machine* vm = embedded().find_machine("gcp/n1-standard-8/us-central1");
  ASSERT_NE(vm, nullptr);
  EXPECT_NEAR(machine->on_demand->value(), vm->on_demand->value() + 0.35, 1e-9);  // 0.35 USD/h: the T4's part
  EXPECT_EQ(machine->provenance.confidence, "D");
}

TEST(Catalog, PricesATpuSliceAsAWhole) {
  const Machine* slice = embedded().find_machine("gcp/tpu-v5p-64/us-east5");
  ASSERT_NE(slice, nullptr);
  EXPECT_EQ(slice->count, 32);  // the name counts cores, two a chip
  EXPECT_EQ(slice->hosts, 8);
  EXPECT_EQ(slice->topology, "2x4x4");
  EXPECT_NEAR(slice->on_demand->value(), 32 * 4.2, 1e-9);
}

TEST(Catalog, HalvesHyperThreads) {
  EXPECT_EQ(embedded().find_machine("gcp/c3-standard-22/us-central1")->cores, 11);
  EXPECT_EQ(embedded().find_machine("gcp/t2d-standard-16/us-central1")->cores, 16);
}

TEST(Catalog, FindsServicesByEarlierNames) {
  const Service* old = embedded().find_service("IoT Core");
  ASSERT_NE(old, nullptr);
  EXPECT_EQ(old->status, "retired");
  EXPECT_EQ(embedded().find_service(old->replacement)->status, "current");
  EXPECT_EQ(embedded().find_service("Cloud Pub/Sub")->id, "pubsub");
}

TEST(Catalog, TakesTheLongestFittingPrefixOfALink) {
  EXPECT_EQ(embedded().find_link_fit("intra", "all_reduce", "nvidia-a100-sxm-80gb")->id, "a100-nvlink3");
  EXPECT_EQ(embedded().find_link_fit("intra", "all_reduce", "google-tpu-v5e")->id, "any-intra");
  EXPECT_EQ(embedded().find_link_fit("intra", "all_to_all", "nvidia-a100-sxm-80gb"), nullptr);
}

TEST(Catalog, SuggestsTheNearestDevice) {
  const Result<const Device*> found = embedded().device("nvidia-h100-smx", SourceSpan{"w.yaml", 3, 11, 0, 0});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(to_string(found.error()).find("w.yaml:3:11: error: the catalog has no device 'nvidia-h100-smx'"), 0U);
  EXPECT_NE(found.error().fix.find("nvidia-h100-sxm"), std::string::npos);
}

TEST(CatalogLoad, ReplacesAnEntryOfAnEarlierFile) {
  const Result<Catalog> catalog = load({devices(kCard + R"(,{"id": "acme-2", "class": "gpu"})"),
                                        devices(R"({"id": "acme-1", "class": "gpu", "memory_bytes": 2e9})")});
  ASSERT_TRUE(catalog) << to_string(catalog.error());
  ASSERT_EQ(catalog->devices().size(), 2U);
  EXPECT_EQ(catalog->devices()[0].memory, Bytes(2'000'000'000));
  EXPECT_FALSE(catalog->devices()[0].peak_of(DType::kBf16));  // replaced as a whole
}

TEST(CatalogLoad, ReadsQuantitiesWithUnits) {
  const Result<Catalog> catalog = load({devices(R"({"id": "acme-1", "class": "gpu", "memory_bytes": "16GiB"})")});
  ASSERT_TRUE(catalog) << to_string(catalog.error());
  EXPECT_EQ(catalog->devices()[0].memory, Bytes(std::int64_t{16} << 30));
}

TEST(CatalogLoad, LetsARowOverrideItsGroup) {
  const Result<Catalog> catalog = load({devices(kCard), machines(R"({"cloud": "own", "region": "hall-1",
      "as_of": "2026-01-01", "machines": [{"instance": "a"}, {"instance": "b", "as_of": "2026-02-02",
      "device": "acme-1", "count": 4, "on_demand_usd_per_hour": 1.5}]})")});
  ASSERT_TRUE(catalog) << to_string(catalog.error());
  EXPECT_EQ(catalog->machines()[0].id, "own/a/hall-1");
  EXPECT_EQ(catalog->machines()[0].as_of, "2026-01-01");
  EXPECT_EQ(catalog->machines()[1].as_of, "2026-02-02");
  EXPECT_EQ(catalog->machines()[1].device, "acme-1");
}

TEST(CatalogLoad, SkipsOtherKindsUnread) {
  const Result<Catalog> catalog = load({R"({"schema": "berth/rules/v1", "rules": [)"});  // cut short: not parsed
  EXPECT_TRUE(catalog);
  const std::vector<SourceFile> schema{{"schema/devices.schema.json", "{"}};
  EXPECT_TRUE(Catalog::load(schema));
}

TEST(CatalogLoadError, NamesTheUnknownKind) {
  EXPECT_EQ(error_of({R"({"schema": "berth/device/v1"})"}),
            "f1.json:1:12: error: 'berth/device/v1' is no kind of data file; did you mean 'berth/devices/v1'?");
  EXPECT_NE(error_of({R"({"devices": []})"}).find("it has no \"schema\""), std::string::npos);
  EXPECT_NE(error_of({R"({"schema": 3})"}).find("'schema' must be a text"), std::string::npos);
  EXPECT_NE(error_of({"[]"}).find("must be an object"), std::string::npos);
  EXPECT_NE(error_of({""}).find("empty"), std::string::npos);
}

TEST(CatalogLoadError, NamesTheUnknownKey) {
  EXPECT_EQ(error_of({devices("\n"
                              R"({"id": "a", "class": "gpu", "memory_byte": 1})")}),
            "f1.json:2:29: error: unknown key 'devices[0].memory_byte'; did you mean 'memory_bytes'?");
  EXPECT_NE(error_of({devices(R"({"id": "a", "class": "gpu", "provenance": {"memori": {}}})")})
                .find("did you mean 'memory'?"),
            std::string::npos);
}

TEST(CatalogLoadError, RefusesTheSameIdTwiceInAFile) {
  EXPECT_NE(error_of({devices(kCard + "," + kCard)}).find("'acme-1' is given twice in this file"), std::string::npos);
}

TEST(CatalogLoadError, RefusesDanglingReferences) {
  EXPECT_EQ(error_of({devices(kCard),
                      machines(R"({"cloud": "own", "device": "acme1", "machines": [{"instance": "a", "count": 1}]})")}),
            "f2.json:1:71: error: 'groups[0].device': the catalog has no device 'acme1'; did you mean 'acme-1'? "
            "('berth catalog list devices' shows them all)");
  EXPECT_NE(error_of({services(R"({"id": "old", "product": "Old", "cloud": "any", "at": "cloud", "status": "retired",
                                   "replacement": "new"})")})
                .find("the catalog has no service 'new'"),
            std::string::npos);
}

TEST(CatalogLoadError, RefusesFiguresOutOfBounds) {
  const auto device_error = [](const std::string& rest) {
    return error_of({devices(R"({"id": "a", "class": "gpu", )" + rest + "}")});
  };
  EXPECT_NE(device_error(R"("memory_bytes_per_s": 3350)").find("'devices[0].memory_bytes_per_s'"), std::string::npos);
  EXPECT_NE(device_error(R"("peak_flops_per_s": {"bf16": 989})").find("'devices[0].peak_flops_per_s.bf16'"),
            std::string::npos);
  EXPECT_NE(device_error(R"("peak_flops_per_s": {"bf17": 1e12})").find("did you mean 'bf16'?"), std::string::npos);
  EXPECT_NE(device_error(R"("peak_flops_per_s": {"bf16": 9e14, "fp8": 1e14})").find("fp8"), std::string::npos);
  EXPECT_NE(device_error(R"("memory_bytes": -1)").find("must be"), std::string::npos);
  EXPECT_NE(device_error(R"("dtypes": ["float16"])").find("is no number format"), std::string::npos);
  EXPECT_NE(device_error(R"("status": "currant")").find("did you mean 'current'?"), std::string::npos);
}

TEST(CatalogLoadError, RefusesMachinesThatMakeNoSense) {
  const auto row_error = [](const std::string& row) {
    return error_of({devices(kCard), machines(R"({"cloud": "own", "machines": [{"instance": "a")" + row + "}]}")});
  };
  EXPECT_NE(row_error(R"(, "on_demand_usd_per_hour": 0)").find("on_demand_usd_per_hour"), std::string::npos);
  EXPECT_NE(row_error(R"(, "on_demand_usd_per_hour": 1, "spot_usd_per_hour": 2)").find("above the on-demand price"),
            std::string::npos);
  EXPECT_NE(row_error(R"(, "device": "acme-1")").find("needs a \"count\""), std::string::npos);
  EXPECT_NE(row_error(R"(, "count": 2)").find("has no \"device\""), std::string::npos);
  EXPECT_NE(row_error(R"(, "as_of": "3 August 2026")").find("must be a date"), std::string::npos);
  EXPECT_NE(row_error(R"(, "as_of": "2026-13-01")").find("must be a date"), std::string::npos);
  EXPECT_NE(error_of({machines(R"({"machines": [{"instance": "a"}]})")}).find("needs a \"cloud\""), std::string::npos);
}

TEST(CatalogLoadError, RefusesWrongShapes) {
  EXPECT_NE(error_of({R"({"schema": "berth/devices/v1", "devices": {}})"}).find("must be a list"), std::string::npos);
  EXPECT_NE(error_of({devices("1")}).find("must be an object"), std::string::npos);
  EXPECT_NE(error_of({devices(R"({"class": "gpu"})")}).find("needs an \"id\""), std::string::npos);
  EXPECT_NE(error_of({devices(R"({"id": "a"})")}).find("needs a \"class\""), std::string::npos);
  EXPECT_NE(error_of({R"({"schema": "berth/devices/v1", "sources": {"a": 1}})"}).find("object of texts"),
            std::string::npos);
  EXPECT_NE(error_of({services(R"({"id": "a", "product": "A", "cloud": "any", "at": "cloud", "confidence": "V3"})")})
                .find("confidence"),
            std::string::npos);
}

}  // namespace
}  // namespace berth
