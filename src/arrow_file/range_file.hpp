// A file of Arrow over what is read by ranges: who derives from it says how large it is and what a range holds. Ranges
// may be read by several threads at once. Included by .cpp files only: it pulls in Arrow.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace backtest {

class RangeFile : public arrow::io::RandomAccessFile {
 public:
  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t byte_count, void* out) override {
    if (position < 0 || byte_count < 0) return arrow::Status::Invalid("a range begins before the file");
    const std::span<char> buffer(static_cast<char*>(out), static_cast<std::size_t>(byte_count));
    return read_range(static_cast<std::uint64_t>(position), buffer);
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
  // How many bytes of `buffer` were filled: fewer where the file ends. A failure is a status, or an exception, which
  // goes through Arrow to its caller.
  virtual arrow::Result<std::int64_t> read_range(std::uint64_t position, std::span<char> buffer) = 0;

  std::int64_t position_ = 0;
  std::atomic<bool> is_closed_ = false;
};

}  // namespace backtest
