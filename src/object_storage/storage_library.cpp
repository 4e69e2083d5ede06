#include "object_storage/storage_library.hpp"

#include <dlfcn.h>

#include <mutex>
#include <optional>
#include <string>

#include "object_storage/object_storage.hpp"

namespace backtest {

namespace {

template <typename Function>
void find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  if (function == nullptr) throw StorageUnavailable(std::string("the library lacks ") + name);
}

StorageLibrary load(const std::filesystem::path& path) {
  // Kept until the process ends: its threads may be at work.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw StorageUnavailable(dlerror());
  StorageLibrary library{};
  find(handle, "backtest_storage_interface_version", library.interface_version);
  if (const int version = library.interface_version(); version != BACKTEST_STORAGE_INTERFACE_VERSION) {
    throw StorageUnavailable("its interface is version " + std::to_string(version) + ", this program's is " +
                             std::to_string(BACKTEST_STORAGE_INTERFACE_VERSION));
  }
  find(handle, "backtest_storage_free_reply", library.free_reply);
  find(handle, "backtest_storage_open", library.open);
  find(handle, "backtest_storage_close", library.close);
  find(handle, "backtest_storage_get", library.get);
  find(handle, "backtest_storage_head", library.head);
  find(handle, "backtest_storage_read", library.read);
  find(handle, "backtest_storage_write", library.write);
  find(handle, "backtest_storage_upload", library.upload);
  find(handle, "backtest_storage_remove", library.remove);
  find(handle, "backtest_storage_list", library.list);
  find(handle, "backtest_storage_create_container", library.create_container);
  find(handle, "backtest_storage_open_table", library.open_table);
  find(handle, "backtest_storage_free_table", library.free_table);
  return library;
}

}  // namespace

std::filesystem::path storage_library_path() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  return program.parent_path().parent_path() / "lib/backtest/libbacktest_object_storage.so";
}

const StorageLibrary& storage_library(std::string_view needed_by) {
  static std::mutex mutex;
  static std::optional<StorageLibrary> library;
  const std::lock_guard lock(mutex);
  if (!library) {
    const std::filesystem::path path = storage_library_path();
    try {
      library = load(path);
    } catch (const StorageUnavailable& error) {
      throw StorageUnavailable(std::string(needed_by) + " needs the object storage library " + path.string() + ": " +
                               error.what());
    }
  }
  return *library;
}

}  // namespace backtest
