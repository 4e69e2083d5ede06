#include "edge/http/message/content_encoding.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/ascii_text.hpp"
#include "base/number_text.hpp"

namespace backtest {

namespace {

constexpr std::size_t least_size = 1024;
constexpr int level = 4;  // half the time of the default for a few percent more bytes

class Deflate {
 public:
  Deflate() {
    constexpr int gzip_window = 15 + 16;
    if (deflateInit2(&stream_, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::runtime_error("no memory to compress with");
    }
  }
  ~Deflate() { deflateEnd(&stream_); }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

std::string gzipped(std::string_view text) {
  Deflate deflater;
  z_stream& stream = deflater.stream();
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("compression failed");
  out.resize(stream.total_out);
  return out;
}

class GzipSource : public BodySource {
 public:
  explicit GzipSource(std::unique_ptr<BodySource> plain) : plain_(std::move(plain)) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    z_stream& stream = deflater_.stream();
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = static_cast<uInt>(capacity);
    while (stream.avail_out == capacity && !ended_) {
      if (stream.avail_in == 0 && !drained_) {
        const std::size_t size = plain_->read(input_.data(), input_.size());
        drained_ = size == 0;
        stream.next_in = reinterpret_cast<Bytef*>(input_.data());
        stream.avail_in = static_cast<uInt>(size);
      }
      const int result = deflate(&stream, drained_ ? Z_FINISH : Z_NO_FLUSH);
      if (result == Z_STREAM_ERROR) throw std::runtime_error("compression failed");
      ended_ = result == Z_STREAM_END;
    }
    return capacity - stream.avail_out;
  }

 private:
  std::unique_ptr<BodySource> plain_;
  Deflate deflater_;
  std::array<char, 16'384> input_{};
  bool drained_ = false;
  bool ended_ = false;
};

bool is_compressible(const HttpResponse& response) {
  const std::string_view type = response.header("Content-Type").value_or("");
  return type.starts_with("text/") || type.starts_with("application/json") || type.ends_with("+json") ||
         type.starts_with("application/yaml") || type.starts_with("application/javascript") ||
         type.starts_with("image/svg");
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool accepted = false;
  for (const std::string& item : comma_list(accept_encoding)) {
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string coding = lower_case(trimmed(std::string_view(item).substr(0, semicolon)));
    std::string weight = "1";
    if (const std::size_t q = item.find("q=", semicolon); q != std::string::npos) weight = item.substr(q + 2);
    const bool wanted = parse_number(trimmed(weight)).value_or(0.0) > 0.0;
    if (coding == "gzip" || coding == "x-gzip") return wanted;
    if (coding == "*") accepted = wanted;
  }
  return accepted;
}

void encode_body(const HttpRequest& request, HttpResponse& response) {
  if (response.events || response.status == 206 || response.status == 304 || !is_compressible(response)) return;
  if (response.header("Content-Encoding")) return;
  const std::uint64_t size = response.source ? response.source_size.value_or(least_size) : response.body.size();
  if (size < least_size) return;
  response.set("Vary", "Accept-Encoding");
  if (!accepts_gzip(request.header("Accept-Encoding").value_or(""))) return;
  response.set("Content-Encoding", "gzip");
  // Compressed bytes are not the ones that the strong validator stood for; weak comparison still matches.
  for (auto& [name, value] : response.headers) {
    if (name == "ETag" && !value.starts_with("W/")) value = "W/" + value;
  }
  std::erase_if(response.headers, [](const auto& header) { return header.first == "Accept-Ranges"; });
  if (response.source) {
    response.source = std::make_unique<GzipSource>(std::move(response.source));
    response.source_size.reset();
  } else {
    response.body = gzipped(response.body);
  }
}

}  // namespace backtest
