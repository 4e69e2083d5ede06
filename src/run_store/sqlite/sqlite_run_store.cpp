#include "run_store/sqlite/sqlite_run_store.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/utc_time.hpp"
#include "run_store/sqlite/checkpointer.hpp"
#include "run_store/sqlite/database_file.hpp"
#include "run_store/sqlite/group_commit.hpp"
#include "run_store/sqlite/queries.hpp"
#include "run_store/sqlite/reader_pool.hpp"
#include "run_store/sqlite/schema.hpp"
#include "run_store/sqlite/text_indexer.hpp"
#include "run_store/sqlite/transitions.hpp"

namespace backtest {

namespace {

// Beyond this many pages the commit itself moves the log: the checkpointer cannot keep up.
constexpr int most_log_pages = 16'384;

struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

FileIdentity identity_of(const std::filesystem::path& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) throw StoreUnavailable("the run store's file " + file.string() + " is gone");
  return {status.st_dev, status.st_ino};
}

int on_commit(void* checkpointer, sqlite3* handle, const char*, int pages) {
  static_cast<Checkpointer*>(checkpointer)->log_grew(pages);
  if (pages > most_log_pages) sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  return SQLITE_OK;
}

// What open() makes. The parts end in the reverse order: the checkpointer after the writer that tells it.
struct OpenFile {
  OpenFile(const std::filesystem::path& file, StoreTime now) : checkpointer(file), readers(file) {
    auto connection = std::make_unique<SqliteConnection>(file);
    open_schema(*connection, now);
    sqlite3_wal_hook(connection->handle(), on_commit, &checkpointer);
    writer = std::make_unique<GroupCommit>(std::move(connection));
    indexer = std::make_unique<TextIndexer>(readers, *writer);
    identity = identity_of(file);
  }

  Checkpointer checkpointer;
  ReaderPool readers;
  std::unique_ptr<GroupCommit> writer;
  std::unique_ptr<TextIndexer> indexer;
  FileIdentity identity;
};

class SqliteRunStore final : public RunStore {
  OpenFile& opened() {
    const std::lock_guard lock(opening_);
    if (!open_) throw StoreUnavailable("the run store " + file_.string() + " is not open");
    return *open_;
  }

  template <typename Read>
  auto read(Read&& read) {
    return opened().readers.read(std::forward<Read>(read));
  }

  template <typename Write>
  auto write(Write&& write) {
    std::optional<std::invoke_result_t<Write&, SqliteConnection&>> result;
    opened().writer->run([&](SqliteConnection& connection) { result.emplace(write(connection)); });
    return std::move(*result);
  }

 public:
  SqliteRunStore(std::filesystem::path file, SqliteRunStoreOptions options)
      : file_(std::move(file)), clock_(options.clock ? std::move(options.clock) : utc_now) {}

  void open() override {
    const std::lock_guard lock(opening_);
    if (open_) return;
    prepare_database_location(file_);
    open_ = std::make_unique<OpenFile>(file_, clock_());
  }

  void ping() override {
    // A file that was deleted or replaced would go on working in here, and lose everything.
    if (identity_of(file_) != opened().identity) {
      throw StoreUnavailable("the run store's file " + file_.string() + " was replaced by another one");
    }
    read([](SqliteConnection& connection) { return sqlite::has_queued(connection); });
    // Readers never wait for a lock; this waits as any submission would, and syncs nothing.
    opened().writer->run([](SqliteConnection&) {});
  }

  StoreTime now() override { return clock_(); }

  std::expected<Submitted, SubmitError> submit(const Submission& submission, const SubmitLimits& limits) override {
    return write(
        [&](SqliteConnection& connection) { return sqlite::submit(connection, clock_(), submission, limits); });
  }

  std::vector<ClaimedRun> claim(const ClaimRequest& request) override {
    // Idle workers poll: that must cost no lock and no commit.
    if (request.limit <= 0 || !read(sqlite::has_queued)) return {};
    return write([&](SqliteConnection& connection) { return sqlite::claim(connection, clock_(), request); });
  }

  std::vector<LeaseState> renew(const std::vector<Renewal>& renewals,
                                std::chrono::milliseconds lease_duration) override {
    if (renewals.empty()) return {};
    return write(
        [&](SqliteConnection& connection) { return sqlite::renew(connection, clock_(), renewals, lease_duration); });
  }

  std::expected<RunRecord, WriteError> complete(const Lease& lease, const Completion& completion) override {
    return write(
        [&](SqliteConnection& connection) { return sqlite::complete(connection, clock_(), lease, completion); });
  }

  std::expected<RunRecord, WriteError> fail(const Lease& lease, const Failure& failure) override {
    return write([&](SqliteConnection& connection) { return sqlite::fail(connection, clock_(), lease, failure); });
  }

  std::expected<RunRecord, WriteError> release(const Lease& lease) override {
    return write([&](SqliteConnection& connection) { return sqlite::release(connection, clock_(), lease); });
  }

  std::expected<RunRecord, WriteError> finish_cancel(const Lease& lease) override {
    return write([&](SqliteConnection& connection) { return sqlite::finish_cancel(connection, clock_(), lease); });
  }

  CancelOutcome cancel(std::string_view run_id) override {
    return write([&](SqliteConnection& connection) { return sqlite::cancel(connection, clock_(), run_id); });
  }

  std::vector<std::string> reclaim(int limit, int max_lost_attempts) override {
    const StoreTime at = clock_();
    if (!read([&](SqliteConnection& connection) { return sqlite::has_expired_lease(connection, at); })) return {};
    return write(
        [&](SqliteConnection& connection) { return sqlite::reclaim(connection, clock_(), limit, max_lost_attempts); });
  }

  std::optional<RunRecord> get(std::string_view run_id) override {
    return read([&](SqliteConnection& connection) { return sqlite::get(connection, run_id); });
  }

  std::vector<RunRecord> get_many(const std::vector<std::string>& run_ids) override {
    return read([&](SqliteConnection& connection) { return sqlite::get_many(connection, run_ids); });
  }

  ListPage list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) override {
    return list_from(filter, after, 0, limit);
  }

  ListPage list_offset(const ListFilter& filter, std::int64_t offset, int limit) override {
    return list_from(filter, std::nullopt, offset, limit);
  }

  std::expected<void, RemoveError> remove(std::string_view run_id) override {
    return write([&](SqliteConnection& connection) { return sqlite::remove(connection, run_id); });
  }

  Counts counts() override {
    return read([&](SqliteConnection& connection) { return sqlite::counts(connection, clock_()); });
  }

  std::vector<RunEvent> events(std::string_view run_id, std::int64_t after_sequence) override {
    return read([&](SqliteConnection& connection) { return sqlite::events(connection, run_id, after_sequence); });
  }

  std::optional<Lease> current_lease(std::string_view run_id) override {
    return read([&](SqliteConnection& connection) { return sqlite::current_lease(connection, run_id); });
  }

 private:
  ListPage list_from(const ListFilter& filter, const std::optional<ListCursor>& after, std::int64_t offset, int limit) {
    if (!filter.text.empty()) opened().indexer->searched();
    return read([&](SqliteConnection& connection) { return sqlite::list(connection, filter, after, offset, limit); });
  }

  const std::filesystem::path file_;
  const std::function<StoreTime()> clock_;
  std::mutex opening_;
  std::unique_ptr<OpenFile> open_;
};

}  // namespace

std::unique_ptr<RunStore> make_sqlite_run_store(const std::filesystem::path& database, SqliteRunStoreOptions options) {
  return std::make_unique<SqliteRunStore>(database, std::move(options));
}

}  // namespace backtest
