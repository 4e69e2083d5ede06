#include "data/postgres/binary_rows.hpp"

#include <bit>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace backtest {

namespace {

constexpr std::string_view signature("PGCOPY\n\377\r\n\0", 11);

[[noreturn]] void refuse() {
  throw std::runtime_error("PostgreSQL sent bytes that are no binary COPY");
}

template <typename Integer>
Integer big_endian(std::string_view bytes) {
  if (bytes.size() != sizeof(Integer)) refuse();
  Integer value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return std::byteswap(value);
}

}  // namespace

static_assert(std::endian::native == std::endian::little);

std::int16_t int16_of(std::string_view bytes) {
  return big_endian<std::int16_t>(bytes);
}

std::int32_t int32_of(std::string_view bytes) {
  return big_endian<std::int32_t>(bytes);
}

std::int64_t int64_of(std::string_view bytes) {
  return big_endian<std::int64_t>(bytes);
}

double float8_of(std::string_view bytes) {
  return std::bit_cast<double>(big_endian<std::int64_t>(bytes));
}

BinaryRows::BinaryRows(NextPiece next_piece, std::size_t column_count)
    : next_piece_(std::move(next_piece)), fields_(column_count) {}

// Whether so many bytes stand in `rest_`, after further pieces where need be.
bool BinaryRows::has(std::size_t bytes) {
  while (rest_.size() < bytes && !is_over_) {
    carried_ = std::string(rest_);
    const std::optional<std::string_view> piece = next_piece_();
    is_over_ = !piece;
    if (piece && !carried_.empty()) carried_ += *piece;
    rest_ = piece && carried_.empty() ? *piece : carried_;
  }
  return rest_.size() >= bytes;
}

std::string_view BinaryRows::take(std::size_t bytes) {
  if (!has(bytes)) refuse();
  const std::string_view taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

void BinaryRows::read_header() {
  is_begun_ = true;
  if (take(signature.size()) != signature) refuse();
  take(4);  // flags
  const std::int32_t extension_bytes = int32_of(take(4));
  if (extension_bytes < 0) refuse();
  take(static_cast<std::size_t>(extension_bytes));
}

std::span<const std::optional<std::string_view>> BinaryRows::next() {
  if (!is_begun_) read_header();
  // Almost every piece is one row. The whole row is brought together first, so that its fields stay where they are.
  std::size_t row_bytes = 2;
  if (!has(row_bytes)) refuse();
  const std::int16_t count = int16_of(rest_.substr(0, 2));
  if (count == -1) {
    is_over_ = !next_piece_();
    return {};
  }
  if (static_cast<std::size_t>(count) != fields_.size()) refuse();
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    if (!has(row_bytes + 4)) refuse();
    const std::int32_t size = int32_of(rest_.substr(row_bytes, 4));
    row_bytes += 4 + (size > 0 ? static_cast<std::size_t>(size) : 0);
    if (size < -1 || !has(row_bytes)) refuse();
  }
  take(2);
  for (std::optional<std::string_view>& field : fields_) {
    const std::int32_t size = int32_of(take(4));
    field.reset();
    if (size >= 0) field = take(static_cast<std::size_t>(size));
  }
  return fields_;
}

}  // namespace backtest
