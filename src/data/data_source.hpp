// Where the bytes of tables come from: an object with a size that is read by ranges, and the place where such objects
// are opened and listed. The readers know no more, so that object storage can stand behind this as files do.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace backtest {

struct SourceRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool operator==(const SourceRange&) const = default;
};

// One object, opened once and checked. Threads may read it at once.
class DataSource {
 public:
  virtual ~DataSource() = default;
  virtual const std::string& path() const = 0;   // as it was asked for
  virtual std::uint64_t size_bytes() const = 0;  // at the time of opening; at least 1
  // What changes when somebody replaces or rewrites the object.
  virtual std::string identity() const = 0;
  // Fills the front of `buffer` with what stands at `offset` and returns how much of it; 0 only at the end or for an
  // empty buffer. Throws InvalidInput.
  virtual std::size_t read(std::uint64_t offset, std::span<char> buffer) const = 0;
  // Advice: of the object these ranges will be read, each from its front to its end, and little else.
  virtual void will_read(std::span<const SourceRange>) const {}
};

struct SourceEntry {
  std::string name;  // without the directory
  bool is_directory = false;
};

class DataSources {
 public:
  virtual ~DataSources() = default;
  // Throws InvalidInput with the reason: absent, refused by the access check, no readable object, empty.
  virtual std::shared_ptr<const DataSource> open(const std::string& path) const = 0;
  // What a directory holds, by name ascending. Throws InvalidInput.
  virtual std::vector<SourceEntry> list(const std::string& directory) const = 0;
  virtual bool is_directory(const std::string& path) const = 0;  // false where it is absent or refused, too
};

}  // namespace backtest
