// A file as bytes, memory-mapped: only the pages that a reader looks at are read from disk, so a model
// of many gigabytes costs no more than its headers.
//
// The mapping is private and read-only. A file that another program cuts short while it is mapped
// raises SIGBUS in whoever reads past its end: model files are not written in place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "berth/result.hpp"

namespace berth {

class MappedFile {
 public:
  // Errors: kNotFound; kIo (folders, devices, no permission). An empty file maps to empty bytes().
  static Result<MappedFile> open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(address_), size_}; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit MappedFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

// How to mend a file that contradicts its own format.
inline constexpr const char* kDamagedFile = "the file is cut short or damaged: get it again";

// An error at a place in a binary file: "model.onnx: error: at byte 1234: …". An empty fix is that of a
// damaged file.
Error error_at_byte(std::string_view file, std::uint64_t offset, ErrorCode code, const std::string& message,
                    std::string fix = {});

}  // namespace berth
