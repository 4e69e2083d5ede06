// Chosen rows of a table as a JSON answer, made while it is sent: memory does not grow with the answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "artifact_table/artifact_table.hpp"
#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/point_writer.hpp"

namespace backtest {

class RowsBody final : public BodySource {
 public:
  enum class Choice { take, skip, stop };
  // Asked for each row, in order.
  using Choose = std::function<Choice(ArtifactTable&)>;

  // `before`, the chosen rows with commas between them, `after`.
  RowsBody(std::unique_ptr<ArtifactTable> table, PointWriter writer, Choose choose, std::string before,
           std::string after);
  std::size_t read(char* buffer, std::size_t capacity) override;
  // All that read() would give.
  std::string text();

 private:
  void make_more();

  std::unique_ptr<ArtifactTable> table_;
  const PointWriter writer_;
  const Choose choose_;
  std::string made_;  // not yet handed out from `at_` on
  std::string after_;
  std::size_t at_ = 0;
  bool has_rows_ = false;
  bool ended_ = false;
};

}  // namespace backtest
