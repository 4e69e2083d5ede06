#include "artifact_store/local/local_attempt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "artifact_store/local/beneath.hpp"
#include "artifact_store/manifest.hpp"
#include "base/sha256.hpp"

namespace backtest {

namespace {

void sync(int descriptor, const std::string& name) {
  if (fsync(descriptor) != 0) throw std::system_error(errno, std::generic_category(), "sync " + name);
}

Descriptor must_open(Descriptor opened, const std::string& name) {
  if (!opened) throw std::system_error(errno, std::generic_category(), "open " + name);
  return opened;
}

std::string read_all(int descriptor) {
  std::string text;
  char buffer[16'384];
  for (;;) {
    const ssize_t got = read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "read the manifest");
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace

LocalAttempt::LocalAttempt(std::filesystem::path root, std::string run_id, std::string prefix)
    : root_(std::move(root)), run_id_(std::move(run_id)), prefix_(std::move(prefix)) {}

std::filesystem::path LocalAttempt::directory() const {
  return root_ / run_id_ / prefix_;
}

SealedArtifacts LocalAttempt::seal() {
  const Descriptor root = must_open(Descriptor(open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), root_);
  const Descriptor attempt =
      must_open(open_directory_beneath(root.number(), run_id_ + "/" + prefix_), directory().string());
  const Descriptor manifest_file = open_file_beneath(attempt.number(), std::string(manifest_name));
  if (!manifest_file) throw std::runtime_error("the attempt left no " + std::string(manifest_name));
  const std::string manifest_text = read_all(manifest_file.number());
  const ArtifactManifest manifest = parse_manifest(manifest_text);
  if (manifest.run_id != run_id_) throw std::runtime_error("the manifest is that of run " + manifest.run_id);

  std::vector<StoredFile> files;
  walk_files(
      attempt.number(),
      [&](const FoundFile& file) {
        files.push_back({file.name, file.size_bytes, ""});
        if (file.name == manifest_name) return;
        const Descriptor opened = must_open(open_file_beneath(file.directory, file.base_name), file.name);
        sync(opened.number(), file.name);
      },
      [&](int directory) { sync(directory, "a directory of the attempt"); });
  if (const auto difference = difference_from_manifest(manifest, std::move(files))) {
    throw std::runtime_error("the attempt's files are not those of its manifest: " + *difference);
  }
  sync(manifest_file.number(), std::string(manifest_name));
  for (const std::string& above : {run_id_ + "/attempts", run_id_}) {
    sync(must_open(open_directory_beneath(root.number(), above), above).number(), above);
  }
  sync(root.number(), root_.string());
  return {.prefix = prefix_, .manifest_sha256 = sha256_hex(manifest_text)};
}

}  // namespace backtest
