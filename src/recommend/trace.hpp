// A rule with what settled it, and where each of its facts comes from.
#pragma once

#include <set>
#include <string>

#include "berth/explain.hpp"
#include "recommend/session.hpp"

namespace berth {

class Tracer {
 public:
  explicit Tracer(const Session& session) : session_(session) {}

  // @param plan  of the candidate whose rules `sheet` shows, for the assumptions of its estimate; may be null
  TracedRule rule(const Rule& rule, Verdict verdict, const std::string& message, const FactSheet& sheet,
                  const Plan* plan) const;

 private:
  void add_fact(const std::string& path, const FactSheet& sheet, const Plan* plan, std::set<std::string>& seen,
                std::vector<TracedFact>& out) const;
  [[nodiscard]] const Plan* reference(const std::string& path, const std::string& device, const FactSheet& sheet) const;

  const Session& session_;
};

}  // namespace berth
