#include "data/objects/object_file.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/diagnostic.hpp"
#include "data/table_source.hpp"

namespace backtest {

ObjectFile::ObjectFile(std::string path, std::shared_ptr<ObjectContainer> container, ObjectInfo info,
                       std::shared_ptr<PieceCache> cache)
    : path_(std::move(path)),
      container_(std::move(container)),
      info_(std::move(info)),
      cache_(std::move(cache)),
      number_(cache_->new_file()),
      pieces_(std::make_shared<const Pieces>(info_.size_bytes)) {}

ObjectFile::~ObjectFile() {
  cache_->drop(number_);
}

std::shared_ptr<const Pieces> ObjectFile::pieces() const {
  const std::lock_guard lock(mutex_);
  return pieces_;
}

void ObjectFile::will_read(std::span<const SourceRange> ranges) const {
  auto pieces = std::make_shared<const Pieces>(info_.size_bytes, ranges);
  const std::lock_guard lock(mutex_);
  pieces_ = std::move(pieces);
}

PieceCache::Bytes ObjectFile::fetched(const SourceRange& range) const {
  auto bytes = std::make_shared<std::vector<char>>(range.size);
  std::size_t filled = 0;
  try {
    while (filled < bytes->size()) {
      const auto got =
          container_->read(info_.name, info_.etag, range.offset + filled, std::span(*bytes).subspan(filled));
      if (!got) {
        throw InvalidInput(Diagnostic{.file = path_, .message = "the object was replaced while it was read"});
      }
      if (*got == 0) throw SourceUnavailable(path_, advice_on_object_storage, "the object ends early");
      filled += *got;
    }
  } catch (const StorageUnavailable& failure) {
    throw SourceUnavailable(path_, advice_on_object_storage, failure.what());
  }
  return bytes;
}

std::shared_future<PieceCache::Bytes> ObjectFile::piece(const SourceRange& range) const {
  // The thread keeps the file alive: whoever asked for a piece ahead may be gone when it comes.
  return cache_->piece(number_, range, [self = shared_from_this(), range] { return self->fetched(range); });
}

std::size_t ObjectFile::read(std::uint64_t offset, std::span<char> buffer) const {
  if (offset >= info_.size_bytes || buffer.empty()) return 0;
  const std::shared_ptr<const Pieces> cut = pieces();
  const SourceRange range = cut->holding(offset);
  const std::shared_future<PieceCache::Bytes> wanted = piece(range);
  if (const auto next = cut->after(range)) piece(*next);
  const PieceCache::Bytes bytes = wanted.get();
  const std::size_t from = offset - range.offset;
  const std::size_t count = std::min(buffer.size(), bytes->size() - from);
  std::memcpy(buffer.data(), bytes->data() + from, count);
  return count;
}

void ObjectFile::fetch_ahead() const {
  // So many are opened ahead that their pieces stay together in the cache.
  constexpr std::uint64_t soon_read_bytes = std::uint64_t{4} << 20;
  const std::shared_ptr<const Pieces> cut = pieces();
  if (info_.size_bytes <= soon_read_bytes && !info_.name.ends_with(".parquet")) piece(cut->holding(0));
  piece(cut->last());
}

}  // namespace backtest
