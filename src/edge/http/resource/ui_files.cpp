#include "edge/http/resource/ui_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/allowed_file.hpp"
#include "base/ascii_text.hpp"
#include "base/sha256.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/run_artifacts.hpp"

namespace backtest {

namespace {

class OpenFile : public BodySource {
 public:
  OpenFile(int descriptor, struct stat status) : descriptor_(descriptor), status_(status) {}
  ~OpenFile() override { close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const struct stat& status() const { return status_; }

  std::size_t read(char* buffer, std::size_t capacity) override {
    for (;;) {
      const ssize_t size = ::read(descriptor_, buffer, capacity);
      if (size >= 0) return static_cast<std::size_t>(size);
      if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "read a file of the web client");
    }
  }

 private:
  int descriptor_;
  struct stat status_;
};

// Null where there is no such regular file. Names that begin with a dot are never sent.
std::unique_ptr<OpenFile> open_ui_file(const std::string& directory, const std::vector<std::string>& segments) {
  std::string path = directory;
  for (const std::string& segment : segments) {
    if (segment.empty() || segment.starts_with('.') || segment.find('/') != std::string::npos) return nullptr;
    path += "/" + segment;
  }
  const int descriptor = open_allowed(path, {directory});
  if (descriptor < 0 && (errno == EMFILE || errno == ENFILE || errno == EIO || errno == ENOMEM)) {
    throw std::system_error(errno, std::generic_category(), "open a file of the web client");
  }
  if (descriptor < 0) return nullptr;
  struct stat status{};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    return nullptr;
  }
  return std::make_unique<OpenFile>(descriptor, status);
}

// A file that is replaced or written to has another inode or another time of change, even where its modification time
// was set back.
std::string file_etag(const struct stat& status) {
  Sha256 hash;
  for (const auto part : {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
                          static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(status.st_ctim.tv_sec),
                          static_cast<std::int64_t>(status.st_ctim.tv_nsec)}) {
    hash.update_framed(std::to_string(part));
  }
  return "\"" + hash.hex().substr(0, 32) + "\"";
}

}  // namespace

std::string_view ui_content_type(std::string_view name) {
  struct Type {
    std::string_view ending, type;
  };
  static constexpr Type types[] = {{".html", "text/html; charset=utf-8"},
                                   {".js", "text/javascript; charset=utf-8"},
                                   {".mjs", "text/javascript; charset=utf-8"},
                                   {".css", "text/css; charset=utf-8"},
                                   {".json", "application/json"},
                                   {".map", "application/json"},
                                   {".webmanifest", "application/manifest+json"},
                                   {".txt", "text/plain; charset=utf-8"},
                                   {".xml", "text/xml; charset=utf-8"},
                                   {".svg", "image/svg+xml"},
                                   {".png", "image/png"},
                                   {".jpg", "image/jpeg"},
                                   {".jpeg", "image/jpeg"},
                                   {".gif", "image/gif"},
                                   {".webp", "image/webp"},
                                   {".avif", "image/avif"},
                                   {".ico", "image/x-icon"},
                                   {".woff", "font/woff"},
                                   {".woff2", "font/woff2"},
                                   {".ttf", "font/ttf"},
                                   {".otf", "font/otf"},
                                   {".wasm", "application/wasm"},
                                   {".pdf", "application/pdf"}};
  const std::string lower = lower_case(name);
  for (const Type& type : types) {
    if (lower.ends_with(type.ending)) return type.type;
  }
  return "application/octet-stream";
}

HttpResponse get_ui_file(ApiContext& context, const HttpRequest& request) {
  const std::string& directory = context.settings.ui.dist_dir;
  std::vector<std::string> segments = request.target.segments;
  const bool below_assets = !segments.empty() && segments.front() == "assets";
  std::unique_ptr<OpenFile> file;
  if (!segments.empty() && !request.target.trailing_slash) file = open_ui_file(directory, segments);
  if (!file && !below_assets) {
    segments = {"index.html"};
    file = open_ui_file(directory, segments);
  }
  if (!file) throw HttpError(404, "not_found", "there is nothing at this path");

  const bool is_index = segments.size() == 1 && segments.front() == "index.html";
  const std::string_view cache = is_index       ? "no-store"
                                 : below_assets ? "public, max-age=31536000, immutable"
                                                : "no-cache";
  const std::string etag = file_etag(file->status());
  if (not_modified(request, etag)) return not_modified_response(etag, cache);
  HttpResponse response;
  response.set("Cache-Control", std::string(cache));
  response.set("ETag", etag);
  response.set("Content-Type", std::string(ui_content_type(segments.back())));
  // Signing in may open a window of the identity provider, which has to find its way back.
  if (is_index) response.set("Cross-Origin-Opener-Policy", "same-origin-allow-popups");
  response.source_size = static_cast<std::uint64_t>(file->status().st_size);
  response.source = std::move(file);
  return response;
}

}  // namespace backtest
