#include "object_storage/remote_container.hpp"

#include <charconv>
#include <mutex>
#include <stdexcept>
#include <system_error>

#include "base/assertion.hpp"
#include "object_storage/storage_library.hpp"

namespace backtest {

namespace {

ObjectInfo info_of(const backtest_object& object) {
  return {.name = std::string(as_view(object.name)),
          .size_bytes = object.size_bytes,
          .etag = std::string(as_view(object.etag)),
          .modified_at = object.modified_at};
}

using Handle = std::shared_ptr<backtest_container>;

class RemoteContainer final : public ObjectContainer {
 public:
  RemoteContainer(const StorageLibrary& library, std::string address, std::string name, const ContainerOptions& options)
      : library_(library), address_(std::move(address)), name_(std::move(name)) {
    reopen(options);
  }

  void reopen(const ContainerOptions& options) {
    std::vector<backtest_option> texts;
    for (const auto& [option, value] : options) texts.push_back({as_c(option), as_c(value.reveal())});
    backtest_container* opened = nullptr;
    done(library_.open(texts.data(), texts.size(), &opened));
    Handle handle(opened, [&library = library_](backtest_container* last) { library.close(last); });
    const std::lock_guard lock(mutex_);
    handle_.swap(handle);
  }

  // A request holds it until it is answered.
  Handle handle() const {
    const std::lock_guard lock(mutex_);
    return handle_;
  }

  const std::string& address() const override { return address_; }
  const std::string& name() const override { return name_; }

  std::expected<ObjectBytes, ObjectFault> get(std::string_view name) override {
    const auto reply = answer(library_.get(handle().get(), as_c(name)), name);
    if (!reply) return std::unexpected(reply.error());
    return ObjectBytes{.info = info_of((*reply)->objects[0]),
                       .bytes = std::string(as_view((*reply)->bytes)),
                       .answered_at = (*reply)->answered_at};
  }

  std::expected<ObjectInfo, ObjectFault> head(std::string_view name) override {
    const auto reply = answer(library_.head(handle().get(), as_c(name)), name);
    if (!reply) return std::unexpected(reply.error());
    return info_of((*reply)->objects[0]);
  }

  std::expected<std::size_t, ObjectFault> read(std::string_view name, std::string_view etag, std::uint64_t offset,
                                               std::span<char> buffer) override {
    BACKTEST_ASSERT(!etag.empty(), "a range is read of a version");
    const auto reply =
        answer(library_.read(handle().get(), as_c(name), as_c(etag), offset, buffer.data(), buffer.size()), name);
    if (!reply) return std::unexpected(ObjectFault::changed);  // an object that is gone among them
    return static_cast<std::size_t>((*reply)->count);
  }

  std::expected<ObjectVersion, ObjectFault> create(std::string_view name, std::string_view bytes) override {
    return version_of(
        answer(library_.write(handle().get(), as_c(name), as_c(bytes), BACKTEST_STORAGE_OVER_NOTHING, {}), name));
  }

  std::expected<ObjectVersion, ObjectFault> replace(std::string_view name, std::string_view bytes,
                                                    std::string_view etag) override {
    BACKTEST_ASSERT(!etag.empty(), "a version is replaced");
    auto version = version_of(answer(
        library_.write(handle().get(), as_c(name), as_c(bytes), BACKTEST_STORAGE_OVER_VERSION, as_c(etag)), name));
    // S3 says so of an object that is gone, Azure that its condition does not hold.
    if (!version && version.error() == ObjectFault::not_found) return std::unexpected(ObjectFault::changed);
    return version;
  }

  ObjectVersion put(std::string_view name, std::string_view bytes) override {
    return must(version_of(
        answer(library_.write(handle().get(), as_c(name), as_c(bytes), BACKTEST_STORAGE_OVER_ANYTHING, {}), name)));
  }

  ObjectVersion upload(std::string_view name, const std::filesystem::path& file) override {
    return must(version_of(answer(library_.upload(handle().get(), as_c(name), as_c(file.native())), name)));
  }

  void remove(std::string_view name) override { done(library_.remove(handle().get(), as_c(name))); }

  ObjectListing list(std::string_view prefix) override {
    return listing_of(library_.list(handle().get(), as_c(prefix), 0));
  }
  ObjectListing list_directory(std::string_view prefix) override {
    return listing_of(library_.list(handle().get(), as_c(prefix), 1));
  }

  void create_container() override { done(library_.create_container(handle().get())); }

 private:
  using Answer = std::expected<StorageReply, ObjectFault>;

  StorageReply owned(backtest_reply* reply) const { return {reply, FreeStorageReply{&library_}}; }

  [[noreturn]] void fail(const backtest_reply& reply, std::string_view name) const {
    std::string text(as_view(reply.message));
    if (reply.code == BACKTEST_STORAGE_FILE_FAILED) {
      int number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      throw std::system_error(number, std::generic_category(), "a file to upload cannot be read");
    }
    const std::string place = name.empty() ? address_ : address_ + "/" + std::string(name);
    throw StorageUnavailable(place + ": " + text);
  }

  Answer answer(backtest_reply* received, std::string_view name) const {
    StorageReply reply = owned(received);
    switch (reply->code) {
      case BACKTEST_STORAGE_OK:
        return reply;
      case BACKTEST_STORAGE_NOT_FOUND:
        // A missing container answers like a missing object; the service's word tells them apart.
        if (as_view(reply->message).contains("ContainerNotFound") || as_view(reply->message).contains("NoSuchBucket")) {
          fail(*reply, name);
        }
        return std::unexpected(ObjectFault::not_found);
      case BACKTEST_STORAGE_EXISTS:
        return std::unexpected(ObjectFault::exists);
      case BACKTEST_STORAGE_CHANGED:
        return std::unexpected(ObjectFault::changed);
      default:
        fail(*reply, name);
    }
  }

  StorageReply done(backtest_reply* received) const {
    StorageReply reply = owned(received);
    if (reply->code != BACKTEST_STORAGE_OK) fail(*reply, {});
    return reply;
  }

  static std::expected<ObjectVersion, ObjectFault> version_of(const Answer& reply) {
    if (!reply) return std::unexpected(reply.error());
    return ObjectVersion{.etag = std::string(as_view((*reply)->objects[0].etag)), .answered_at = (*reply)->answered_at};
  }

  ObjectVersion must(const std::expected<ObjectVersion, ObjectFault>& version) const {
    if (!version) throw StorageUnavailable(address_ + ": the service refuses a write without a condition");
    return *version;
  }

  ObjectListing listing_of(backtest_reply* received) const {
    const StorageReply reply = done(received);
    ObjectListing listing{.objects = {}, .prefixes = {}, .answered_at = reply->answered_at};
    listing.objects.reserve(reply->object_count);
    for (const backtest_object& object : std::span(reply->objects, reply->object_count)) {
      listing.objects.push_back(info_of(object));
    }
    for (const backtest_text& prefix : std::span(reply->prefixes, reply->prefix_count)) {
      listing.prefixes.emplace_back(as_view(prefix));
    }
    return listing;
  }

  const StorageLibrary& library_;
  const std::string address_;
  const std::string name_;
  mutable std::mutex mutex_;
  Handle handle_;  // never null
};

}  // namespace

std::shared_ptr<ObjectContainer> open_remote_container(std::string address, std::string name,
                                                       const ContainerOptions& options, std::string_view needed_by) {
  return std::make_shared<RemoteContainer>(storage_library(needed_by), std::move(address), std::move(name), options);
}

void reopen_remote_container(ObjectContainer& container, const ContainerOptions& options) {
  auto* remote = dynamic_cast<RemoteContainer*>(&container);
  BACKTEST_ASSERT(remote != nullptr, "the container is one of the library's");
  remote->reopen(options);
}

std::shared_ptr<const backtest_container> remote_handle(const ObjectContainer& container) {
  const auto* remote = dynamic_cast<const RemoteContainer*>(&container);
  BACKTEST_ASSERT(remote != nullptr, "the container is one of the library's");
  return remote->handle();
}

}  // namespace backtest
