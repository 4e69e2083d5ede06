// PUT /datasets/{dataset}: the body of an upload on its way to the disk, hashed as it comes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "artifact_store/dataset_store.hpp"
#include "base/sha256.hpp"
#include "dataset/dataset_description.hpp"
#include "edge/http/message/http_message.hpp"

namespace backtest {

class DatasetReceiver final : public BodyReceiver {
 public:
  // Takes at most `most_bytes`: HttpError 413 beyond them. `limit` says whose they are.
  DatasetReceiver(std::unique_ptr<DatasetUpload> upload, std::uint64_t most_bytes, std::string limit)
      : upload_(std::move(upload)), most_bytes_(most_bytes), limit_(std::move(limit)) {}

  void receive(std::string_view bytes) override;

  DatasetUpload& upload() { return *upload_; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  DatasetFormat format() const { return format_of(first_bytes_); }
  std::string sha256() { return hash_.hex(); }  // once, at the end

 private:
  std::unique_ptr<DatasetUpload> upload_;
  const std::uint64_t most_bytes_;
  const std::string limit_;
  std::uint64_t size_bytes_ = 0;
  std::string first_bytes_;
  Sha256 hash_;
};

}  // namespace backtest
