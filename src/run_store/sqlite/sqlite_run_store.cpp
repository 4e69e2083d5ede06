#include "run_store/sqlite/sqlite_run_store.hpp"

#include <sqlite3.h>

#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/log.hpp"
#include "base/utc_time.hpp"
#include "run_store/sqlite/access_rows.hpp"
#include "run_store/sqlite/checkpointer.hpp"
#include "run_store/sqlite/database_file.hpp"
#include "run_store/sqlite/group_commit.hpp"
#include "run_store/sqlite/moment.hpp"
#include "run_store/sqlite/output_lock.hpp"
#include "run_store/sqlite/queries.hpp"
#include "run_store/sqlite/reader_pool.hpp"
#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/schema.hpp"
#include "run_store/sqlite/text_indexer.hpp"
#include "run_store/sqlite/transitions.hpp"
#include "run_store/sqlite/watched_file.hpp"

namespace backtest {

namespace {

// With more pages in the log the checkpointer has fallen behind, and the commit itself moves them into the file.
constexpr int most_log_pages = 16'384;

int on_commit(void* checkpointer, sqlite3* handle, const char*, int pages) {
  static_cast<Checkpointer*>(checkpointer)->log_grew(pages);
  if (pages > most_log_pages) sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  return SQLITE_OK;
}

// What open() makes. The parts end in the reverse order: the checkpointer after the writer that tells it.
struct OpenFile {
  OpenFile(const std::filesystem::path& file, StoreTime now) : checkpointer(file), readers(file) {
    auto connection = std::make_unique<SqliteConnection>(file);
    open_schema(*connection, file, now);
    sqlite3_wal_hook(connection->handle(), on_commit, &checkpointer);
    writer = std::make_unique<GroupCommit>(std::move(connection));
    indexer = std::make_unique<TextIndexer>(readers, *writer);
    watched.emplace(file);
  }

  Checkpointer checkpointer;
  ReaderPool readers;
  std::unique_ptr<GroupCommit> writer;
  std::unique_ptr<TextIndexer> indexer;
  std::optional<WatchedFile> watched;
};

class SqliteRunStore final : public RunStore, public AccessRecords {
  // Throws where the file is damaged, or is no longer the one that was opened.
  OpenFile& opened() {
    const std::lock_guard lock(opening_);
    if (!open_) throw StoreUnavailable("the run store " + file_.string() + " is not open");
    if (!damage_.empty()) throw StoreDamaged(damage_);
    open_->watched->check();
    return *open_;
  }

  // Once a call has found damage, none reads or writes any more: somebody has to look at the file first.
  template <typename Call>
  auto noticing_damage(Call&& call) {
    try {
      return call();
    } catch (const StoreDamaged& found) {
      const std::lock_guard lock(opening_);
      if (damage_.empty()) log_error("the run store's file is damaged", {{"reason", found.what()}});
      damage_ = found.what();
      throw;
    }
  }

  template <typename Read>
  auto read(Read&& read) {
    return noticing_damage([&] { return opened().readers.read(std::forward<Read>(read)); });
  }

  // Looks at the file again after the commit: what went into one that was moved or replaced is not acknowledged, since
  // a restart would not find it.
  template <typename Write>
  auto write(Write&& write) {
    std::optional<std::invoke_result_t<Write&, SqliteConnection&>> result;
    noticing_damage([&] {
      OpenFile& open = opened();
      open.writer->run([&](SqliteConnection& connection) { result.emplace(write(connection)); });
      open.watched->check();
    });
    return std::move(*result);
  }

  Moment moment() const { return {.utc = clock_(), .uptime = uptime_(), .boot = boot_}; }

 public:
  SqliteRunStore(std::filesystem::path file, SqliteRunStoreOptions options)
      : file_(std::move(file)),
        clock_(options.clock ? std::move(options.clock) : utc_now),
        uptime_(options.uptime ? std::move(options.uptime) : uptime_now),
        boot_(options.boot.empty() ? current_boot() : std::move(options.boot)),
        output_directory_(std::move(options.output_directory)) {}

  void open() override {
    const std::lock_guard lock(opening_);
    if (open_) return;
    prepare_database_location(file_);
    if (!output_directory_.empty()) output_lock_.emplace(file_, output_directory_);
    open_ = std::make_unique<OpenFile>(file_, clock_());
  }

  void ping() override {
    read([](SqliteConnection& connection) { return sqlite::has_queued(connection); });
    // A read needs no lock, so an empty write shows whether a submission would get through. It changes nothing and is
    // therefore not synced.
    write([](SqliteConnection&) { return true; });
  }

  StoreTime now() override { return clock_(); }

  std::expected<Submitted, SubmitError> submit(const Submission& submission, const SubmitLimits& limits) override {
    return write(
        [&](SqliteConnection& connection) { return sqlite::submit(connection, moment(), submission, limits); });
  }

  std::vector<ClaimedRun> claim(const ClaimRequest& request) override {
    // Idle workers poll: that must cost no lock and no commit.
    if (request.limit <= 0 || !read(sqlite::has_queued)) return {};
    return write([&](SqliteConnection& connection) { return sqlite::claim(connection, moment(), request); });
  }

  std::vector<LeaseState> renew(const std::vector<Renewal>& renewals,
                                std::chrono::milliseconds lease_duration) override {
    if (renewals.empty()) return {};
    return write(
        [&](SqliteConnection& connection) { return sqlite::renew(connection, moment(), renewals, lease_duration); });
  }

  std::expected<RunRecord, WriteError> complete(const Lease& lease, const Completion& completion) override {
    return write(
        [&](SqliteConnection& connection) { return sqlite::complete(connection, moment(), lease, completion); });
  }

  std::expected<RunRecord, WriteError> fail(const Lease& lease, const Failure& failure) override {
    return write([&](SqliteConnection& connection) { return sqlite::fail(connection, moment(), lease, failure); });
  }

  std::expected<RunRecord, WriteError> release(const Lease& lease) override {
    return write([&](SqliteConnection& connection) { return sqlite::release(connection, moment(), lease); });
  }

  std::expected<RunRecord, WriteError> finish_cancel(const Lease& lease) override {
    return write([&](SqliteConnection& connection) { return sqlite::finish_cancel(connection, moment(), lease); });
  }

  CancelOutcome cancel(std::string_view run_id) override {
    return write([&](SqliteConnection& connection) { return sqlite::cancel(connection, moment(), run_id); });
  }

  std::vector<std::string> reclaim(int limit, int max_lost_attempts) override {
    const Moment at = moment();
    if (!read([&](SqliteConnection& connection) { return sqlite::has_expired_lease(connection, at); })) return {};
    return write(
        [&](SqliteConnection& connection) { return sqlite::reclaim(connection, moment(), limit, max_lost_attempts); });
  }

  std::optional<RunRecord> get(std::string_view run_id) override {
    return read([&](SqliteConnection& connection) { return sqlite::get(connection, run_id); });
  }

  std::vector<RunRecord> get_many(const std::vector<std::string>& run_ids) override {
    return read([&](SqliteConnection& connection) { return sqlite::get_many(connection, run_ids); });
  }

  std::optional<RunRecord> edit(std::string_view run_id, const RunEdit& edit) override {
    return write([&](SqliteConnection& connection) -> std::optional<RunRecord> {
      const auto run = find_run(connection, moment(), run_id);
      if (!run) return std::nullopt;
      sqlite::edit(connection, run_id, edit);
      return read_record(connection, run->id);
    });
  }

  void want_notices(bool are_wanted) override {
    write([&](SqliteConnection& connection) { return sqlite::want_notices(connection, are_wanted); });
  }

  std::vector<RunNotice> take_notices(int limit, std::chrono::milliseconds first_pause) override {
    if (!read([&](SqliteConnection& connection) { return sqlite::has_due_notice(connection, moment()); })) return {};
    return write(
        [&](SqliteConnection& connection) { return sqlite::take_notices(connection, moment(), limit, first_pause); });
  }

  void settle_notice(std::string_view run_id) override {
    write([&](SqliteConnection& connection) { return sqlite::settle_notice(connection, run_id); });
  }

  ListPage list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) override {
    return list_from(filter, after, 0, limit);
  }

  ListPage list_offset(const ListFilter& filter, std::int64_t offset, int limit) override {
    return list_from(filter, std::nullopt, offset, limit);
  }

  std::expected<void, RemoveError> remove(std::string_view run_id) override {
    return write([&](SqliteConnection& connection) { return sqlite::remove(connection, moment(), run_id); });
  }

  Counts counts() override {
    return read([&](SqliteConnection& connection) { return sqlite::counts(connection, moment()); });
  }

  std::int64_t queued_of(std::string_view submitter, std::int64_t at_most) override {
    return read([&](SqliteConnection& connection) { return sqlite::queued_of(connection, submitter, at_most); });
  }

  std::vector<std::string> first_queued(std::int64_t at_most) override {
    return read([&](SqliteConnection& connection) { return sqlite::first_queued(connection, at_most); });
  }

  std::vector<RunEvent> events(std::string_view run_id, std::int64_t after_sequence) override {
    return read([&](SqliteConnection& connection) { return sqlite::events(connection, run_id, after_sequence); });
  }

  std::optional<Lease> current_lease(std::string_view run_id) override {
    return read([&](SqliteConnection& connection) { return sqlite::current_lease(connection, run_id); });
  }

  AccessRecords* access_records() override { return this; }

  void create_key(const KeyRecord& key) override {
    write([&](SqliteConnection& connection) {
      sqlite::create_key(connection, clock_(), key);
      return true;
    });
  }

  std::vector<KeyRecord> keys() override { return read(sqlite::keys); }

  bool revoke_key(std::string_view key_id) override {
    return write([&](SqliteConnection& connection) { return sqlite::revoke_key(connection, clock_(), key_id); });
  }

  void append_audit(const std::vector<AuditEvent>& events) override {
    write([&](SqliteConnection& connection) {
      for (const AuditEvent& event : events) sqlite::append_audit(connection, clock_(), event);
      return true;
    });
  }

  std::vector<AuditEvent> audit_events(const AuditFilter& filter, int limit) override {
    return read([&](SqliteConnection& connection) { return sqlite::audit_events(connection, filter, limit); });
  }

  std::int64_t remove_audit_older_than(int days) override {
    return write(
        [&](SqliteConnection& connection) { return sqlite::remove_audit_older_than(connection, clock_(), days); });
  }

 private:
  ListPage list_from(const ListFilter& filter, const std::optional<ListCursor>& after, std::int64_t offset, int limit) {
    if (!filter.text.empty()) opened().indexer->searched();
    return read([&](SqliteConnection& connection) { return sqlite::list(connection, filter, after, offset, limit); });
  }

  const std::filesystem::path file_;
  const std::function<StoreTime()> clock_, uptime_;
  const std::string boot_;
  const std::filesystem::path output_directory_;
  std::optional<OutputLock> output_lock_;
  std::mutex opening_;  // guards the two below
  std::string damage_;  // what was found; empty = none
  std::unique_ptr<OpenFile> open_;
};

}  // namespace

std::unique_ptr<RunStore> make_sqlite_run_store(const std::filesystem::path& database, SqliteRunStoreOptions options) {
  return std::make_unique<SqliteRunStore>(database, std::move(options));
}

}  // namespace backtest
