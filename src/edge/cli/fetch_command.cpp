#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "artifact_store/artifact_store.hpp"
#include "base/sha256.hpp"
#include "edge/cli/client_commands.hpp"
#include "edge/cli/client_status.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/run_directory.hpp"
#include "edge/cli/service_client.hpp"

namespace backtest {

namespace {

// Downloads one artifact and returns its SHA-256.
std::string download(ServiceClient& client, const std::string& path, const std::filesystem::path& to) {
  std::filesystem::create_directories(to.parent_path());
  std::ofstream file(to, std::ios::binary);
  Sha256 hash;
  client.stream(path, [&](std::string_view bytes) {
    hash.update(bytes);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file.good();
  });
  file.close();
  if (!file) throw std::runtime_error(to.string() + ": cannot be written");
  return hash.hex();
}

}  // namespace

int fetch_command(const FetchOptions& options) {
  return client_status([&] {
    const std::string& run_id = options.run_id;
    ServiceClient client;
    const std::string base = "/backtests/" + percent_encoded(run_id) + "/artifacts/";
    constexpr const char* manifest_name = "artifacts_manifest.json";
    const json::value manifest = client.get(base + manifest_name);
    RunDirectory target(options.directory, run_id, options.force);
    std::uint64_t bytes = 0;
    for (const json::value& entry : manifest.at("files").as_array()) {
      const std::string name(entry.at("name").as_string());
      if (!valid_artifact_name(name))
        throw std::runtime_error("the manifest names a file that is not allowed: " + name);
      const std::string sha256 = download(client, base + percent_encoded(name, "/"), target.writing() / name);
      if (sha256 != entry.at("sha256").as_string())
        throw std::runtime_error(name + ": SHA-256 differs from the manifest");
      bytes += entry.at("size_bytes").to_number<std::uint64_t>();
    }
    download(client, base + manifest_name, target.writing() / manifest_name);
    target.publish();
    const std::size_t files = manifest.at("files").as_array().size() + 1;
    if (options.json) {
      const json::object done{{"run_id", run_id}, {"directory", target.final_path().string()}, {"files", files}};
      fmt::print("{}\n", json_text(done, JsonLayout::indented));
    } else {
      fmt::print("{} files, {:.1f} MB, checked, in {}\n", files, static_cast<double>(bytes) / 1e6,
                 target.final_path().string());
    }
    return exit_done;
  });
}

}  // namespace backtest
