#include "base/loaded_library.hpp"

#include <dlfcn.h>

#include <cerrno>
#include <system_error>

namespace backtest {

LoadedLibrary::LoadedLibrary(const char* file, const char* needed_by) : file_(file), needed_by_(needed_by) {
  handle_ = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) fail(dlerror());
}

void* LoadedLibrary::symbol(const char* name) const {
  void* const found = dlsym(handle_, name);
  if (found == nullptr) fail(std::string("it lacks ") + name);
  return found;
}

void LoadedLibrary::fail(const std::string& why) const {
  throw std::system_error(ELIBACC, std::generic_category(),
                          std::string(needed_by_) + " needs the library " + file_ + ": " + why);
}

}  // namespace backtest
