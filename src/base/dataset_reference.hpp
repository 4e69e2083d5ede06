// A data set as a config names one in place of a path: `dataset:prices`, or `dataset:prices@9f86d081884c7d65`, which is
// one version of it. A version is the beginning of the SHA-256 of its bytes, so that it never means other ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backtest {

struct DatasetReference {
  std::string name;
  std::string version;  // empty: the one that was put last

  std::string text() const;  // with `dataset:`
  friend bool operator==(const DatasetReference&, const DatasetReference&) = default;
};

// Whether a path is meant as a data set, well-formed or not.
bool names_dataset(std::string_view path);

// 1 to 64 letters, digits and . _ -, the first a letter or a digit.
bool valid_dataset_name(std::string_view name);
// 16 lower-case hex digits.
bool valid_dataset_version(std::string_view version);
// Of the SHA-256 of the bytes, as 64 hex digits.
std::string dataset_version(std::string_view sha256);

// `name` or `name@version`, without `dataset:`; nullopt where either is malformed.
std::optional<DatasetReference> parse_dataset(std::string_view text);
// The same behind `dataset:`, as a config has it.
std::optional<DatasetReference> parse_dataset_path(std::string_view path);

// The rule of a well-formed path, for messages.
inline constexpr std::string_view dataset_path_rule =
    "a data set is written dataset:name or dataset:name@version, where the name has up to 64 letters, digits and . _ - "
    "and the version 16 hex digits";

}  // namespace backtest
