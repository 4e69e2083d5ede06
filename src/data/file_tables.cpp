#include "data/file_tables.hpp"

#include <utility>

namespace backtest {

namespace {

class FilePart final : public PartReader {
 public:
  FilePart(std::shared_ptr<const DataSources> files, std::string path)
      : files_(std::move(files)), path_(std::move(path)) {}

  std::unique_ptr<Table> open(const TableFormat& format) const override {
    return open_table(files_->open(path_), format);
  }
  std::optional<std::string> identity() const override { return files_->open(path_)->identity(); }

 private:
  std::shared_ptr<const DataSources> files_;
  std::string path_;
};

class FileTables final : public TableSource {
 public:
  explicit FileTables(std::shared_ptr<const DataSources> files) : files_(std::move(files)) {}

  std::vector<TablePart> parts(const std::string& path, const RowsWanted&) const override {
    return file_parts(files_, path);
  }

 private:
  std::shared_ptr<const DataSources> files_;
};

}  // namespace

std::vector<TablePart> file_parts(const std::shared_ptr<const DataSources>& files, const std::string& path) {
  std::vector<TablePart> parts = table_parts(*files, path);
  for (TablePart& part : parts) part.reader = std::make_shared<FilePart>(files, part.path);
  return parts;
}

std::shared_ptr<const TableSource> file_tables(std::shared_ptr<const DataSources> files) {
  return std::make_shared<FileTables>(std::move(files));
}

}  // namespace backtest
