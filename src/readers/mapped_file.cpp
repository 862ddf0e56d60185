#include "readers/mapped_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/text.hpp"

namespace berth {
namespace {

tl::unexpected<Error> refused(const std::string& path, int code) {
  return fail(code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
              fmt::format("can't read {}: {}", shorten(path, 200), std::strerror(code)), "check the path",
              SourceSpan{path, 0, 0, 0, 0});
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  MappedFile file(path);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not block
  if (descriptor < 0) return refused(path, errno);
  struct stat status {};
  int code = ::fstat(descriptor, &status) == 0 ? 0 : errno;
  if (code == 0 && !S_ISREG(status.st_mode)) code = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (code == 0 && size > 0) {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED) {
      code = errno;
    } else {
      file.address_ = address;
      file.size_ = size;
      (void)::madvise(address, size, MADV_RANDOM);  // headers lie far apart: no read-ahead over weights
    }
  }
  ::close(descriptor);
  if (code != 0) return refused(path, code);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      address_(std::exchange(other.address_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(address_, other.address_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (address_ != nullptr) ::munmap(address_, size_);
}

Error error_at_byte(std::string_view file, std::uint64_t offset, ErrorCode code, const std::string& message,
                    std::string fix) {
  if (fix.empty()) fix = kDamagedFile;
  return Error{code, fmt::format("at byte {}: {}", offset, message), std::move(fix),
               SourceSpan{std::string(file), 0, 0, 0, 0}};
}

}  // namespace berth
