// Uses the installed library as a stranger would: the public headers only.
#include <berth/berth.hpp>
#include <cstdio>

int main() {
  const auto catalog = berth::Catalog::load(berth::embedded_data());
  if (!catalog) {
    std::fprintf(stderr, "%s\n", berth::to_string(catalog.error()).c_str());
    return 1;
  }
  const auto workload = berth::parse_workload("schema: berth/workload/v1\nname: consumer\njob: {task: prototype}\n",
                                              "consumer.yaml", *catalog);
  if (!workload) {
    std::fprintf(stderr, "%s\n", berth::to_string(workload.error()).c_str());
    return 1;
  }
  std::printf("berth %s, %zu devices, workload '%s'\n", berth::version(), catalog->devices().size(),
              workload->name.c_str());
  return catalog->devices().empty() ? 1 : 0;
}
