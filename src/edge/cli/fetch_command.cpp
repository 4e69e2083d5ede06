#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

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

constexpr const char* manifest_name = "artifacts_manifest.json";

struct WantedFile {
  std::string name;
  std::string sha256;  // empty where it is not known: the file is then checked by its size alone
  std::uint64_t size_bytes = 0;
};

std::vector<WantedFile> wanted_files(const json::array& entries) {
  std::vector<WantedFile> files;
  for (const json::value& entry : entries) {
    const json::value& sha256 = entry.at("sha256");
    files.push_back({.name = std::string(entry.at("name").as_string()),
                     .sha256 = sha256.is_string() ? std::string(sha256.get_string()) : "",
                     .size_bytes = entry.at("size_bytes").to_number<std::uint64_t>()});
    if (!valid_artifact_name(files.back().name)) {
      throw std::runtime_error("the service names a file that is not allowed: " + files.back().name);
    }
  }
  return files;
}

// The files that the run's manifest lists; nullopt where it has no manifest, as runs of the Python service.
std::optional<std::vector<WantedFile>> files_of_manifest(ServiceClient& client, const std::string& artifacts) {
  try {
    return wanted_files(client.get(artifacts + "/" + manifest_name).at("files").as_array());
  } catch (const ServiceError& error) {
    if (error.status() != 404) throw;
    return std::nullopt;
  }
}

// The files of a run without a manifest: those in the service's directory, or where there are none, in object storage.
std::vector<WantedFile> listed_files(ServiceClient& client, const std::string& artifacts) {
  const json::value listed = client.get(artifacts + "?remote=true");
  const json::value& remote = listed.at("remote");
  const bool is_remote = listed.at("local").as_array().empty() && remote.is_array();
  return wanted_files(is_remote ? remote.get_array() : listed.at("local").as_array());
}

void download_checked(ServiceClient& client, const std::string& artifacts, const WantedFile& file,
                      const std::filesystem::path& to) {
  const std::string sha256 = download(client, artifacts + "/" + percent_encoded(file.name, "/"), to);
  if (!file.sha256.empty() && sha256 != file.sha256) {
    throw std::runtime_error(file.name + ": SHA-256 differs from the manifest");
  }
  if (std::filesystem::file_size(to) != file.size_bytes) {
    throw std::runtime_error(file.name + ": it has another size than the service said");
  }
}

}  // namespace

int fetch_command(const FetchOptions& options) {
  return client_status([&] {
    const std::string& run_id = options.run_id;
    ServiceClient client;
    const std::string artifacts = "/backtests/" + percent_encoded(run_id) + "/artifacts";
    const auto of_manifest = files_of_manifest(client, artifacts);
    const auto files = of_manifest ? *of_manifest : listed_files(client, artifacts);
    if (files.empty()) throw std::runtime_error("the run has no artifacts");
    RunDirectory target(options.directory, run_id, options.force);
    std::uint64_t bytes = 0;
    for (const WantedFile& file : files) {
      download_checked(client, artifacts, file, target.writing() / file.name);
      bytes += file.size_bytes;
    }
    if (of_manifest) download(client, artifacts + "/" + manifest_name, target.writing() / manifest_name);
    target.publish();
    const std::size_t count = files.size() + (of_manifest ? 1 : 0);
    if (options.json) {
      const json::object done{{"run_id", run_id}, {"directory", target.final_path().string()}, {"files", count}};
      fmt::print("{}\n", json_text(done, JsonLayout::indented));
    } else {
      fmt::print("{} files, {:.1f} MB, {}, in {}\n", count, static_cast<double>(bytes) / 1e6,
                 of_manifest ? "checked" : "of a run without a manifest: only their sizes were checked",
                 target.final_path().string());
    }
    return exit_done;
  });
}

}  // namespace backtest
