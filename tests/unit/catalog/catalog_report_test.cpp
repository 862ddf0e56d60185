#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "berth/data.hpp"
#include "berth/report.hpp"

namespace berth {
namespace {

const Stamp kStamp{"0.0.0", "", "2026-01-02"};

const Catalog& small() {
  static const std::vector<SourceFile> files{
      {"d.json", R"({"schema": "berth/devices/v1", "as_of": "2026-01-02", "sources": {"ds": "Acme data sheet"},
        "devices": [{"id": "acme-1", "name": "Acme One", "class": "gpu", "memory_bytes": 17179869184,
          "peak_flops_per_s": {"bf16": 312e12, "int8": 624e12},
          "provenance": {"memory": {"sources": ["ds"], "confidence": "V1", "note": "per card"},
                         "peak": {"sources": ["ds"], "confidence": "R"}}}]})"},
      {"m.json", R"({"schema": "berth/machines/v1", "groups": [{"cloud": "own", "device": "acme-1",
        "sources": ["invoice"], "confidence": "V1", "machines": [
          {"instance": "box", "region": "a", "count": 2, "on_demand_usd_per_hour": 1.5, "as_of": "2026-01-01"},
          {"instance": "box", "region": "b", "count": 2, "on_demand_usd_per_hour": 1.75}]}]})"}};
  static const Result<Catalog> catalog = Catalog::load(files);
  if (!catalog) ADD_FAILURE() << to_string(catalog.error());
  return *catalog;
}

TEST(CatalogShow, GivesEachFigureWithItsSource) {
  const Result<std::string> text = catalog_show_text(small(), "acme-1");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "device acme-1, as of 2026-01-02\n"
            "  name                Acme One\n"
            "  class               gpu\n"
            "  status              current\n"
            "  memory              16.0 GiB               V1       [1]\n"
            "                      per card\n"
            "  peak bf16           312 TFLOP/s            R        [1]\n"
            "  peak int8           624 TOP/s              R        [1]\n"
            "  formats             bf16, int8             R        [1]\n"
            "\n"
            "confidence: V2 two sources agree, V1 one source read, D derived, R recalled and not re-read, "
            "DISAGREE sources conflict\n"
            "[1] Acme data sheet\n");
}

TEST(CatalogShow, GivesEachFigureWithItsSourceInJson) {
  const Result<std::string> text = catalog_show_json(small(), "acme-1", kStamp, JsonStyle::kOneLine);
  ASSERT_TRUE(text);
  const auto document = nlohmann::json::parse(*text);
  EXPECT_EQ(document["schema"], "berth/catalog-entries/v1");
  EXPECT_EQ(document["berth"]["catalog"], "2026-01-02");
  const auto& memory = document["entries"][0]["memory_bytes"];
  EXPECT_EQ(memory["value"], 17179869184);
  EXPECT_EQ(memory["sources"][0], "Acme data sheet");
  EXPECT_EQ(memory["confidence"], "V1");
}

TEST(CatalogShow, GivesEveryRegionOfAnInstance) {
  for (const char* id : {"box", "own/box"}) {
    const Result<std::string> text = catalog_show_json(small(), id, kStamp, JsonStyle::kOneLine);
    ASSERT_TRUE(text) << id;
    const auto entries = nlohmann::json::parse(*text)["entries"];
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0]["as_of"], "2026-01-01");
    EXPECT_FALSE(entries[1].contains("as_of"));  // undated
  }
}

TEST(CatalogShow, SuggestsTheNearestId) {
  const Result<std::string> text = catalog_show_text(small(), "acme-2");
  ASSERT_FALSE(text);
  EXPECT_EQ(to_string(text.error()), "error: the catalog has no entry 'acme-2'; did you mean 'acme-1'?");
}

TEST(CatalogList, HasOneLineAnEntry) {
  constexpr std::array kinds{CatalogKind::kMachines};
  EXPECT_EQ(catalog_list_text(small(), kinds),
            "machines (2), catalog of 2026-01-02\n"
            "  own/box/a  acme-1  x 2  -  1.5 USD/h   -  2026-01-01\n"
            "  own/box/b  acme-1  x 2  -  1.75 USD/h  -  undated\n");
}

TEST(CatalogList, HoldsTheKindsAskedFor) {
  constexpr std::array kinds{CatalogKind::kDevices, CatalogKind::kWeightFormats};
  const auto document = nlohmann::json::parse(catalog_list_json(small(), kinds, kStamp, JsonStyle::kIndented));
  EXPECT_EQ(document["devices"][0]["peak_bf16_flops_per_s"], 312e12);
  EXPECT_TRUE(document["weight_formats"].empty());
  EXPECT_FALSE(document.contains("machines"));
}

TEST(CatalogKinds, AreNamedBothWays) {
  EXPECT_EQ(parse_catalog_kind("weight-formats"), CatalogKind::kWeightFormats);
  EXPECT_STREQ(to_string(CatalogKind::kLinks), "links");
  EXPECT_FALSE(parse_catalog_kind("gpus"));
}

}  // namespace
}  // namespace berth
