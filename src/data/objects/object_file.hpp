// One version of one object, read in pieces: the one that is asked for, and the one after it in the background.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "data/data_source.hpp"
#include "data/objects/piece_cache.hpp"
#include "data/objects/pieces.hpp"
#include "object_storage/object_storage.hpp"

namespace backtest {

class ObjectFile final : public DataSource, public std::enable_shared_from_this<ObjectFile> {
 public:
  // `path` as it was asked for; `cache` outlives the file.
  ObjectFile(std::string path, std::shared_ptr<ObjectContainer> container, ObjectInfo info,
             std::shared_ptr<PieceCache> cache);
  ~ObjectFile() override;
  ObjectFile(const ObjectFile&) = delete;
  ObjectFile& operator=(const ObjectFile&) = delete;

  const std::string& path() const override { return path_; }
  std::uint64_t size_bytes() const override { return info_.size_bytes; }
  std::string identity() const override { return container_->address() + "/" + info_.name + ":" + info_.etag; }
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const override;
  void will_read(std::span<const SourceRange> ranges) const override;
  // Begins to fetch what is read first: the end, where a Parquet file says what it holds, and the front of other small
  // ones.
  void fetch_ahead() const;

 private:
  std::shared_future<PieceCache::Bytes> piece(const SourceRange& range) const;
  PieceCache::Bytes fetched(const SourceRange& range) const;
  std::shared_ptr<const Pieces> pieces() const;

  std::string path_;
  std::shared_ptr<ObjectContainer> container_;
  ObjectInfo info_;
  std::shared_ptr<PieceCache> cache_;
  std::uint64_t number_;  // in the cache
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Pieces> pieces_;
};

}  // namespace backtest
