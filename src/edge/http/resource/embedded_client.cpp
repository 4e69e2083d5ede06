#include "edge/http/resource/embedded_client.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "edge/http/message/content_encoding.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/run_artifacts.hpp"
#include "edge/http/resource/ui_files.hpp"

namespace backtest {

namespace {

std::string unpacked(std::string_view gzip) {
  constexpr int gzip_window = 15 + 16;
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::runtime_error("no memory to decompress with");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK) {
    std::array<char, 65'536> part{};
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(part.data(), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("a file of the web client cannot be decompressed");
  return out;
}

constexpr std::string_view index_path = "/index.html";

// As ui/src/pages/App.svelte has them.
bool is_page(const std::vector<std::string>& segments) {
  if (segments.empty()) return true;
  if (segments.front() == "runs" || segments.front() == "data") return segments.size() <= 2;
  static constexpr std::string_view pages[] = {"compare", "submit", "service", "sign-in"};
  return segments.size() == 1 && std::ranges::find(pages, segments.front()) != std::end(pages);
}

}  // namespace

const EmbeddedFile* find_client_file(std::span<const EmbeddedFile> files, const RequestTarget& target) {
  std::string path;
  for (const std::string& segment : target.segments) path += "/" + segment;
  if (target.trailing_slash && !target.segments.empty()) return nullptr;
  if (is_page(target.segments)) path = index_path;
  const auto found = std::ranges::find(files, path, &EmbeddedFile::path);
  return found == files.end() ? nullptr : &*found;
}

HttpResponse client_file_response(const EmbeddedFile& file, const HttpRequest& request) {
  const bool is_index = file.path == index_path;
  const std::string etag(file.etag);
  const std::string_view cache = is_index                            ? "no-store"
                                 : file.path.starts_with("/assets/") ? "public, max-age=31536000, immutable"
                                                                     : "no-cache";
  if (not_modified(request, etag)) return not_modified_response(etag, cache);
  HttpResponse response;
  response.set("Cache-Control", std::string(cache));
  response.set("ETag", etag);
  response.set("Content-Type", std::string(ui_content_type(file.path)));
  // Signing in may open a window of the identity provider, which has to find its way back.
  if (is_index) response.set("Cross-Origin-Opener-Policy", "same-origin-allow-popups");
  if (accepts_gzip(request.header("Accept-Encoding").value_or(""))) {
    response.set("Content-Encoding", "gzip");
    response.set("Vary", "Accept-Encoding");
    response.body = std::string(file.gzip);
  } else {
    response.body = unpacked(file.gzip);
  }
  return response;
}

HttpResponse get_client_file(ApiContext&, const HttpRequest& request) {
  const EmbeddedFile* file = find_client_file(embedded_client(), request.target);
  if (file == nullptr) throw HttpError(404, "not_found", "there is nothing at this path");
  return client_file_response(*file, request);
}

}  // namespace backtest
