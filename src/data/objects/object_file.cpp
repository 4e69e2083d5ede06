#include "data/objects/object_file.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/diagnostic.hpp"
#include "data/table_source.hpp"

namespace backtest {

namespace {

constexpr std::uint64_t block_bytes = BlockCache::block_bytes;

}  // namespace

ObjectFile::ObjectFile(std::string path, std::shared_ptr<ObjectContainer> container, ObjectInfo info,
                       std::shared_ptr<BlockCache> cache)
    : path_(std::move(path)),
      container_(std::move(container)),
      info_(std::move(info)),
      cache_(std::move(cache)),
      number_(cache_->new_file()) {}

ObjectFile::~ObjectFile() {
  cache_->drop(number_);
}

std::uint64_t ObjectFile::block_count() const {
  return (info_.size_bytes + block_bytes - 1) / block_bytes;
}

BlockCache::Bytes ObjectFile::fetched(std::uint64_t number) const {
  const std::uint64_t begin = number * block_bytes;
  auto bytes = std::make_shared<std::vector<char>>(std::min(block_bytes, info_.size_bytes - begin));
  std::size_t filled = 0;
  try {
    while (filled < bytes->size()) {
      const auto got = container_->read(info_.name, info_.etag, begin + filled, std::span(*bytes).subspan(filled));
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

std::shared_future<BlockCache::Bytes> ObjectFile::block(std::uint64_t number) const {
  // The thread keeps the file alive: whoever asked for a block ahead may be gone when it comes.
  return cache_->block(number_, number, [self = shared_from_this(), number] { return self->fetched(number); });
}

std::size_t ObjectFile::read(std::uint64_t offset, std::span<char> buffer) const {
  if (offset >= info_.size_bytes || buffer.empty()) return 0;
  const std::uint64_t number = offset / block_bytes;
  const std::shared_future<BlockCache::Bytes> wanted = block(number);
  if (number + 1 < block_count()) block(number + 1);
  const BlockCache::Bytes bytes = wanted.get();
  const std::size_t from = offset - number * block_bytes;
  const std::size_t count = std::min(buffer.size(), bytes->size() - from);
  std::memcpy(buffer.data(), bytes->data() + from, count);
  return count;
}

void ObjectFile::fetch_ahead() const {
  const std::uint64_t count = block_count();
  if (count > 1 && count <= 4) block(0);
  block(count - 1);
}

}  // namespace backtest
