// A text file being written. Every failure (disk full, no permission) throws std::system_error that names the file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace backtest {

class OutputFile {
 public:
  // Creates missing parent directories. The file must not exist.
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Text appended here is written at the latest by close().
  std::string& buffer() { return buffer_; }
  void flush_when_large();
  void close();

 private:
  void flush();

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::string buffer_;
};

void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace backtest
