#include "data/parquet/arrow_source.hpp"

#include <utility>

#include "arrow_file/range_file.hpp"
#include "base/diagnostic.hpp"

namespace backtest {

namespace {

class ArrowSource final : public RangeFile {
 public:
  explicit ArrowSource(std::shared_ptr<const DataSource> source) : source_(std::move(source)) {}

  arrow::Result<std::int64_t> GetSize() override { return static_cast<std::int64_t>(source_->size_bytes()); }

 private:
  arrow::Result<std::int64_t> read_range(std::uint64_t position, std::span<char> buffer) override {
    std::size_t filled = 0;
    try {
      while (filled < buffer.size()) {
        const std::size_t got = source_->read(position + filled, buffer.subspan(filled));
        if (got == 0) break;
        filled += got;
      }
    } catch (const InvalidInput& failure) {
      return arrow::Status::IOError(failure.diagnostics().front().message);
    }
    return static_cast<std::int64_t>(filled);
  }

  std::shared_ptr<const DataSource> source_;
};

}  // namespace

std::shared_ptr<arrow::io::RandomAccessFile> arrow_file(std::shared_ptr<const DataSource> source) {
  return std::make_shared<ArrowSource>(std::move(source));
}

}  // namespace backtest
