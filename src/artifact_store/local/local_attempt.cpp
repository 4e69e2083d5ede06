#include "artifact_store/local/local_attempt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "artifact_store/local/beneath.hpp"
#include "artifact_store/local/write_synced.hpp"
#include "artifact_store/manifest.hpp"
#include "artifact_store/manifest_file.hpp"
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

}  // namespace

LocalAttempt::LocalAttempt(std::filesystem::path root, std::string run_id, std::string prefix)
    : root_(std::move(root)), run_id_(std::move(run_id)), prefix_(std::move(prefix)) {}

std::filesystem::path LocalAttempt::directory() const {
  return root_ / run_id_ / prefix_;
}

std::uint64_t LocalAttempt::size_bytes() {
  const Descriptor attempt(open(directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::uint64_t size = 0;
  if (attempt) walk_files(attempt.number(), [&](const FoundFile& file) { size += file.size_bytes; });
  return size;
}

SealedArtifacts LocalAttempt::seal(std::string_view submitted_at, const StopRequested& is_stopped) {
  if (is_stopped()) throw SealStopped();
  const Descriptor root = must_open(Descriptor(open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), root_);
  const Descriptor attempt =
      must_open(open_directory_beneath(root.number(), run_id_ + "/" + prefix_), directory().string());
  // Begun for all of them first, their writing shares the file system's commits: half the time of one after the other.
  walk_files(attempt.number(), [](const FoundFile& file) {
    const Descriptor opened = open_file_beneath(file.directory, file.base_name);
    if (opened) sync_file_range(opened.number(), 0, 0, SYNC_FILE_RANGE_WRITE);  // advice: fsync tells what fails
  });
  walk_files(
      attempt.number(),
      [&](const FoundFile& file) {
        const Descriptor opened = must_open(open_file_beneath(file.directory, file.base_name), file.name);
        sync(opened.number(), file.name);
      },
      [&](int below) { sync(below, "a directory of the attempt"); });
  const std::string manifest = manifest_text(
      directory(), {.run_id = run_id_, .uploaded_at = std::string(submitted_at), .container = {}, .prefix = run_id_});
  write_synced(attempt.number(), std::string(manifest_name), manifest);
  sync(attempt.number(), directory().string());
  for (const std::string& above : {run_id_ + "/attempts", run_id_}) {
    sync(must_open(open_directory_beneath(root.number(), above), above).number(), above);
  }
  sync(root.number(), root_.string());
  return {.prefix = prefix_, .manifest_sha256 = sha256_hex(manifest)};
}

void LocalAttempt::discard() {
  std::error_code ignored;
  std::filesystem::remove_all(directory(), ignored);
  // rmdir() takes empty directories only.
  if (rmdir(directory().parent_path().c_str()) == 0) rmdir((root_ / run_id_).c_str());
}

}  // namespace backtest
