#include "data/panel_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/sha256.hpp"

namespace backtest {

namespace {

constexpr std::string_view magic = "BTPANEL2";
constexpr std::size_t prefix_bytes = 8 + 8 + 64;
constexpr std::size_t page_bytes = 4096;

std::size_t page_rounded(std::size_t bytes) {
  return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

std::string boot_id() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  return id;
}

class HeaderWriter {
 public:
  void number(std::uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void real(double value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

struct Damaged {};

class HeaderReader {
 public:
  explicit HeaderReader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number() { return fixed<std::uint64_t>(); }
  double real() { return fixed<double>(); }
  std::string text() { return std::string(cut(number())); }
  // A count of things that take at least a byte each.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > bytes_.size()) throw Damaged{};
    return value;
  }

 private:
  template <typename Value>
  Value fixed() {
    Value value;
    std::memcpy(&value, cut(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view cut(std::uint64_t size) {
    if (size > bytes_.size()) throw Damaged{};
    const std::string_view front = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return front;
  }
  std::string_view bytes_;
};

// The arrays in their fixed order: the writer lists them, the reader fills them in.
template <typename Data, typename Visit>
void visit_arrays(Data& market, Visit&& visit) {
  auto& prices = market.prices;
  visit(prices.has_row);
  for (auto* field :
       {&prices.open, &prices.high, &prices.low, &prices.close, &prices.volume, &prices.split, &prices.dividend})
    visit(*field);
  for (auto& values : prices.extra_values) visit(values);
  if (market.signals) {
    visit(market.signals->has_row);
    for (auto& values : market.signals->values) visit(values);
  }
}

void write_names(HeaderWriter& out, const std::vector<std::string>& names) {
  out.number(names.size());
  for (const std::string& name : names) out.text(name);
}

std::vector<std::string> read_names(HeaderReader& in) {
  std::vector<std::string> names(in.count());
  for (std::string& name : names) name = in.text();
  return names;
}

void write_targets(HeaderWriter& out, const std::vector<TargetTable>& tables) {
  out.number(tables.size());
  for (const TargetTable& table : tables) {
    out.number(table.decisions.size());
    for (const TargetTable::BarTargets& decision : table.decisions) {
      out.number(decision.bar);
      out.number(decision.weights.size());
      for (const InstrumentWeight& weight : decision.weights) {
        out.number(weight.instrument);
        out.real(weight.weight);
      }
    }
  }
}

std::vector<TargetTable> read_targets(HeaderReader& in) {
  std::vector<TargetTable> tables(in.count());
  for (TargetTable& table : tables) {
    table.decisions.resize(in.count());
    for (TargetTable::BarTargets& decision : table.decisions) {
      decision.bar = in.number();
      decision.weights.resize(in.count());
      for (InstrumentWeight& weight : decision.weights) {
        weight.instrument = static_cast<InstrumentIndex>(in.number());
        weight.weight = in.real();
      }
    }
  }
  return tables;
}

// All but the arrays and where they lie.
std::string descriptive_header(const std::string& key, const LoadedData& data) {
  HeaderWriter out;
  out.text(key);
  out.text(boot_id());
  out.text(data.fingerprint);
  out.number(data.warnings.size());
  for (const Diagnostic& warning : data.warnings) {
    out.text(warning.file);
    out.number(warning.line);
    out.text(warning.column);
    out.text(warning.path);
    out.text(warning.message);
    out.number(static_cast<std::uint64_t>(warning.importance));
    out.number(warning.count);
    out.text(warning.first);
    out.text(warning.remedy);
  }
  const Panel& prices = data.market.prices;
  out.number(prices.dates.size());
  for (const Date date : prices.dates) out.number(static_cast<std::uint64_t>(static_cast<std::int64_t>(date.days)));
  out.number(prices.first_bar);
  write_names(out, prices.instruments);
  write_names(out, prices.extra_columns);
  out.number(data.market.signals ? 1 : 0);
  if (data.market.signals) {
    write_names(out, data.market.signals->columns);
    out.text(data.market.signals->file);
  }
  write_targets(out, data.market.targets);
  for (const auto* series : {&data.market.benchmark_close, &data.market.risk_free}) {
    out.number(series->size());
    for (const double value : *series) out.real(value);
  }
  return out.take();
}

LoadedData read_descriptive_header(HeaderReader& in, const std::string& key) {
  LoadedData data;
  if (in.text() != key || in.text() != boot_id()) throw Damaged{};
  data.fingerprint = in.text();
  data.warnings.resize(in.count());
  for (Diagnostic& warning : data.warnings) {
    warning.file = in.text();
    warning.line = in.number();
    warning.column = in.text();
    warning.path = in.text();
    warning.message = in.text();
    warning.importance = static_cast<Importance>(in.number());
    warning.count = in.number();
    warning.first = in.text();
    warning.remedy = in.text();
  }
  Panel& prices = data.market.prices;
  prices.dates.resize(in.count());
  for (Date& date : prices.dates) date.days = static_cast<std::int32_t>(static_cast<std::int64_t>(in.number()));
  prices.first_bar = in.number();
  prices.instruments = read_names(in);
  prices.extra_columns = read_names(in);
  prices.extra_values.resize(prices.extra_columns.size());
  if (in.number() != 0) {
    data.market.signals.emplace().columns = read_names(in);
    data.market.signals->values.resize(data.market.signals->columns.size());
    data.market.signals->file = in.text();
  }
  data.market.targets = read_targets(in);
  for (auto* series : {&data.market.benchmark_close, &data.market.risk_free}) {
    series->resize(in.count());
    for (double& value : *series) value = in.real();
  }
  return data;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct PanelDescriptor {
  int number;
  ~PanelDescriptor() {
    if (number >= 0) close(number);
  }
};

void write_all(int descriptor, std::span<const std::byte> bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("writing a panel");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
}

}  // namespace

void write_panel_file(const std::filesystem::path& path, const std::string& key, const LoadedData& data) {
  const PanelDescriptor file{open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (file.number < 0) fail("creating a panel");
  write_panel_file(file.number, key, data);
}

namespace {

// What the file begins with, and its arrays with their places.
struct Layout {
  std::string start;
  std::vector<std::span<const std::byte>> arrays;
  std::vector<std::size_t> offsets;
  std::size_t size_bytes = 0;
};

Layout layout_of(const std::string& key, const LoadedData& data) {
  std::vector<std::span<const std::byte>> arrays;
  visit_arrays(data.market, [&arrays](const auto& array) { arrays.push_back(std::as_bytes(array)); });
  std::string header = descriptive_header(key, data);
  std::size_t offset = page_rounded(prefix_bytes + header.size() + (1 + 2 * arrays.size()) * sizeof(std::uint64_t));
  HeaderWriter places;
  places.number(arrays.size());
  std::vector<std::size_t> offsets;
  for (const auto array : arrays) {
    places.number(offset);
    places.number(array.size());
    offsets.push_back(offset);
    offset += page_rounded(array.size());
  }
  header += places.take();
  HeaderWriter prefix;
  prefix.number(header.size());
  return {.start = std::string(magic) + prefix.take() + sha256_hex(header) + header,
          .arrays = std::move(arrays),
          .offsets = std::move(offsets),
          .size_bytes = offset};
}

// The pages that lie in `bytes` as a whole; nobody may read them any more.
void give_back(std::span<const std::byte> bytes) {
  const auto begin = page_rounded(reinterpret_cast<std::uintptr_t>(bytes.data()));
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size()) / page_bytes * page_bytes;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // a hint: else it stays
}

// A column that stands in for another one has the same memory.
bool is_alone(const std::vector<std::span<const std::byte>>& arrays, std::size_t which) {
  const auto mine = arrays[which];
  return std::ranges::count_if(arrays, [&](const std::span<const std::byte> other) {
           return other.data() < mine.data() + mine.size() && mine.data() < other.data() + other.size();
         }) == 1;
}

}  // namespace

void write_panel_file(int descriptor, const std::string& key, const LoadedData& data) {
  const Layout layout = layout_of(key, data);
  // Reserves the space first: a full disk is found before anything is written.
  if (const int reason = posix_fallocate(descriptor, 0, static_cast<off_t>(layout.size_bytes)); reason != 0) {
    errno = reason;
    fail("reserving a panel");
  }
  write_all(descriptor, std::as_bytes(std::span(layout.start)), 0);
  for (std::size_t i = 0; i < layout.arrays.size(); ++i) write_all(descriptor, layout.arrays[i], layout.offsets[i]);
}

void move_to_panel_file(int descriptor, const std::string& key, LoadedData data) {
  constexpr std::size_t moved_at_once = std::size_t{16} << 20;
  const Layout layout = layout_of(key, data);
  if (ftruncate(descriptor, static_cast<off_t>(layout.size_bytes)) != 0) fail("sizing a panel");
  write_all(descriptor, std::as_bytes(std::span(layout.start)), 0);
  for (std::size_t i = 0; i < layout.arrays.size(); ++i) {
    const bool is_last_reader = is_alone(layout.arrays, i);
    for (std::size_t at = 0; at < layout.arrays[i].size(); at += moved_at_once) {
      const auto part = layout.arrays[i].subspan(at, std::min(moved_at_once, layout.arrays[i].size() - at));
      write_all(descriptor, part, layout.offsets[i] + at);
      if (is_last_reader) give_back(part);
    }
  }
}

namespace {

struct Mapping {
  const std::byte* begin;
  std::size_t size;
  Mapping(const std::byte* at, std::size_t bytes) : begin(at), size(bytes) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { munmap(const_cast<std::byte*>(begin), size); }
};

std::shared_ptr<const Mapping> map_file(int descriptor) {
  struct stat info{};
  if (descriptor < 0 || fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) return nullptr;
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size < prefix_bytes) return nullptr;
  void* const begin = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0);
  if (begin == MAP_FAILED) return nullptr;
  return std::make_shared<const Mapping>(static_cast<const std::byte*>(begin), size);
}

LoadedData read_mapping(const std::shared_ptr<const Mapping>& mapping, const std::string& key) {
  const std::string_view bytes(reinterpret_cast<const char*>(mapping->begin), mapping->size);
  if (!bytes.starts_with(magic)) throw Damaged{};
  const std::size_t header_size = HeaderReader(bytes.substr(8, 8)).number();
  if (header_size > bytes.size() - prefix_bytes) throw Damaged{};
  const std::string_view header = bytes.substr(prefix_bytes, header_size);
  if (sha256_hex(header) != bytes.substr(16, 64)) throw Damaged{};

  HeaderReader in(header);
  LoadedData data = read_descriptive_header(in, key);
  std::size_t arrays = in.count();
  visit_arrays(data.market, [&]<typename Value>(std::span<const Value>& array) {
    if (arrays-- == 0) throw Damaged{};
    const std::size_t offset = in.number();
    const std::size_t size = in.number();
    if (offset % page_bytes != 0 || offset > mapping->size || size > mapping->size - offset ||
        size % sizeof(Value) != 0)
      throw Damaged{};
    array = {reinterpret_cast<const Value*>(mapping->begin + offset), size / sizeof(Value)};
  });
  data.market.prices.storage = mapping;
  if (data.market.signals) data.market.signals->storage = mapping;
  return data;
}

}  // namespace

std::optional<LoadedData> read_panel_file(const std::filesystem::path& path, const std::string& key) {
  const PanelDescriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  return read_panel_file(file.number, key);
}

std::optional<LoadedData> read_panel_file(int descriptor, const std::string& key) {
  const std::shared_ptr<const Mapping> mapping = map_file(descriptor);
  if (!mapping) return std::nullopt;
  try {
    return read_mapping(mapping, key);
  } catch (const Damaged&) {
    return std::nullopt;
  }
}

}  // namespace backtest
