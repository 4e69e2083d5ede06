#include "run_store/sqlite/database_file.hpp"

#include <sys/vfs.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "run_store/run_store.hpp"

namespace backtest {

std::string_view network_file_system(long file_system_type) {
  // f_type is a signed long; some magic numbers use the top bit of 32.
  switch (static_cast<unsigned long>(file_system_type) & 0xFFFFFFFFul) {
    case 0x6969:
      return "NFS";
    case 0x517B:
      return "SMB";
    case 0xFF534D42:
      return "CIFS";
    case 0xFE534D42:
      return "SMB2";
    case 0x65735546:
      return "FUSE";
    case 0x01021997:
      return "9P";
    case 0x00C36400:
      return "Ceph";
    case 0x5346414F:
      return "AFS";
    case 0x6B414653:
      return "kAFS";
    case 0x73757245:
      return "Coda";
    case 0x564C:
      return "NCP";
    case 0x0BD00BD0:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    case 0x19830326:
      return "BeeGFS";
    case 0x01161970:
      return "GFS2";
    case 0x7461636F:
      return "OCFS2";
    case 0x786F4256:
      return "VirtualBox shared folder";
    case 0xBACBACBC:
      return "VMware shared folder";
    default:
      return {};
  }
}

void prepare_database_location(const std::filesystem::path& file) {
  std::error_code error;
  // The file itself may be a link to another file system.
  const std::filesystem::path target = std::filesystem::weakly_canonical(file, error);
  if (error) throw StoreUnavailable("cannot resolve the run store " + file.string() + ": " + error.message());
  const std::filesystem::path directory = target.parent_path();
  std::filesystem::create_directories(directory, error);
  if (error) throw StoreUnavailable("cannot create the directory " + directory.string() + ": " + error.message());
  struct statfs where{};
  if (statfs(directory.c_str(), &where) != 0) {
    throw StoreUnavailable("cannot look at " + directory.string() + ": " + std::generic_category().message(errno));
  }
  if (const auto name = network_file_system(static_cast<long>(where.f_type)); !name.empty()) {
    throw StoreUnavailable("the run store " + file.string() + " lies on a network file system (" + std::string(name) +
                           "), where SQLite's locks do not hold: put BACKTEST_DB_PATH on a local disk, or use "
                           "BACKTEST_RUN_STORE_MODE=postgres");
  }
}

}  // namespace backtest
