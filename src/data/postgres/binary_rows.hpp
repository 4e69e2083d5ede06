// The rows of COPY ... (FORMAT binary), from pieces that may end anywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

class BinaryRows {
 public:
  // Gives the next piece, valid until it is called again; nullopt at the end.
  using NextPiece = std::function<std::optional<std::string_view>()>;

  BinaryRows(NextPiece next_piece, std::size_t column_count);

  // The fields of the next row, nullopt where null; valid until the next call. Empty at the end. Throws
  // std::runtime_error for bytes of another form.
  std::span<const std::optional<std::string_view>> next();

 private:
  bool has(std::size_t bytes);
  std::string_view take(std::size_t bytes);
  void read_header();

  NextPiece next_piece_;
  std::string carried_;  // what the pieces before left, where a row lies across their border
  std::string_view rest_;
  std::vector<std::optional<std::string_view>> fields_;
  bool is_begun_ = false;
  bool is_over_ = false;
};

// Numbers in network order.
std::int16_t int16_of(std::string_view bytes);
std::int32_t int32_of(std::string_view bytes);
std::int64_t int64_of(std::string_view bytes);
double float8_of(std::string_view bytes);

}  // namespace backtest
