#include "artifact_store/adls/artifact_readers.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/sha256.hpp"

namespace backtest {

namespace {

constexpr std::uint64_t block_bytes = std::uint64_t{1} << 20;

// Where a reader stands in the opened range.
struct Window {
  Window(std::uint64_t size, const ByteRange& range)
      : size_bytes(size), at(range.begin), end(std::min(range.end.value_or(size), size)) {}

  std::size_t left(std::size_t capacity) const {
    return at >= end ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(capacity, end - at));
  }
  bool is_whole() const { return at == 0 && end == size_bytes; }

  std::uint64_t size_bytes, at, end;
};

class MemoryReader final : public ArtifactReader {
 public:
  MemoryReader(std::string bytes, const ByteRange& range) : bytes_(std::move(bytes)), window_(bytes_.size(), range) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t count = window_.left(capacity);
    if (count > 0) std::memcpy(buffer, bytes_.data() + window_.at, count);
    window_.at += count;
    return count;
  }

 private:
  const std::string bytes_;
  Window window_;
};

class CachedFileReader final : public ArtifactReader {
 public:
  CachedFileReader(std::shared_ptr<CachedFile> file, std::uint64_t size, const ByteRange& range)
      : file_(std::move(file)), window_(size, range) {}
  std::uint64_t size() const override { return window_.size_bytes; }
  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t wanted = window_.left(capacity);
    if (wanted == 0) return 0;
    ssize_t got = 0;
    do {
      got = pread(file_->descriptor(), buffer, wanted, static_cast<off_t>(window_.at));
    } while (got < 0 && errno == EINTR);
    // It had all its bytes when it was opened.
    if (got <= 0) throw std::system_error(got < 0 ? errno : EIO, std::generic_category(), "read a cached artifact");
    window_.at += static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
  }

 private:
  const std::shared_ptr<CachedFile> file_;
  Window window_;
};

class ObjectReader final : public ArtifactReader {
 public:
  ObjectReader(StoredObject object, const ByteRange& range, std::string sha256, std::unique_ptr<CacheFill> fill)
      : object_(std::move(object)), window_(object_.size_bytes, range), sha256_(std::move(sha256)) {
    if (!window_.is_whole() || sha256_.empty()) return;
    hash_.emplace();
    fill_ = std::move(fill);
  }

  std::uint64_t size() const override { return object_.size_bytes; }

  std::size_t read(char* buffer, std::size_t capacity) override {
    if (taken_ == block_.size() && window_.left(1) > 0) fetch_block();
    const std::size_t count = std::min(capacity, block_.size() - taken_);
    if (count > 0) std::memcpy(buffer, block_.data() + taken_, count);
    taken_ += count;
    return count;
  }

 private:
  void fetch_block() {
    block_.resize(window_.left(block_bytes));
    taken_ = 0;
    const auto got =
        reaching_storage([&] { return object_.container->read(object_.name, object_.etag, window_.at, block_); });
    if (!got || *got != block_.size()) {
      block_.clear();
      throw std::system_error(EIO, std::generic_category(), object_.name + " changed while it was read");
    }
    window_.at += block_.size();
    if (!hash_) return;
    hash_->update(std::string_view(block_.data(), block_.size()));
    if (fill_ && !fill_->append({block_.data(), block_.size()})) fill_.reset();
    if (window_.at == window_.end) verify();
  }

  void verify() {
    if (hash_->hex() != sha256_) {
      block_.clear();
      throw std::system_error(EIO, std::generic_category(),
                              object_.name + " has another SHA-256 than its manifest says");
    }
    if (fill_) fill_->keep();
    fill_.reset();
    hash_.reset();
  }

  const StoredObject object_;
  Window window_;
  const std::string sha256_;
  std::optional<Sha256> hash_;
  std::unique_ptr<CacheFill> fill_;
  std::vector<char> block_;
  std::size_t taken_ = 0;
};

}  // namespace

std::unique_ptr<ArtifactReader> read_memory(std::string bytes, const ByteRange& range) {
  return std::make_unique<MemoryReader>(std::move(bytes), range);
}

std::unique_ptr<ArtifactReader> read_cached(std::shared_ptr<CachedFile> file, std::uint64_t size_bytes,
                                            const ByteRange& range) {
  return std::make_unique<CachedFileReader>(std::move(file), size_bytes, range);
}

std::unique_ptr<ArtifactReader> read_object(StoredObject object, const ByteRange& range, std::string sha256,
                                            std::unique_ptr<CacheFill> fill) {
  return std::make_unique<ObjectReader>(std::move(object), range, std::move(sha256), std::move(fill));
}

}  // namespace backtest
