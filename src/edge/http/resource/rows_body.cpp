#include "edge/http/resource/rows_body.hpp"

#include <algorithm>
#include <cstring>

namespace backtest {

RowsBody::RowsBody(std::unique_ptr<ArtifactTable> table, PointWriter writer, Choose choose, std::string before,
                   std::string after)
    : table_(std::move(table)),
      writer_(std::move(writer)),
      choose_(std::move(choose)),
      made_(std::move(before)),
      after_(std::move(after)) {}

void RowsBody::make_more() {
  const Choice choice = table_->next() ? choose_(*table_) : Choice::stop;
  if (choice == Choice::take) {
    if (has_rows_) made_ += ',';
    has_rows_ = true;
    writer_.append(made_, *table_);
  } else if (choice == Choice::stop) {
    made_ += after_;
    ended_ = true;
    table_.reset();
  }
}

std::size_t RowsBody::read(char* buffer, std::size_t capacity) {
  made_.erase(0, at_);
  at_ = 0;
  while (made_.size() < capacity && !ended_) make_more();
  at_ = std::min(made_.size(), capacity);
  std::memcpy(buffer, made_.data(), at_);
  return at_;
}

std::string RowsBody::text() {
  while (!ended_) make_more();
  return std::move(made_);
}

}  // namespace backtest
