// Rows of a binary COPY, wherever the pieces of the stream end.
#include "data/postgres/binary_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace backtest {
namespace {

using ::testing::ElementsAre;

// A header, two rows of two fields (one of them null), and the trailer.
const std::string stream = std::string("PGCOPY\n\377\r\n\0", 11) + std::string(8, '\0') +
                           std::string("\0\2\0\0\0\2KO\0\0\0\1x", 13) +
                           std::string("\0\2\377\377\377\377\0\0\0\0", 10) + "\377\377";

std::vector<std::string> rows_of(const std::string& bytes, std::size_t piece_bytes) {
  std::size_t at = 0;
  std::string piece;
  BinaryRows rows(
      [&]() -> std::optional<std::string_view> {
        if (at >= bytes.size()) return std::nullopt;
        piece = bytes.substr(at, piece_bytes);
        at += piece.size();
        return piece;
      },
      2);
  std::vector<std::string> texts;
  while (true) {
    const auto fields = rows.next();
    if (fields.empty()) return texts;
    std::string text;
    for (const auto& field : fields) text += std::string(field.value_or("null")) + "|";
    texts.push_back(text);
  }
}

TEST(BinaryRows, AreTheSameWhereverThePiecesEnd) {
  for (std::size_t piece_bytes = 1; piece_bytes <= stream.size(); ++piece_bytes) {
    EXPECT_THAT(rows_of(stream, piece_bytes), ElementsAre("KO|x|", "null||")) << piece_bytes;
  }
}

TEST(BinaryRows, RefuseOtherBytes) {
  EXPECT_THROW(rows_of("date,symbol\n2024-01-02,KO\n", 7), std::runtime_error);
  EXPECT_THROW(rows_of(stream.substr(0, 25), 4), std::runtime_error) << "it ends within a row";
  std::string other_columns = stream;
  other_columns[20] = 3;
  EXPECT_THROW(rows_of(other_columns, 100), std::runtime_error);
}

TEST(BinaryRows, NumbersComeInNetworkOrder) {
  EXPECT_EQ(int32_of(std::string("\0\0\1\2", 4)), 258);
  EXPECT_EQ(int64_of(std::string("\377\377\377\377\377\377\377\376", 8)), -2);
  EXPECT_EQ(float8_of(std::string("\x3f\xf8\0\0\0\0\0\0", 8)), 1.5);
}

}  // namespace
}  // namespace backtest
