#include "execute/dataset_tables.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/diagnostic.hpp"
#include "data/local_sources.hpp"
#include "data/table.hpp"
#include "settings/object_location.hpp"

namespace backtest {

namespace {

// The bytes of a place under the name that the config has for them.
class NamedSource final : public DataSource {
 public:
  NamedSource(std::string path, std::shared_ptr<const DataSource> source)
      : path_(std::move(path)), source_(std::move(source)) {}

  const std::string& path() const override { return path_; }
  std::uint64_t size_bytes() const override { return source_->size_bytes(); }
  std::string identity() const override { return source_->identity(); }
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const override {
    return source_->read(offset, buffer);
  }
  void will_read(std::span<const SourceRange> ranges) const override { source_->will_read(ranges); }

 private:
  std::string path_;
  std::shared_ptr<const DataSource> source_;
};

class DatasetPart final : public PartReader {
 public:
  DatasetPart(DatasetPlace place, std::shared_ptr<const DataSources> sources)
      : place_(std::move(place)), sources_(std::move(sources)) {}

  std::unique_ptr<Table> open(const TableFormat& format) const override {
    auto source = std::make_shared<NamedSource>(place_.path, opened());
    return open_table_named(place_.place, std::move(source), format);
  }
  // Whatever place it lies in, and whenever it was put there: the same content is the same rows.
  std::optional<std::string> identity() const override {
    opened();  // a panel of the cache owes that it is still there
    return "dataset:" + place_.sha256;
  }

 private:
  std::shared_ptr<const DataSource> opened() const {
    try {
      return sources_->open(place_.place);
    } catch (const InvalidInput&) {
      throw InvalidInput(
          Diagnostic{.file = place_.path, .message = "its content is not in the artifact store any more"});
    }
  }

  DatasetPlace place_;
  std::shared_ptr<const DataSources> sources_;
};

class DatasetTables final : public TableSource {
 public:
  DatasetTables(std::vector<DatasetPlace> places, std::shared_ptr<const DataSources> objects)
      : places_(std::move(places)), files_(local_sources()), objects_(std::move(objects)) {}

  std::vector<TablePart> parts(const std::string& path, const RowsWanted&) const override {
    const auto place = std::ranges::find(places_, path, &DatasetPlace::path);
    if (place == places_.end()) throw InvalidInput(Diagnostic{.file = path, .message = "there is no such data set"});
    const auto& sources = names_object_storage(place->place) ? objects_ : files_;
    if (!sources) {
      throw InvalidInput(Diagnostic{.file = path, .message = "lies in object storage, for which no account is given"});
    }
    read_.insert(place->sha256);
    std::vector<TablePart> parts(1);
    parts.front().path = path;
    parts.front().reader = std::make_shared<DatasetPart>(*place, sources);
    return parts;
  }

  std::string versions_read() const override {
    std::string text;
    for (const std::string& sha256 : read_) text += "dataset " + sha256 + "\n";
    return text;
  }

 private:
  std::vector<DatasetPlace> places_;
  std::shared_ptr<const DataSources> files_;
  std::shared_ptr<const DataSources> objects_;
  mutable std::set<std::string> read_;
};

}  // namespace

std::shared_ptr<const TableSource> dataset_tables(std::vector<DatasetPlace> places,
                                                  std::shared_ptr<const DataSources> objects) {
  return std::make_shared<DatasetTables>(std::move(places), std::move(objects));
}

}  // namespace backtest
