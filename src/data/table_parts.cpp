#include "data/table_parts.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <string_view>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "data/refuse_file.hpp"
#include "data/table.hpp"
#include "data/table_source.hpp"

namespace backtest {

namespace {

bool is_left_out(const std::string& name) {
  return name.starts_with('.') || name.starts_with('_');
}

std::string joined(const std::string& directory, const std::string& name) {
  if (directory.empty()) return name;
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// As writers put values into the names of directories: %2F for a slash.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_code =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    plain += is_code ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (is_code) i += 2;
  }
  return plain;
}

// What the directories of `path` say about every row of the file.
TablePart part_of(const std::string& path) {
  TablePart part{.path = path, .symbol = "", .day = std::nullopt};
  std::string_view rest = path;
  for (std::size_t slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
    const std::string_view segment = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    const std::size_t equals = segment.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key = lower_case(segment.substr(0, equals));
    const std::string value = unescaped(segment.substr(equals + 1));
    if (value == "__HIVE_DEFAULT_PARTITION__") {
      refuse_file(path, "the " + key + " is missing in the name of its directory");
    }
    if (key == "symbol" || key == "ticker") part.symbol = value;
    if (key == "date") {
      part.day = parse_date(value.substr(0, 10));
      if (!part.day) {
        refuse_file(path, "'" + value + "' in the name of its directory is not a date; write it as YYYY-MM-DD");
      }
    }
  }
  return part;
}

class Finder {
 public:
  explicit Finder(const DataSources& sources) : sources_(sources) {}

  void add_directory(const std::string& directory) {
    for (const SourceEntry& entry : sources_.list(directory)) {
      if (is_left_out(entry.name)) continue;
      const std::string path = joined(directory, entry.name);
      if (entry.is_directory) {
        add_directory(path);
      } else if (is_table_name(entry.name)) {
        found.push_back(part_of(path));
      } else {
        refuse_file(path,
                    "is no table that can be read, and stands in a directory of tables; their names end in .csv, "
                    ".csv.gz, .parquet or .pq");
      }
    }
  }

  void match(const std::string& directory, std::string_view pattern) {
    const std::size_t slash = pattern.find('/');
    const std::string segment(pattern.substr(0, slash));
    const bool is_last = slash == std::string_view::npos;
    const std::string_view rest = is_last ? std::string_view{} : pattern.substr(slash + 1);
    if (segment == "..") refuse_file(directory, "a pattern cannot lead up again ('..')");
    if (!is_pattern(segment) && !is_last) return match(joined(directory, segment.empty() ? "/" : segment), rest);
    const bool is_any_depth = segment == "**" && !is_last;
    if (is_any_depth) match(directory, rest);
    for (const SourceEntry& entry : sources_.list(directory.empty() ? "." : directory)) {
      const std::string path = joined(directory, entry.name);
      if (is_any_depth) {
        if (entry.is_directory && !is_left_out(entry.name)) match(path, pattern);
        continue;
      }
      const bool is_hidden = entry.name[0] == '_' && segment[0] != '_';
      if (is_hidden || fnmatch(segment.c_str(), entry.name.c_str(), FNM_PERIOD) != 0) continue;
      if (!is_last) {
        if (entry.is_directory) match(path, rest);
      } else if (entry.is_directory) {
        add_directory(path);
      } else {
        found.push_back(part_of(path));
      }
    }
  }

  std::vector<TablePart> found;

 private:
  const DataSources& sources_;
};

}  // namespace

bool is_pattern(const std::string& path) {
  return path.find_first_of("*?[") != std::string::npos;
}

std::string escaped_for_pattern(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[') {
      pattern += std::string{'[', c, ']'};
    } else {
      pattern += c;
    }
  }
  return pattern;
}

std::unique_ptr<Table> open_part(const DataSources& sources, const TablePart& part, const TableFormat& format) {
  return part.reader ? part.reader->open(format) : open_table(sources.open(part.path), format);
}

std::optional<std::string> identity_of_part(const DataSources& sources, const TablePart& part) {
  return part.reader ? part.reader->identity() : sources.open(part.path)->identity();
}

std::vector<TablePart> table_parts(const DataSources& sources, const std::string& path) {
  Finder finder(sources);
  if (is_pattern(path)) {
    const std::size_t fixed = path.rfind('/', path.find_first_of("*?["));
    const std::string directory = fixed == std::string::npos ? "" : path.substr(0, std::max<std::size_t>(fixed, 1));
    finder.match(directory, std::string_view(path).substr(fixed == std::string::npos ? 0 : fixed + 1));
    if (finder.found.empty()) refuse_file(path, "no file matches this pattern");
  } else if (sources.is_directory(path)) {
    finder.add_directory(path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path);
    if (finder.found.empty()) refuse_file(path, "is a directory without a table in it, not a file");
  } else {
    finder.found.push_back(part_of(path));
  }
  std::ranges::sort(finder.found, {}, &TablePart::path);
  const auto [first, last] = std::ranges::unique(finder.found, {}, &TablePart::path);
  finder.found.erase(first, last);
  return finder.found;
}

}  // namespace backtest
