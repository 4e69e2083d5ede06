// For tests: Azurite, the emulator of Azure Blob storage, on a free port of 127.0.0.1, its blobs in memory. Stopped
// with the process. ./dev setup installs it below .deps/azurite.
#pragma once

#include <memory>
#include <string>

#include "object_storage/emulator_for_tests.hpp"
#include "object_storage/object_storage.hpp"
#include "settings/storage_settings.hpp"

namespace backtest {

class Azurite {
 public:
  Azurite();

  // http://127.0.0.1:PORT/devstoreaccount1
  const std::string& endpoint() const { return endpoint_; }
  int port() const { return process_.port(); }
  // For AZURE_STORAGE_CONNECTION_STRING; its key is the published one of every emulator.
  std::string connection_string() const { return connection_string(endpoint_); }
  static std::string connection_string(const std::string& endpoint);
  // As the environment would say it; every container is allowed that `containers` names.
  StorageSettings settings(const std::string& containers = "test") const;

  // A new, empty container.
  std::shared_ptr<ObjectContainer> create_container() const;

  // One for the whole test executable.
  static Azurite& shared();

 private:
  EmulatorProcess process_;
  std::string endpoint_;
};

}  // namespace backtest
