// A thin RAII over SQLite's C API: one connection for one thread at a time, statements prepared once and kept.
//
//   connection.run("delete from t where id = ?", id);
//   for (auto rows = connection.query("select a, b from t where c = ?", c); rows.next();) use(rows.text("a"));
//
// Every error throws StoreUnavailable with SQLite's reason; StoreDamaged where that is a damaged file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "run_store/run_store.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace backtest {

// What the file holds contradicts itself. Nothing that it says is to be trusted until it was restored.
class StoreDamaged : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

class SqliteConnection;

// The rows of one execution. The statement is free for the next one when this object ends.
class SqliteRows {
 public:
  template <typename... Values>
  SqliteRows(SqliteConnection& connection, sqlite3_stmt* statement, const Values&... values)
      : connection_(connection), statement_(statement) {
    (bind_next(values), ...);
  }
  ~SqliteRows();
  // Parameters one by one, in their order, before the first next().
  template <typename Value>
  void bind_next(const Value& value) {
    bind(++bound_, value);
  }
  SqliteRows(const SqliteRows&) = delete;
  SqliteRows& operator=(const SqliteRows&) = delete;

  bool next();
  // The place of a column that the statement gives, or -1.
  int column(std::string_view name) const;
  // By name; a column that the statement does not give is a bug and stops here.
  bool is_null(std::string_view name) const { return is_null(place(name)); }
  std::int64_t integer(std::string_view name) const { return integer(place(name)); }
  std::string text(std::string_view name) const { return text(place(name)); }
  std::optional<std::string> optional_text(std::string_view name) const { return optional_text(place(name)); }
  // By place, for readers that looked it up once.
  bool is_null(int column) const;
  bool boolean(int column) const { return integer(column) != 0; }
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  std::optional<double> optional_real(int column) const;
  std::optional<std::string> optional_text(int column) const;

 private:
  int place(std::string_view name) const;
  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, bool value) { bind(index, std::int64_t{value}); }
  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }
  template <typename Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) bind(index, *value);  // a parameter that is not bound is null
  }

  SqliteConnection& connection_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class SqliteConnection {
 public:
  // Opens or creates the file, waits 8 s for locks, syncs every commit.
  explicit SqliteConnection(const std::filesystem::path& file);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Several statements without parameters; nothing is kept.
  void execute(const std::string& sql);
  template <typename... Values>
  SqliteRows query(std::string_view sql, const Values&... values) {
    sqlite3_stmt* statement = prepared(sql);
    return SqliteRows(*this, statement, values...);
  }
  template <typename... Values>
  void run(std::string_view sql, const Values&... values) {
    auto rows = query(sql, values...);
    while (rows.next()) continue;
  }

  std::int64_t last_insert_id() const;
  bool in_transaction() const;
  // Throws what SQLite last complained about.
  [[noreturn]] void fail(std::string_view during) const;
  sqlite3* handle() { return handle_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  sqlite3_stmt* prepared(std::string_view sql);

  std::string file_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> statements_;
};

}  // namespace backtest
