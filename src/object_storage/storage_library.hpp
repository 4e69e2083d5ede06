// libbacktest_object_storage.so, loaded when something asks for it: a program that keeps to local files needs none.
#pragma once

#include <backtest_object_storage.h>

#include <filesystem>
#include <memory>
#include <string_view>

namespace backtest {

// The functions of crates/object_storage/include/backtest_object_storage.h.
struct StorageLibrary {
  decltype(&backtest_storage_interface_version) interface_version;
  decltype(&backtest_storage_free_reply) free_reply;
  decltype(&backtest_storage_open) open;
  decltype(&backtest_storage_close) close;
  decltype(&backtest_storage_get) get;
  decltype(&backtest_storage_head) head;
  decltype(&backtest_storage_read) read;
  decltype(&backtest_storage_write) write;
  decltype(&backtest_storage_upload) upload;
  decltype(&backtest_storage_remove) remove;
  decltype(&backtest_storage_list) list;
  decltype(&backtest_storage_create_container) create_container;
  decltype(&backtest_storage_open_table) open_table;
  decltype(&backtest_storage_free_table) free_table;
};

struct FreeStorageReply {
  const StorageLibrary* library;
  void operator()(backtest_reply* reply) const { library->free_reply(reply); }
};
using StorageReply = std::unique_ptr<backtest_reply, FreeStorageReply>;

// Where it lies: beside the program's other libraries, ../lib/backtest from the program.
std::filesystem::path storage_library_path();

// Loaded once and kept. Throws StorageUnavailable, naming what needed it, where it is missing or of another version.
const StorageLibrary& storage_library(std::string_view needed_by);

inline backtest_text as_c(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view as_view(backtest_text text) {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

}  // namespace backtest
