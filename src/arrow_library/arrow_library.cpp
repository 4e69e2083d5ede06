#include "arrow_library/arrow_library.hpp"

#include <dlfcn.h>

#include <cerrno>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>

#include "arrow_library/interface_identity.hpp"

namespace backtest {

namespace {

constexpr const char* file_name = "libbacktest_arrow.so";

[[noreturn]] void unusable(const std::string& why) {
  throw std::system_error(ELIBACC, std::generic_category(),
                          "Parquet files and time zones need " + arrow_library_path().string() + ": " + why);
}

const void* constant(void* library, const char* name) {
  const void* found = dlsym(library, name);
  if (found == nullptr) unusable(std::string("it lacks ") + name);
  return found;
}

void* load(Binding binding) {
  // A copy of a program that was built here and not installed finds it by its run path.
  const std::filesystem::path path = arrow_library_path();
  std::error_code ignored;
  const std::string file = std::filesystem::exists(path, ignored) ? path.string() : file_name;
  // Lazily: of Arrow's functions few are called. What this library itself calls is settled at once, as it is linked.
  void* library = dlopen(file.c_str(), (binding == Binding::now ? RTLD_NOW : RTLD_LAZY) | RTLD_LOCAL);
  if (library == nullptr) unusable(dlerror());
  const auto* identity = static_cast<const char*>(constant(library, "backtest_arrow_identity"));
  if (std::string_view(identity) != backtest_arrow_identity) unusable("it belongs to another build of backtest");
  return library;
}

void* library(Binding binding = Binding::lazy) {
  static std::mutex mutex;
  static void* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (loaded == nullptr) loaded = load(binding);
  return loaded;
}

}  // namespace

std::filesystem::path arrow_library_path() {
  const std::filesystem::path directory = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::error_code ignored;
  if (std::filesystem::exists(directory / file_name, ignored)) return directory / file_name;
  return directory.parent_path() / "lib/backtest" / file_name;
}

void load_arrow_library(Binding binding) {
  library(binding);
}

const void* arrow_library_constant(const char* name) {
  return constant(library(), name);
}

}  // namespace backtest
