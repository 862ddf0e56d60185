// usage: bench_rules RULES FACTS: CPU time of the rule engine beside the same 16 rules written by hand.
//
// RULES is tests/bench/rules/rules.json (the hand-written form knows its facts), FACTS one sheet a line.
// Prints one JSON object a figure: {"name": …, "unit": "us", "median": …, "min": …, "max": …}.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "berth/data.hpp"
#include "berth/judge.hpp"
#include "core/node.hpp"

namespace {

using namespace berth;

constexpr int kRounds = 7;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// CPU microseconds of `run`, divided by `per`; one round to warm up.
template <class F>
void measure(const char* name, double per, F run) {
  std::vector<double> times;
  for (int round = -1; round < kRounds; ++round) {
    const double start = cpu_seconds();
    run();
    if (round >= 0) times.push_back((cpu_seconds() - start) * 1e6 / per);
  }
  std::sort(times.begin(), times.end());
  fmt::print("{{\"name\": \"{}\", \"unit\": \"us\", \"median\": {:.4f}, \"min\": {:.4f}, \"max\": {:.4f}}}\n", name,
             times[times.size() / 2], times.front(), times.back());
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

std::string read(const char* path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) give_up(fmt::format("can't read {}", path));
  return {std::istreambuf_iterator<char>(in), {}};
}

FactValue value_of(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kBool: return node.as_bool();
    case Node::Kind::kInt: return node.as_int();
    case Node::Kind::kDouble: return node.as_double();
    case Node::Kind::kString: return node.as_string();
    case Node::Kind::kArray: {
      std::vector<std::string> words;
      for (const Node& item : node.as_array()) words.push_back(item.as_string());
      return words;
    }
    default: return {};
  }
}

// ---- the floor: what a person would write for these 16 rules, words already numbers

struct Plain {
  enum Word : int { kOther, kPrototype, kTensorflow, kJax, kPytorch, kHard };
  Word stage = kOther, framework = kOther, effort = kOther;
  std::int64_t batch = 0, custom_ops = 0, custom_in_loop = 0, bits = 0;
  double cpu_hours = 0, gpu_hours = 0, parameters_m = 0, custom_fraction = 0, matmul = 0, io = 0, net = 0;
  bool source = false;
  std::vector<int> ops;  // 1 where the operator is one of the eight
};

Plain::Word word_of(const std::string& text) {
  constexpr std::array<std::pair<const char*, Plain::Word>, 5> kWords = {{{"prototype", Plain::kPrototype},
                                                                          {"tensorflow", Plain::kTensorflow},
                                                                          {"jax", Plain::kJax},
                                                                          {"pytorch", Plain::kPytorch},
                                                                          {"hard", Plain::kHard}}};
  const auto* found = std::find_if(kWords.begin(), kWords.end(), [&](const auto& word) { return text == word.first; });
  return found == kWords.end() ? Plain::kOther : found->second;
}

bool common_operator(const std::string& name) {
  constexpr std::array<const char*, 8> kCommon = {"matmul",  "conv2d",    "add",    "relu",
                                                  "softmax", "layernorm", "gather", "reduce"};
  return std::find(kCommon.begin(), kCommon.end(), name) != kCommon.end();
}

Plain plain_of(const Node& sheet) {
  const Node &job = *sheet.find("job"), &model = *sheet.find("model"), &host = *sheet.find("host");
  Plain p;
  p.stage = word_of(job.find("stage")->as_string());
  p.batch = job.find("batch_size")->as_int();
  p.cpu_hours = job.find("est_cpu_hours")->number();
  p.gpu_hours = job.find("est_gpu_hours")->number();
  p.framework = word_of(model.find("framework")->as_string());
  p.parameters_m = model.find("params_m")->number();
  p.source = model.find("source_available")->as_bool();
  p.effort = word_of(model.find("change_effort")->as_string());
  p.custom_ops = model.find("custom_ops")->as_int();
  p.custom_in_loop = model.find("custom_ops_in_loop")->as_int();
  p.custom_fraction = model.find("custom_cpp_op_fraction")->number();
  p.matmul = model.find("matmul_fraction")->number();
  p.bits = model.find("precision_bits")->as_int();
  p.io = host.find("io_utilization")->number();
  p.net = host.find("net_utilization")->number();
  for (const Node& op : model.find("ops")->as_array()) p.ops.push_back(common_operator(op.as_string()) ? 1 : 0);
  return p;
}

// Bit i: rule i of rules.json fires.
unsigned by_hand(const Plain& p) {
  unsigned fired = 0;
  const auto rule = [&](unsigned number, bool fires) { fired |= static_cast<unsigned>(fires) << number; };
  const bool tensorflow = p.framework == Plain::kTensorflow;
  rule(0, p.stage == Plain::kPrototype);
  rule(1, p.parameters_m < 1 && p.cpu_hours < 1);
  rule(2, tensorflow && p.custom_fraction > 0.5);
  rule(3, p.io >= 0.9 || p.net >= 0.9);
  rule(4, !tensorflow);
  rule(5, !p.source || p.effort == Plain::kHard);
  rule(6, p.custom_ops > 0 && p.custom_fraction <= 0.5);
  rule(7, std::find(p.ops.begin(), p.ops.end(), 0) != p.ops.end());
  rule(8, p.parameters_m >= 10 && p.batch >= 256);
  rule(9, p.matmul >= 0.7);
  rule(10, p.custom_in_loop == 0);
  rule(11, p.cpu_hours >= 336 || p.gpu_hours >= 336);
  rule(12, p.parameters_m >= 100 && p.batch >= 4096);
  rule(13, p.bits > 32);
  rule(14, !p.source && !tensorflow);
  rule(15, !(tensorflow || p.framework == Plain::kJax || p.framework == Plain::kPytorch));
  return fired;
}

// ---- the engine

struct Data {
  std::vector<FactSheet> sheets;
  std::vector<Plain> plain;
};

void set_facts(FactSheet& sheet, const Node& object, const std::string& prefix) {
  for (const Member& member : object.as_object()) {
    const std::string path = prefix.empty() ? member.key : prefix + "." + member.key;
    if (member.value.is(Node::Kind::kObject)) {
      set_facts(sheet, member.value, path);
    } else if (const Status status = sheet.set(path, value_of(member.value)); !status) {
      give_up(to_string(status.error()));
    }
  }
}

Data read_sheets(const RuleSet& rules, const std::string& text) {
  Data data;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const Result<Node> root = parse_document(std::string_view(text).substr(at, end - at), "facts", Syntax::kJson);
    if (!root) give_up(to_string(root.error()));
    data.sheets.emplace_back(rules);
    set_facts(data.sheets.back(), *root, {});
    data.plain.push_back(plain_of(*root));
    at = end + 1;
  }
  return data;
}

// The rules of rules.json in its order stand in id order in the set.
std::vector<unsigned> numbers_of(const RuleSet& rules, const Node& file) {
  std::vector<unsigned> numbers(rules.rules().size());
  const Node::Array& written = file.find("rules")->as_array();
  for (unsigned i = 0; i < written.size(); ++i) {
    const Rule* rule = rules.find(written[i].find("id")->as_string());
    numbers[static_cast<std::size_t>(rule - rules.rules().data())] = i;
  }
  return numbers;
}

struct Trace {
  Verdict verdict;
  std::vector<std::uint32_t> facts;
  std::vector<const FactValue*> values;
};

void bench(const RuleSet& rules, const Node& file, Data& data) {
  const std::vector<unsigned> numbers = numbers_of(rules, file);
  const auto count = static_cast<double>(data.sheets.size());
  constexpr int kRepeats = 20;
  std::vector<unsigned> hand(data.sheets.size()), ours(data.sheets.size());
  measure("by hand in C++", count * kRepeats, [&] {
    for (int repeat = 0; repeat < kRepeats; ++repeat)
      std::transform(data.plain.begin(), data.plain.end(), hand.begin(), by_hand);
  });
  Judge judge(rules);
  measure("berth, verdicts", count * kRepeats, [&] {
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
      judge.judge_each(data.sheets, [&](std::size_t i, std::span<const Verdict> verdicts) {
        unsigned fired = 0;
        for (std::size_t r = 0; r < verdicts.size(); ++r)
          fired |= static_cast<unsigned>(verdicts[r] == Verdict::kFired) << numbers[r];
        ours[i] = fired;
      });
    }
  });
  // As in a stream: the sheet has just been filled, its facts are in the cache.
  measure("berth, verdicts of one sheet again and again", count * kRepeats, [&] {
    std::size_t fired = 0;
    for (std::size_t i = 0; i < data.sheets.size() * kRepeats; ++i)
      fired += judge.judge(data.sheets[i % 16])[0] == Verdict::kFired ? 1 : 0;
    if (fired > data.sheets.size() * kRepeats) give_up("impossible");
  });
  std::vector<Trace> trace(rules.rules().size());
  measure("berth, with trace", count, [&] {
    judge.judge_each(data.sheets, [&](std::size_t i, std::span<const Verdict> verdicts) {
      for (std::size_t r = 0; r < verdicts.size(); ++r) {
        const bool open = verdicts[r] == Verdict::kUndetermined;
        const std::span<const std::uint32_t> facts = open ? judge.missing(r) : judge.decisive(r);
        trace[r].verdict = verdicts[r];
        trace[r].facts.assign(facts.begin(), facts.end());
        trace[r].values.clear();
        for (const std::uint32_t fact : facts) trace[r].values.push_back(data.sheets[i].value_of(fact));
      }
    });
  });
  measure("berth, decisions and messages", count, [&] {
    for (FactSheet& sheet : data.sheets) (void)rules.evaluate(sheet, Scope::kWorkload);
  });
  std::size_t different = 0;
  for (std::size_t i = 0; i < hand.size(); ++i) different += hand[i] != ours[i] ? 1 : 0;
  fmt::print("{{\"name\": \"sheets with other fired rules than by hand\", \"count\": {}, \"of\": {}}}\n", different,
             hand.size());
}

// What would flip the accelerator of a training job of which a user gave all that rules ask for: changes of up to two
// facts, over all cells of the shipped rules' facts.
void bench_flips(const RuleSet& shipped) {
  FactSheet sheet(shipped);
  const auto set = [&](const char* fact, FactValue value) {
    if (const Status status = sheet.set(fact, std::move(value)); !status) give_up(to_string(status.error()));
  };
  set("job.task", std::string("train"));
  set("model.framework", std::string("tensorflow"));
  set("model.custom_ops", std::string("none"));
  set("model.unsupported_tpu_ops", std::vector<std::string>());
  set("model.needs_high_precision", false);
  set("model.massively_parallel", false);
  set("model.source_access", std::string("modifiable"));
  set("model.parameters", std::int64_t{25'600'000});
  set("profile.matmul_share", 0.9);
  set("job.global_batch", std::int64_t{2048});
  set("job.time_on_cpu_s", 1'814'400.0);
  FlipSearch found;
  measure("counterfactual of up to two facts", 1, [&] {
    const Result<FlipSearch> search = would_change(shipped, sheet, "accelerator.class");
    if (!search) give_up(to_string(search.error()));
    found = *search;
  });
  fmt::print("{{\"name\": \"counterfactual\", \"evaluations\": {}, \"proven_up_to\": {}, \"flips\": {}}}\n",
             found.evaluations, found.proven_up_to, found.flips.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) give_up("usage: bench_rules RULES FACTS");
  const SourceFile file{argv[1], read(argv[1])};
  const Result<Node> written = parse_document(file.text, file.name);
  const Result<RuleSet> rules = RuleSet::load_file(file);
  if (!written || !rules) give_up(to_string(rules ? written.error() : rules.error()));
  {
    Data data = read_sheets(*rules, read(argv[2]));
    bench(*rules, *written, data);
  }
  measure("load 16 rules", 1, [&] { (void)RuleSet::load_file(file); });
  const std::vector<SourceFile> shipped = embedded_data();
  std::size_t count = 0;
  measure("load the shipped rules", 1, [&] {
    const Result<RuleSet> set = RuleSet::load(shipped);
    if (!set) give_up(to_string(set.error()));
    count = set->rules().size();
  });
  fmt::print("{{\"name\": \"shipped rules\", \"count\": {}}}\n", count);
  const Result<RuleSet> set = RuleSet::load(shipped);
  if (!set) give_up(to_string(set.error()));
  bench_flips(*set);
}
