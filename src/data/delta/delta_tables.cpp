#include "data/delta/delta_tables.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "base/diagnostic.hpp"
#include "data/delta/delta_rows.hpp"
#include "data/delta/file_choice.hpp"
#include "data/file_tables.hpp"
#include "data/table_parts.hpp"

namespace backtest {

namespace {

using OpenedTable = std::shared_ptr<const DeltaTable>;

class DeltaPart final : public PartReader {
 public:
  DeltaPart(std::string path, OpenedTable opened, const DeltaFile* file, std::optional<Date> last_day,
            std::shared_ptr<const DataSources> files)
      : path_(std::move(path)),
        opened_(std::move(opened)),
        file_(file),
        last_day_(last_day),
        files_(std::move(files)) {}

  std::unique_ptr<Table> open(const TableFormat& format) const override {
    if (file_ == nullptr) return std::make_unique<DeltaRows>(path_, opened_, file_, nullptr, format);
    // The file has the names that the log gives; those of data.columns are names of the table.
    TableFormat of_file = format;
    of_file.columns.clear();
    return std::make_unique<DeltaRows>(path_, opened_, file_, open_table(files_->open(path_), of_file), format);
  }
  // A file of a Delta table is never written again, and its deleted rows belong to the version.
  std::optional<std::string> identity() const override {
    return fmt::format("delta:{}:{}", opened_->version, opened_->committed_at);
  }
  std::optional<Date> last_day() const override { return last_day_; }

 private:
  std::string path_;  // of the file; of the table where there is none
  OpenedTable opened_;
  const DeltaFile* file_;  // of the table; null: none holds rows that are wanted
  std::optional<Date> last_day_;
  std::shared_ptr<const DataSources> files_;
};

class DeltaTables final : public TableSource {
 public:
  DeltaTables(std::shared_ptr<const DataSources> files, OpenDeltaTable open, DeltaMoment moment, TableFormat format,
              WillOpen will_open)
      : files_(std::move(files)),
        open_(std::move(open)),
        moment_(moment),
        format_(std::move(format)),
        will_open_(std::move(will_open)) {}

  std::vector<TablePart> parts(const std::string& path, const RowsWanted& rows) const override {
    std::vector<TablePart> found = parts_of(path, rows);
    if (will_open_ && found.size() > 1) {
      std::vector<std::string> paths;
      for (const TablePart& part : found) paths.push_back(part.path);
      will_open_(std::move(paths));
    }
    return found;
  }

  std::string versions_read() const override {
    std::string text;
    for (const auto& [path, read] : tables_) {
      text += fmt::format("delta {}\n", read.opened->version);
      for (const std::string& file : read.files) text += file + "\n";
    }
    return text;
  }

 private:
  struct Read {
    OpenedTable opened;
    std::set<std::string> files;
  };

  bool is_delta(const std::string& path) const {
    return !is_pattern(path) && files_->is_directory(path + (path.ends_with('/') ? "_delta_log" : "/_delta_log"));
  }

  std::vector<TablePart> parts_of(const std::string& path, const RowsWanted& rows) const {
    if (!is_delta(path)) {
      if (std::holds_alternative<DeltaVersion>(moment_)) {
        throw InvalidInput(Diagnostic{.file = path,
                                      .path = "data.delta_version",
                                      .message = "names a version, and this is no Delta table, which would have one"});
      }
      return file_parts(files_, path);
    }
    auto known = tables_.find(path);
    if (known == tables_.end()) {
      auto opened = std::make_shared<const DeltaTable>(open_(path, moment_));
      known = tables_.emplace(path, Read{.opened = std::move(opened), .files = {}}).first;
    }
    Read& read = known->second;
    std::vector<TablePart> parts;
    for (const ChosenFile& chosen : choose_files(*read.opened, rows, format_)) {
      read.files.insert(chosen.file->path);
      parts.push_back(part(path, read.opened, chosen.file, chosen.last_day));
    }
    if (parts.empty()) parts.push_back(part(path, read.opened, nullptr, std::nullopt));
    return parts;
  }

  TablePart part(const std::string& table, const OpenedTable& opened, const DeltaFile* file,
                 std::optional<Date> last_day) const {
    const std::string path = file == nullptr ? table : table + (table.ends_with('/') ? "" : "/") + file->path;
    return {.path = path,
            .symbol = "",
            .day = std::nullopt,
            .reader = std::make_shared<DeltaPart>(path, opened, file, last_day, files_)};
  }

  std::shared_ptr<const DataSources> files_;
  OpenDeltaTable open_;
  DeltaMoment moment_;
  TableFormat format_;
  WillOpen will_open_;
  mutable std::map<std::string, Read> tables_;
};

}  // namespace

std::shared_ptr<const TableSource> delta_tables(std::shared_ptr<const DataSources> files, OpenDeltaTable open,
                                                DeltaMoment moment, TableFormat format, WillOpen will_open) {
  return std::make_shared<DeltaTables>(std::move(files), std::move(open), moment, std::move(format),
                                       std::move(will_open));
}

}  // namespace backtest
