#include "data/byte_stream.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/assertion.hpp"

namespace backtest {

namespace {

// Reads at its own offset, so that streams over one descriptor do not disturb each other.
class PlainBytes final : public ByteStream {
 public:
  explicit PlainBytes(const SourceFile& file) : file_(file) {}

  std::size_t read(std::span<char> buffer) override {
    while (true) {
      const ssize_t got = pread(file_.descriptor(), buffer.data(), buffer.size(), static_cast<off_t>(offset_));
      if (got >= 0) {
        offset_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) {
        throw InvalidInput(
            Diagnostic{.file = file_.path(), .message = fmt::format("reading stopped: {}", std::strerror(errno))});
      }
    }
  }

 private:
  const SourceFile& file_;
  std::uint64_t offset_ = 0;
};

class GunzippedBytes final : public ByteStream {
 public:
  explicit GunzippedBytes(const SourceFile& file)
      : path_(file.path()), compressed_(file), input_(std::size_t{1} << 18) {
    constexpr int gzip_format = 16;
    const int status = inflateInit2(&inflater_, MAX_WBITS + gzip_format);
    BACKTEST_ASSERT(status == Z_OK, "zlib starts");
  }
  ~GunzippedBytes() override { inflateEnd(&inflater_); }

  std::size_t read(std::span<char> buffer) override {
    inflater_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    inflater_.avail_out = static_cast<uInt>(buffer.size());
    while (inflater_.avail_out == buffer.size()) {
      if (inflater_.avail_in == 0 && !refill()) {
        if (inside_member_) refuse("the compressed data end too early");
        return 0;
      }
      inside_member_ = true;
      const int status = inflate(&inflater_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        inside_member_ = false;
        inflateReset(&inflater_);
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        refuse("is damaged or not gzip data");
      }
    }
    return buffer.size() - inflater_.avail_out;
  }

 private:
  bool refill() {
    const std::size_t got = compressed_.read(input_);
    inflater_.next_in = reinterpret_cast<Bytef*>(input_.data());
    inflater_.avail_in = static_cast<uInt>(got);
    return got > 0;
  }
  [[noreturn]] void refuse(std::string why) {
    throw InvalidInput(Diagnostic{.file = path_, .message = std::move(why)});
  }

  std::string path_;
  PlainBytes compressed_;
  std::vector<char> input_;
  z_stream inflater_{};
  bool inside_member_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> plain_bytes(const SourceFile& file) {
  return std::make_unique<PlainBytes>(file);
}
std::unique_ptr<ByteStream> gunzipped_bytes(const SourceFile& file) {
  return std::make_unique<GunzippedBytes>(file);
}

}  // namespace backtest
