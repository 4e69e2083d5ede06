#include "data/objects/object_sources.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <utility>

#include "base/diagnostic.hpp"
#include "data/objects/object_file.hpp"
#include "data/refuse_file.hpp"
#include "data/table_source.hpp"
#include "object_storage/open_container.hpp"
#include "settings/object_location.hpp"

namespace backtest {

namespace {

// Small files are as fast as the requests that are under way at once.
constexpr std::size_t opened_ahead = 8;

struct Place {
  std::shared_ptr<ObjectContainer> container;
  std::string name;
};

// What the files that are fetched ahead share with the sources.
class Objects {
 public:
  explicit Objects(StorageSettings settings) : settings_(std::move(settings)) {}

  Place place(const std::string& path) {
    const auto location = parse_object_location(path, settings_);
    if (!location) refuse_file(path, location.error());
    if (const auto refusal = refusal_to_read(*location, settings_)) refuse_file(path, *refusal);
    const std::lock_guard lock(mutex_);
    std::shared_ptr<ObjectContainer>& container = containers_[location->container_address()];
    if (!container) container = open_container(settings_, *location, "a table in object storage");
    return {.container = container, .name = location->path};
  }

  std::shared_ptr<const ObjectFile> open(const std::string& path) {
    try {
      const Place at = place(path);
      const auto info = at.container->head(at.name);
      if (!info) refuse_file(path, "the object does not exist");
      if (info->size_bytes == 0) refuse_file(path, "the object is empty");
      return std::make_shared<const ObjectFile>(path, at.container, *info, cache_);
    } catch (const StorageUnavailable& failure) {
      throw SourceUnavailable(path, advice_on_object_storage, failure.what());
    }
  }

  FetchThreads& threads() const { return cache_->threads(); }

 private:
  const StorageSettings settings_;
  std::shared_ptr<PieceCache> cache_ = std::make_shared<PieceCache>();
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ObjectContainer>> containers_;
};

class RemoteSources final : public ObjectSources {
 public:
  explicit RemoteSources(StorageSettings settings) : objects_(std::make_shared<Objects>(std::move(settings))) {}

  void will_open(std::vector<std::string> paths) const override {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < paths.size(); ++i) order_[paths[i]] = order_base_ + i;
    expected_.insert(expected_.end(), paths.begin(), paths.end());
    order_base_ = expected_.size();
  }

  std::shared_ptr<const DataSource> open(const std::string& path) const override {
    std::shared_future<File> ahead;
    {
      const std::lock_guard lock(mutex_);
      if (const auto at = order_.find(path); at != order_.end()) {
        for (std::size_t i = at->second; i < expected_.size() && i <= at->second + opened_ahead; ++i) {
          open_ahead(expected_[i]);
        }
      }
      if (auto found = ahead_.extract(path)) ahead = found.mapped();
    }
    return ahead.valid() ? ahead.get() : objects_->open(path);
  }

  std::vector<SourceEntry> list(const std::string& directory) const override {
    const ObjectListing listing = listed(directory);
    std::vector<SourceEntry> entries;
    for (const ObjectInfo& object : listing.objects) {
      entries.push_back({.name = object.name.substr(object.name.rfind('/') + 1), .is_directory = false});
    }
    for (const std::string& prefix : listing.prefixes) {
      const std::string name = prefix.substr(0, prefix.size() - 1);
      entries.push_back({.name = name.substr(name.rfind('/') + 1), .is_directory = true});
    }
    std::ranges::sort(entries, {}, &SourceEntry::name);
    return entries;
  }

  bool is_directory(const std::string& path) const override {
    const ObjectListing listing = listed(path);
    return !listing.objects.empty() || !listing.prefixes.empty();
  }

 private:
  using File = std::shared_ptr<const ObjectFile>;

  ObjectListing listed(const std::string& directory) const {
    try {
      const Place at = objects_->place(directory);
      return at.container->list_directory(at.name + "/");
    } catch (const StorageUnavailable& failure) {
      throw SourceUnavailable(directory, advice_on_object_storage, failure.what());
    }
  }

  void open_ahead(const std::string& path) const {
    std::shared_future<File>& ahead = ahead_[path];
    if (ahead.valid()) return;
    auto task = std::make_shared<std::packaged_task<File()>>([objects = objects_, path] {
      File file = objects->open(path);
      file->fetch_ahead();
      return file;
    });
    ahead = task->get_future().share();
    objects_->threads().add([task] { (*task)(); });
  }

  std::shared_ptr<Objects> objects_;
  mutable std::mutex mutex_;
  mutable std::vector<std::string> expected_;
  mutable std::map<std::string, std::size_t> order_;  // path -> place in `expected_`
  mutable std::size_t order_base_ = 0;
  mutable std::map<std::string, std::shared_future<File>> ahead_;
};

}  // namespace

std::shared_ptr<const ObjectSources> object_sources(StorageSettings settings) {
  return std::make_shared<RemoteSources>(std::move(settings));
}

}  // namespace backtest
