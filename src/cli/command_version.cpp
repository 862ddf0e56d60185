#include <ostream>

#include "berth/version.hpp"
#include "cli/inputs.hpp"

namespace berth::cli {

int run_version(Terminal& terminal) {
  const Result<RuleSet> rules = load_rules({});
  if (!rules) return terminal.report(rules.error());
  const Result<Catalog> catalog = load_catalog({});
  if (!catalog) return terminal.report(catalog.error());
  terminal.out() << "berth " << version() << "\nrules " << rules->hash() << "\ncatalog " << catalog->as_of() << '\n';
  return kDone;
}

}  // namespace berth::cli
