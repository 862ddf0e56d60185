#include <charconv>

#include "facts/fact_writer.hpp"
#include "facts/facts.hpp"

namespace berth {
namespace {

// Days since 0000-03-01 of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
// algorithms", days_from_civil).
std::optional<double> day_number(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
  const auto part = [&](std::size_t from, std::size_t length) -> std::optional<int> {
    int value = 0;
    const char* first = date.data() + from;
    const auto [end, error] = std::from_chars(first, first + length, value);
    return error == std::errc() && end == first + length && value >= 0 ? std::optional<int>(value) : std::nullopt;
  };
  const auto year = part(0, 4);
  const auto month = part(5, 2);
  const auto day = part(8, 2);
  if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
  const int y = *month <= 2 ? *year - 1 : *year;
  const int shifted = (*month + 9) % 12;  // March is 0
  const int day_of_year = (153 * shifted + 2) / 5 + *day - 1;
  return 365.0 * y + y / 4 - y / 100 + y / 400 + day_of_year;
}

void add_device(FactWriter& writer, const Device& device) {
  writer.set("chosen.device", device.id);
  writer.set("chosen.device_class", to_string(device.device_class));
  writer.set_word("chosen.arch", device.arch);
  writer.set_word("chosen.device_status", device.status);
  std::vector<std::string> all;
  std::vector<std::string> fast;
  for (const DType dtype : device.dtypes) all.emplace_back(to_string(dtype));
  for (int i = 0; i < kDTypeCount; ++i) {
    if (device.peak[static_cast<std::size_t>(i)]) fast.emplace_back(to_string(static_cast<DType>(i)));
  }
  writer.set("chosen.device_dtypes", all);
  writer.set("chosen.fast_dtypes", fast);
}

void add_plan(FactWriter& writer, const ChosenFacts& facts) {
  const Job& job = *facts.job;
  const std::int64_t tensor = job.parallelism.tensor.value_or(1);
  const std::int64_t pipeline = job.parallelism.pipeline.value_or(1);
  const int zero = job.parallelism.zero_stage.value_or(0);
  writer.set("chosen.tensor_parallel", tensor);
  writer.set("chosen.pipeline_parallel", pipeline);
  writer.set("chosen.zero_stage", zero);
  writer.set("chosen.trains_all", !job.peft.has_value());
  writer.set("chosen.quantized", job.quantization.has_value());
  const bool sharded = tensor > 1 || pipeline > 1 || zero > 0;
  if (sharded) {
    writer.set("chosen.fits_one_device", false);  // layouts are searched from the unsharded one on
  } else if (facts.estimate != nullptr && facts.estimate->memory && facts.estimate->memory->fits) {
    writer.set("chosen.fits_one_device", *facts.estimate->memory->fits != Fits::kNo);
  }
}

void add_cloud(FactWriter& writer, const FactSheet& sheet, const Machine* machine) {
  if (machine != nullptr) return writer.set("chosen.cloud", machine->cloud);
  const FactValue* clouds = sheet.get("environment.clouds");
  if (clouds == nullptr) return;
  const auto* names = std::get_if<std::vector<std::string>>(clouds);
  if (names != nullptr && names->size() == 1) writer.set("chosen.cloud", names->front());
}

}  // namespace

std::optional<double> days_between(std::string_view from, std::string_view to) {
  const auto first = day_number(from);
  const auto last = day_number(to);
  if (!first || !last) return std::nullopt;
  return std::max(0.0, *last - *first);
}

Status add_chosen_facts(FactSheet& sheet, const ChosenFacts& facts) {
  FactWriter writer(sheet, {Origin::Kind::kEstimate, facts.device != nullptr ? facts.device->id : "guidelines", {}});
  writer.set_word("chosen.accelerator", facts.device_class);
  writer.set_word("chosen.placement", facts.placement_mode);
  add_cloud(writer, sheet, facts.machine);
  if (facts.device != nullptr) add_device(writer, *facts.device);
  if (facts.cluster != nullptr) {
    writer.set("chosen.devices_per_machine", facts.cluster->devices_per_machine);
    writer.set("chosen.machines", facts.cluster->machines);
    writer.set("chosen.devices", facts.cluster->devices());
  }
  if (facts.job != nullptr) add_plan(writer, facts);
  if (facts.machine != nullptr) {
    writer.set("chosen.spot_offered", facts.machine->spot.has_value());
    writer.set("chosen.price_age_days", days_between(facts.machine->as_of, facts.as_of));
  }
  if (facts.estimate != nullptr && facts.estimate->time && facts.estimate->time->job_s) {
    writer.set("chosen.job_s", facts.estimate->time->job_s->expected);
  }
  return writer.status();
}

}  // namespace berth
