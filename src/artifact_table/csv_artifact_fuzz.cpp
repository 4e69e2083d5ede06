// Any bytes as a CSV artifact: rows come out of them, and never worse.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "artifact_table/artifact_table.hpp"

using namespace backtest;

namespace {

class Bytes final : public ArtifactReader {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes), size_(bytes.size()) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t count = std::min(capacity, left_.size());
    std::memcpy(buffer, left_.data(), count);
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
  std::uint64_t size_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto table =
      open_csv_table_artifact([&](const ByteRange&) { return std::make_unique<Bytes>(text); }, {"date", "a"});
  while (table->next()) {
    table->text(0);
    table->number(1);
  }
  return 0;
}
