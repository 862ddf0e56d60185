#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "berth/readers.hpp"
#include "readers/mapped_file.hpp"
#include "readers/weights/dequantize.hpp"

namespace berth {
namespace {

constexpr std::int64_t kSmallest = 16;  // rows and columns: less tells nothing of a product

bool is_integer(std::string_view type) {
  return type == "I8" || type == "U8" || type == "I4" || type == "U4";
}

// Tables that are looked up, not multiplied with.
bool is_lookup(std::string_view name) {
  constexpr std::array<std::string_view, 5> kTables{"embed", "token_embd", "wte", "wpe", "position"};
  return std::any_of(kTables.begin(), kTables.end(), [&](std::string_view t) { return name.find(t) != name.npos; });
}

struct Matrix {
  const StoredTensor* tensor = nullptr;
  std::int64_t rows = 0;     // as stored: the first dimension, or all but the last of stacked experts
  std::int64_t columns = 0;  // as stored
};

// Matrices [out, in], filters [out, height, width, in] as [out, rest], experts [experts, out, in] stacked.
std::optional<Matrix> matrix_of(const StoredTensor& t) {
  if (t.shape.size() < 2 || is_lookup(t.name)) return std::nullopt;
  const std::int64_t all = elements_of(t);
  if (all <= 0) return std::nullopt;
  const std::int64_t columns = t.shape.size() == 4 ? all / t.shape[0] : t.shape.back();
  const Matrix m{&t, all / columns, columns};
  if (m.rows < kSmallest || m.columns < kSmallest) return std::nullopt;
  return m;
}

// Whether its elements can be turned into numbers here.
bool readable(const StoredTensor& t) {
  if (!can_decode(t.type) || t.type == "BOOL") return false;
  if (!is_integer(t.type)) return true;
  return t.scales.size() == 1 ||
         (t.quantized_axis >= 0 && static_cast<std::size_t>(t.quantized_axis) < t.shape.size() &&
          static_cast<std::int64_t>(t.scales.size()) == t.shape[static_cast<std::size_t>(t.quantized_axis)]);
}

class Sampler {
 public:
  Sampler(const WeightTable& table, const SampleOptions& options) : table_(table), options_(options) {}

  Result<WeightSample> sample(const Matrix& m) {
    const Result<std::string_view> bytes = bytes_of(*m.tensor);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const StorageType* storage = find_storage(m.tensor->type);
    const std::int64_t block = storage->block_elements;
    // A transposed matrix is read along its inputs.
    const std::int64_t most_rows = m.tensor->transposed ? options_.columns : options_.rows;
    const std::int64_t most_columns = m.tensor->transposed ? options_.rows : options_.columns;
    const std::int64_t rows = std::min(m.rows, most_rows);
    std::int64_t columns = std::min(m.columns, most_columns);
    if (columns < m.columns) columns = std::max(block, columns / block * block);
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(rows * columns));
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t row = r * m.rows / rows;  // spread evenly
      if (!read_row(m, *bytes, *storage, row, columns, values)) {
        return fail(ErrorCode::kInvalid, fmt::format("tensor '{}' is shorter than its shape", m.tensor->name), "",
                    SourceSpan{table_.files[m.tensor->file], 0, 0, 0, 0});
      }
    }
    return finish(m, rows, columns, std::move(values));
  }

 private:
  Result<std::string_view> bytes_of(const StoredTensor& t) {
    auto it = files_.find(t.file);
    if (it == files_.end()) {
      if (t.file >= table_.files.size()) return fail(ErrorCode::kInternal, "a tensor of no file");
      Result<MappedFile> file = MappedFile::open(table_.files[t.file]);
      if (!file) return tl::unexpected<Error>(file.error());
      it = files_.emplace(t.file, std::move(*file)).first;
    }
    const std::string_view bytes = it->second.bytes();
    if (t.offset > bytes.size() || t.bytes > bytes.size() - t.offset) {
      return fail(ErrorCode::kInvalid, fmt::format("tensor '{}' leaves its file", t.name), "",
                  SourceSpan{table_.files[t.file], 0, 0, 0, 0});
    }
    return bytes.substr(t.offset, t.bytes);
  }

  // The first `columns` of one row. Rows of blocks start on a block (the reader has checked).
  static bool read_row(const Matrix& m, std::string_view bytes, const StorageType& storage, std::int64_t row,
                       std::int64_t columns, std::vector<float>& values) {
    const std::int64_t first = row * m.columns;
    if (first % storage.block_elements != 0) return true;
    const auto offset =
        static_cast<std::uint64_t>(first / storage.block_elements) * static_cast<std::uint64_t>(storage.block_bytes);
    if (offset > bytes.size()) return false;
    const std::size_t start = values.size();
    if (!decode(storage.name, bytes.substr(offset), static_cast<std::size_t>(columns), values)) return false;
    scale_row(*m.tensor, static_cast<std::size_t>(first), start, values);
    return true;
  }

  // Undoes the quantisation of the values from `start` on, the first of which is element `first` of the tensor.
  static void scale_row(const StoredTensor& t, std::size_t first, std::size_t start, std::vector<float>& values) {
    if (t.scales.empty()) return;
    std::size_t inner = 1;  // elements from one index of the axis to the next
    for (std::size_t d = t.shape.size(); t.scales.size() > 1 && d-- > static_cast<std::size_t>(t.quantized_axis) + 1;) {
      inner *= static_cast<std::size_t>(t.shape[d]);
    }
    for (std::size_t i = start; i < values.size(); ++i) {
      const std::size_t channel = (first + i - start) / inner % t.scales.size();
      const float zero = channel < t.zero_points.size() ? static_cast<float>(t.zero_points[channel]) : 0.0F;
      values[i] = t.scales[channel] * (values[i] - zero);
    }
  }

  static WeightSample finish(const Matrix& m, std::int64_t rows, std::int64_t columns, std::vector<float> values) {
    WeightSample out;
    out.tensor = m.tensor->name;
    out.stored_as = m.tensor->type;
    out.tensor_rows = m.tensor->transposed ? m.columns : m.rows;
    out.tensor_columns = m.tensor->transposed ? m.rows : m.columns;
    out.rows = m.tensor->transposed ? columns : rows;
    out.columns = m.tensor->transposed ? rows : columns;
    if (!m.tensor->transposed) {
      out.values = std::move(values);
      return out;
    }
    out.values.resize(values.size());
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) {
        out.values[static_cast<std::size_t>(c * rows + r)] = values[static_cast<std::size_t>(r * columns + c)];
      }
    }
    return out;
  }

  const WeightTable& table_;
  const SampleOptions& options_;
  std::map<std::uint32_t, MappedFile> files_;
};

}  // namespace

Result<std::vector<WeightSample>> sample_weights(const WeightTable& table, const SampleOptions& options,
                                                 std::vector<std::string>& notes) {
  std::vector<Matrix> matrices;
  std::map<std::string_view, std::int64_t> left_out;
  for (const StoredTensor& t : table.tensors) {
    const std::optional<Matrix> m = matrix_of(t);
    if (!m) continue;
    if (readable(t)) {
      matrices.push_back(*m);
    } else {
      ++left_out[t.type];
    }
  }
  for (const auto& [type, count] : left_out) {
    notes.push_back(fmt::format("{} matrices of {} can't be unpacked and are left out", count, type));
  }
  if (matrices.empty()) {
    return fail(ErrorCode::kIncomplete, "no weight matrix can be sampled",
                "give a file whose weights are plain numbers, or a format that berth can unpack",
                SourceSpan{table.files.empty() ? "" : table.files.front(), 0, 0, 0, 0});
  }
  Sampler sampler(table, options);
  std::vector<WeightSample> out;
  const std::size_t count = std::min(options.tensors, matrices.size());
  for (std::size_t i = 0; i < count; ++i) {
    Result<WeightSample> sample = sampler.sample(matrices[i * matrices.size() / count]);
    if (!sample) return tl::unexpected<Error>(sample.error());
    if (sample->values.size() == static_cast<std::size_t>(sample->rows * sample->columns))
      out.push_back(std::move(*sample));
  }
  notes.push_back(fmt::format("{} of {} matrices sampled, at most {} x {} of each", out.size(), matrices.size(),
                              options.rows, options.columns));
  return out;
}

}  // namespace berth
