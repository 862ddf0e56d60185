#include "berth/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "profile/probe_kernels.hpp"

namespace berth {
namespace {

using probing::Kernels;

const Kernels& kernels_here() {
#ifdef BERTH_X86_KERNELS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    return probing::kAvx512Kernels;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return probing::kAvx2Kernels;
#endif
  return probing::kBaseKernels;
}

// Larger than the last-level cache of a core complex on today's servers (32 MB; 96 MB stacked).
constexpr std::ptrdiff_t kMemoryFloats = std::ptrdiff_t{16} << 20;
constexpr std::ptrdiff_t kSide = 1024;     // of the matrices: large enough that packing hardly counts
constexpr std::ptrdiff_t kSlowSide = 256;  // formats without instructions of their own

class Bench {
 public:
  Bench(const Kernels& kernels, const ProbeOptions& options, int threads)
      : kernels_(kernels), options_(options), threads_(threads) {}

  HostRates run(std::ptrdiff_t cache_floats) {
    HostRates out;
    out.threads = threads_;
    const auto set = [&](DType dtype, double rate) {
      out.gemm[static_cast<std::size_t>(dtype)] = FlopsPerSecond(rate);
    };
    set(DType::kFp32, gemm<float>(kSide, [&](auto... a) { kernels_.gemm_fp32(a...); }));
    set(DType::kFp64, gemm<double>(kSide, [&](auto... a) { kernels_.gemm_fp64(a...); }));
    set(DType::kBf16, gemm<std::uint16_t>(kSlowSide, [&](auto... a) { kernels_.gemm_bf16(a...); }));
    set(DType::kFp16, gemm<std::uint16_t>(kSlowSide, [&](auto... a) { kernels_.gemm_fp16(a...); }));
    std::vector<float> a(kMemoryFloats, 1.0F);
    std::vector<float> b(kMemoryFloats, 2.0F);
    std::vector<float> c(kMemoryFloats, 3.0F);
    const std::ptrdiff_t part = kMemoryFloats / threads_;
    const auto bytes = static_cast<double>(part * threads_) * sizeof(float);
    out.read = BytesPerSecond(bytes / best([&](int t) {
                                sink_[static_cast<std::size_t>(t % kSinks)] = kernels_.sum(part, a.data() + t * part);
                              }));
    out.copy =
        BytesPerSecond(2 * bytes / best([&](int t) { kernels_.copy(part, a.data() + t * part, b.data() + t * part); }));
    out.triad = BytesPerSecond(3 * bytes / best([&](int t) {
                                 kernels_.triad(part, b.data() + t * part, c.data() + t * part, a.data() + t * part);
                               }));
    const std::ptrdiff_t small = std::min(cache_floats / 2, part);
    constexpr int kPasses = 200;
    const double cached = best([&](int t) {
      for (int i = 0; i < kPasses; ++i) kernels_.copy(small, a.data() + t * part, b.data() + t * part);
    });
    out.cache_copy = BytesPerSecond(2.0 * kPasses * static_cast<double>(small * threads_) * sizeof(float) / cached);
    if (threads_ > 1) {
      // Each pass copies a part forth and back; the next thread's part instead of one's own costs this more.
      const double own = pass_s(a.data(), b.data(), Parts::kOwn);
      const double others = pass_s(a.data(), b.data(), Parts::kOfTheOthers);
      const auto exchanged = 2.0 * static_cast<double>(kExchanged * threads_) * sizeof(float);
      out.exchange = BytesPerSecond(exchanged / std::max(others - own, 0.01 * others));
    }
    return out;
  }

 private:
  enum class Parts : std::uint8_t { kOwn, kOfTheOthers };
  static constexpr std::ptrdiff_t kExchanged = std::ptrdiff_t{64} << 10;  // floats a thread: an activation's size

  // Seconds of one pass in which every thread copies one part from one array to the other; passes go to and
  // fro between the arrays, and all threads meet after each. By the wall clock: two threads that take turns on
  // one core exchange nothing, and would look fast by the time that each has run.
  double pass_s(float* a, float* b, Parts parts) {
    constexpr int kPasses = 50;
    std::atomic<std::int64_t> arrived{0};
    std::vector<std::int64_t> met(static_cast<std::size_t>(threads_), 0);
    const double seconds = best(
        [&](int t) {
          for (int pass = 0; pass < kPasses; ++pass) {
            const std::ptrdiff_t part = parts == Parts::kOwn ? t : (t + pass) % threads_;
            float* from = (pass % 2 == 0 ? a : b) + part * kExchanged;
            kernels_.copy(kExchanged, from, (pass % 2 == 0 ? b : a) + part * kExchanged);
            const std::int64_t all = ++met[static_cast<std::size_t>(t)] * threads_;
            arrived.fetch_add(1);
            for (int spins = 0; arrived.load() < all; ++spins) {
              if (spins > 10'000) std::this_thread::yield();  // another program has that thread's core
            }
          }
        },
        options_.clock);
    return seconds / kPasses;
  }

  // Shortest time of work(0) … work(threads - 1), all at once: of the slowest of them.
  double best(const std::function<void(int)>& work) const {
    return best(work, options_.thread_clock != nullptr ? options_.thread_clock : options_.clock);
  }
  double best(const std::function<void(int)>& work, double (*clock)()) const {
    const double start = options_.clock();
    double shortest = 1e300;
    for (int i = 0; i < 4 || options_.clock() - start < options_.seconds_per_figure; ++i) {
      std::vector<double> seconds(static_cast<std::size_t>(threads_), 0.0);
      const auto timed = [&](int t) {
        const double before = clock();
        work(t);
        seconds[static_cast<std::size_t>(t)] = clock() - before;
      };
      std::vector<std::thread> others;
      for (int t = 1; t < threads_; ++t) others.emplace_back(timed, t);
      timed(0);
      for (std::thread& other : others) other.join();
      // The first one touches the memory.
      if (i > 0) shortest = std::min(shortest, *std::max_element(seconds.begin(), seconds.end()));
      if (i >= 1000) break;
    }
    return std::max(shortest, 1e-9);
  }

  template <class T, class Gemm>
  double gemm(std::ptrdiff_t side, Gemm multiply) const {
    const auto elements = static_cast<std::size_t>(side * side);
    const std::vector<T> a(elements, T{1});
    const std::vector<T> b(elements, T{1});
    std::vector<T> c(elements, T{0});
    const std::ptrdiff_t columns = side / threads_;
    if (columns == 0) return 0;
    const double seconds = best([&](int t) {
      const std::ptrdiff_t at = t * columns * side;
      multiply(side, columns, side, a.data(), b.data() + at, c.data() + at);
    });
    return 2.0 * static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(columns * threads_) /
           seconds;
  }

  static constexpr int kSinks = 64;
  const Kernels& kernels_;
  const ProbeOptions& options_;
  int threads_;
  std::array<float, kSinks> sink_{};
};

}  // namespace

Result<Device> probe_host(const HostTopology& topology, const ProbeOptions& options) {
  if (options.clock == nullptr) return fail(ErrorCode::kInvalid, "the probe needs a clock");
  const Kernels& kernels = kernels_here();
  constexpr std::int64_t kUsualCache = 512 << 10;
  std::int64_t cache = kUsualCache;
  for (const HostCache& c : topology.caches) {
    if (c.level == 2) cache = c.size.value();
  }
  Device out;
  out.id = "host";
  out.name = topology.name.empty() ? "this machine" : topology.name;
  out.vendor = topology.vendor;
  out.device_class = DeviceClass::kCpu;
  out.memory = topology.memory;
  out.cores = std::max(1, topology.cores);
  out.frameworks = {"pytorch", "tensorflow", "onnxruntime", "openvino", "llama.cpp"};
  out.status = "current";
  HostDetails details;
  details.caches = topology.caches;
  std::vector<int> counts{1};
  for (int n = 2; n < topology.cores; n *= 2) counts.push_back(n);
  if (topology.cores > 1) counts.push_back(topology.cores);
  for (const int threads : counts) {
    details.rates.push_back(Bench(kernels, options, threads).run(cache / static_cast<std::int64_t>(sizeof(float))));
  }
  const HostRates& all = details.rates.back();
  // Formats that Eigen has to convert run slower than fp32: possible, but no path of their own.
  for (const DType dtype : {DType::kFp64, DType::kFp32}) {
    out.peak[static_cast<std::size_t>(dtype)] = all.gemm[static_cast<std::size_t>(dtype)];
  }
  out.dtypes = {DType::kFp64, DType::kFp32, DType::kBf16, DType::kFp16, DType::kInt8};
  out.memory_bandwidth = all.triad;
  const std::string how =
      fmt::format("berth probe: Eigen, {} kernels, {} threads, best of repeated runs", kernels.name, all.threads);
  for (const char* figure : {"peak", "memory_bandwidth"})
    out.provenance[figure] = {{how}, "V1", "measured on this machine"};
  for (const char* figure : {"memory", "cores"}) out.provenance[figure] = {{"the operating system"}, "V1", ""};
  out.host = std::move(details);
  return out;
}

}  // namespace berth
