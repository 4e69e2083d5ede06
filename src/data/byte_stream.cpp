#include "data/byte_stream.hpp"

#include <zlib.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/assertion.hpp"
#include "base/diagnostic.hpp"

namespace backtest {

namespace {

class PlainBytes final : public ByteStream {
 public:
  explicit PlainBytes(std::shared_ptr<const DataSource> source) : source_(std::move(source)) {}

  std::size_t read(std::span<char> buffer) override {
    const std::size_t got = source_->read(offset_, buffer);
    offset_ += got;
    return got;
  }

 private:
  std::shared_ptr<const DataSource> source_;
  std::uint64_t offset_ = 0;
};

class GunzippedBytes final : public ByteStream {
 public:
  explicit GunzippedBytes(std::shared_ptr<const DataSource> source)
      : path_(source->path()), compressed_(std::move(source)), input_(std::size_t{1} << 18) {
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

std::unique_ptr<ByteStream> plain_bytes(std::shared_ptr<const DataSource> source) {
  return std::make_unique<PlainBytes>(std::move(source));
}
std::unique_ptr<ByteStream> gunzipped_bytes(std::shared_ptr<const DataSource> source) {
  return std::make_unique<GunzippedBytes>(std::move(source));
}

}  // namespace backtest
