// A system library that is loaded when something asks for it, for what few processes use: linked ones cost every start.
#pragma once

#include <string>

namespace backtest {

class LoadedLibrary {
 public:
  // By its file's name, as the system finds it, kept until the process ends. Throws std::system_error, which names the
  // file and what needs it, where it cannot be loaded.
  LoadedLibrary(const char* file, const char* needed_by);

  // As the header declares it. Throws std::system_error where the library lacks it.
  template <typename Function>
  void find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(symbol(name));
  }

 private:
  void* symbol(const char* name) const;
  [[noreturn]] void fail(const std::string& why) const;

  const char* file_;
  const char* needed_by_;
  void* handle_;
};

}  // namespace backtest
