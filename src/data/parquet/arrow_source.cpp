#include "data/parquet/arrow_source.hpp"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <atomic>
#include <utility>

#include "base/diagnostic.hpp"

namespace backtest {

namespace {

class ArrowSource final : public arrow::io::RandomAccessFile {
 public:
  explicit ArrowSource(std::shared_ptr<const DataSource> source) : source_(std::move(source)) {}

  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t byte_count, void* out) override {
    if (position < 0 || byte_count < 0) return arrow::Status::Invalid("a range begins before the file");
    const std::span<char> buffer(static_cast<char*>(out), static_cast<std::size_t>(byte_count));
    std::size_t filled = 0;
    try {
      while (filled < buffer.size()) {
        const std::size_t got = source_->read(static_cast<std::uint64_t>(position) + filled, buffer.subspan(filled));
        if (got == 0) break;
        filled += got;
      }
    } catch (const InvalidInput& failure) {
      return arrow::Status::IOError(failure.diagnostics().front().message);
    }
    return static_cast<std::int64_t>(filled);
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position, std::int64_t byte_count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(byte_count));
    ARROW_ASSIGN_OR_RAISE(const std::int64_t filled, ReadAt(position, byte_count, buffer->mutable_data()));
    if (filled < byte_count) {
      ARROW_RETURN_NOT_OK(buffer->Resize(filled));
      buffer->ZeroPadding();
    }
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

  arrow::Result<std::int64_t> Read(std::int64_t byte_count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::int64_t filled, ReadAt(position_, byte_count, out));
    position_ += filled;
    return filled;
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t byte_count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, byte_count));
    position_ += buffer->size();
    return buffer;
  }

  arrow::Result<std::int64_t> GetSize() override { return static_cast<std::int64_t>(source_->size_bytes()); }
  arrow::Status Seek(std::int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Close() override {
    is_closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return is_closed_; }

 private:
  std::shared_ptr<const DataSource> source_;
  std::int64_t position_ = 0;
  std::atomic<bool> is_closed_ = false;
};

}  // namespace

std::shared_ptr<arrow::io::RandomAccessFile> arrow_file(std::shared_ptr<const DataSource> source) {
  return std::make_shared<ArrowSource>(std::move(source));
}

}  // namespace backtest
