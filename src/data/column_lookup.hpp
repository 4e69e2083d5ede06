// How a column is found in a table (DATA-7).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

// For each candidate in turn the column of exactly that name, else the right-most that differs by case only.
std::optional<std::size_t> find_column(std::span<const std::string> columns,
                                       std::initializer_list<std::string_view> candidates);
std::optional<std::size_t> find_column(std::span<const std::string> columns, std::string_view name);

std::optional<std::size_t> find_date_column(
    std::span<const std::string> columns);  // date, obs_date, observation_date, timestamp, datetime
std::optional<std::size_t> find_symbol_column(std::span<const std::string> columns);  // symbol, ticker

// "; the table has date, symbol, close", with a guess where a name is near.
std::string columns_present(std::span<const std::string> columns, std::string_view wanted);

}  // namespace backtest
