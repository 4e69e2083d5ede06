// Readers of artifacts that lie in object storage: from memory, from the cache, or straight from the service.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "artifact_store/adls/artifact_cache.hpp"
#include "artifact_store/artifact_store.hpp"
#include "object_storage/object_storage.hpp"

namespace backtest {

// An object at one version.
struct StoredObject {
  std::shared_ptr<ObjectContainer> container;
  std::string name, etag;
  std::uint64_t size_bytes = 0;
};

std::unique_ptr<ArtifactReader> read_memory(std::string bytes, const ByteRange& range);
std::unique_ptr<ArtifactReader> read_cached(std::shared_ptr<CachedFile> file, std::uint64_t size_bytes,
                                            const ByteRange& range);
// By blocks, each asked for when it is wanted. Where all of it is read and `sha256` is not empty, the last bytes are
// given out only after the hash was found right, and the whole goes into the cache through `fill`, which may be null.
// Throws std::system_error where the service does not answer, the object has changed or the hash is another.
std::unique_ptr<ArtifactReader> read_object(StoredObject object, const ByteRange& range, std::string sha256,
                                            std::unique_ptr<CacheFill> fill);

// Calls what talks to the service; that it does not answer is the system_error of artifact_store.hpp.
template <typename Call>
auto reaching_storage(Call&& call) {
  try {
    return call();
  } catch (const StorageUnavailable& error) {
    throw std::system_error(std::make_error_code(std::errc::host_unreachable), error.what());
  }
}

}  // namespace backtest
