// What only reads. Lists and counts come from what is known of all records, which one listing brings up to date: it
// names every record with its ETag, and those that changed are read.
#include <algorithm>
#include <atomic>
#include <tuple>
#include <utility>

#include "base/log.hpp"
#include "run_store/adls/adls_run_store.hpp"
#include "run_store/adls/parallel_requests.hpp"
#include "run_store/listed_text.hpp"

namespace backtest {

using std::chrono::steady_clock;

namespace {

constexpr std::size_t reads_at_once = 16;
constexpr std::chrono::milliseconds position_patience{1'000};
constexpr std::chrono::milliseconds look_up_every{20};  // while another refresh is under way
constexpr double microseconds_per_second = 1e6;

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string folded(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return folded(c); });
  return result;
}

// The conditions of a list (STO-2).
class Wanted {
 public:
  explicit Wanted(const ListFilter& filter) : filter_(filter), text_(folded(filter.text)) {
    if (is_blank_text(text_)) text_.clear();
  }

  bool operator()(const RunRecord& record) const {
    if (filter_.state && record.state != *filter_.state) return false;
    if (filter_.completed_before && !(record.completed_at && *record.completed_at < *filter_.completed_before)) {
      return false;
    }
    if (filter_.submitters && std::ranges::find(*filter_.submitters, record.submitter) == filter_.submitters->end()) {
      return false;
    }
    if (filter_.strategy && record.strategy != filter_.strategy) return false;
    if (filter_.submitted_from && record.submitted_at < *filter_.submitted_from) return false;
    if (filter_.submitted_before && record.submitted_at >= *filter_.submitted_before) return false;
    const auto has = [&](const std::string& tag) { return std::ranges::binary_search(record.tags, tag); };
    if (!std::ranges::all_of(filter_.tags, has)) return false;
    const auto is_within = [&](const NumberBounds& bounds) {
      const auto number = number_of(record, bounds.number);
      return (!bounds.least || (number && *number >= *bounds.least)) &&
             (!bounds.most || (number && *number <= *bounds.most));
    };
    if (!std::ranges::all_of(filter_.bounds, is_within)) return false;
    return text_.empty() || folded(record.run_id).contains(text_) ||
           (record.run_name && folded(*record.run_name).contains(text_));
  }

 private:
  const ListFilter& filter_;
  std::string text_;
};

// Collects the first `most` runs beyond the cursor, for an order in which the known runs are not kept.
class InOrder {
 public:
  InOrder(const ListFilter& filter, const std::optional<ListCursor>& after, std::size_t most)
      : filter_(filter), after_(after), most_(most) {}

  void offer(const RunRecord& record) {
    Key key{cursor_of(record, filter_.order), &record};
    if (filter_.order != RunOrder::submitted_at && !key.place.number) return;
    if (after_ && !comes_before(*after_, key.place)) return;
    if (first_.size() == most_ && !comes_before(key.place, first_.front().place)) return;
    // A heap whose top is the last of those that are kept.
    const auto heap_order = [&](const Key& a, const Key& b) { return comes_before(a.place, b.place); };
    if (first_.size() == most_) {
      std::ranges::pop_heap(first_, heap_order);
      first_.pop_back();
    }
    first_.push_back(std::move(key));
    std::ranges::push_heap(first_, heap_order);
  }
  std::vector<RunRecord> taken() && {
    std::ranges::sort(first_, [&](const Key& a, const Key& b) { return comes_before(a.place, b.place); });
    std::vector<RunRecord> records;
    for (const Key& key : first_) records.push_back(*key.record);
    return records;
  }

 private:
  struct Key {
    ListCursor place;
    const RunRecord* record;  // outlives this object
  };
  bool comes_before(const ListCursor& a, const ListCursor& b) const {
    const auto key = [](const ListCursor& place) {
      return std::tuple(place.number.value_or(0.0), place.submitted_at, std::string_view(place.run_id));
    };
    return filter_.is_ascending ? key(a) < key(b) : key(a) > key(b);
  }

  const ListFilter& filter_;
  const std::optional<ListCursor>& after_;
  const std::size_t most_;
  std::vector<Key> first_;
};

RunRecord without_configs(const RunRecord& record) {
  RunRecord copy = record;
  copy.config_json.clear();
  copy.effective_config_json.clear();
  return copy;
}

}  // namespace

bool AdlsRunStore::is_listed_within(std::chrono::milliseconds age) const {
  const std::lock_guard lock(listing_);
  return listed_at_ && age.count() > 0 && steady_clock::now() - *listed_at_ <= age;
}

bool AdlsRunStore::refresh(std::chrono::milliseconds greatest_age, const std::function<bool()>& may_go_on) {
  if (is_listed_within(greatest_age)) return true;
  std::unique_lock lock(refreshing_, std::defer_lock);
  while (!lock.try_lock_for(look_up_every)) {
    if (!may_go_on()) return false;
  }
  return is_listed_within(greatest_age) || read_all(may_go_on);
}

bool AdlsRunStore::read_all(const std::function<bool()>& may_go_on) {
  const auto asked_at = steady_clock::now();
  const ObjectListing listing = requests_.list(names_.records());
  std::vector<std::string> run_ids;
  std::vector<std::pair<std::string, std::string>> changed;  // with their ETags
  std::map<std::string, std::string> unreadable;
  for (const ObjectInfo& object : listing.objects) {
    auto run_id = names_.run_id_of(object.name);
    if (!run_id) continue;
    const KnownRunPtr known = known_.find(*run_id);
    const auto other = unreadable_.find(*run_id);
    if (other != unreadable_.end() && other->second == object.etag) {
      unreadable.insert(*other);
    } else if (!known || known->etag != object.etag) {
      changed.emplace_back(*run_id, object.etag);
    }
    run_ids.push_back(std::move(*run_id));
  }
  std::ranges::sort(run_ids);
  known_.keep_only(run_ids, asked_at);
  records_listed_ = run_ids.size();
  records_to_read_ = changed.size();
  std::mutex mutex;
  std::atomic<bool> is_given_up{false};
  adls::ask_in_parallel(changed.size(), reads_at_once, [&](std::size_t i) {
    if (is_given_up || !may_go_on()) {
      is_given_up = true;
      return;
    }
    const auto& [run_id, etag] = changed[i];
    const ReadRun found = read(run_id, Configs::dropped);
    --records_to_read_;
    if (found.kind == ReadRun::Kind::there || found.kind == ReadRun::Kind::missing) return;
    if (found.kind == ReadRun::Kind::unreadable) {
      log_warning("an object is no record of a run and is passed over", {{"object", names_.record(run_id)}});
    }
    const std::lock_guard reading(mutex);
    unreadable[run_id] = etag;
  });
  unreadable_ = std::move(unreadable);
  if (is_given_up) return false;
  const std::lock_guard lock(listing_);
  listed_at_ = asked_at;
  listing_took_ = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - asked_at);
  return true;
}

// Whether the next one, at twice the time of the last, would else end after that one is too old.
bool AdlsRunStore::is_listing_due() const {
  const std::lock_guard lock(listing_);
  const auto lead = std::clamp(2 * listing_took_, options_.listing_age / 4, options_.listing_age);
  return !listed_at_ || steady_clock::now() - *listed_at_ >= options_.listing_age - lead;
}

// Who asks often waits for no listing: the next one is made before the last one is too old.
bool AdlsRunStore::is_listed_soon(std::chrono::milliseconds patience) {
  const auto until = steady_clock::now() + patience;
  if (!refresh(options_.listing_age, [&] { return steady_clock::now() < until; })) return false;
  if (is_open_.load() && listings_ && is_listing_due()) listings_->want();
  return true;
}

void AdlsRunStore::wait_for_listing() {
  if (is_listed_soon(options_.listing_patience)) return;
  throw StoreUnavailable("the records of runs are being read, " + std::to_string(records_to_read_) + " of " +
                         std::to_string(records_listed_) + " are left; ask again in a while");
}

std::optional<RunRecord> AdlsRunStore::get(std::string_view run_id) {
  const KnownRunPtr run = fetch(run_id, Configs::dropped);
  if (!run) return std::nullopt;
  return run->document.record;
}

std::vector<RunRecord> AdlsRunStore::get_many(const std::vector<std::string>& run_ids) {
  std::vector<KnownRunPtr> found(run_ids.size());
  adls::ask_in_parallel(run_ids.size(), reads_at_once, [&](std::size_t i) { found[i] = recent(run_ids[i]); });
  std::vector<RunRecord> records;
  for (const KnownRunPtr& run : found) {
    if (run) records.push_back(without_configs(run->document.record));
  }
  return records;
}

ListPage AdlsRunStore::list_from(const ListFilter& filter, const std::optional<ListCursor>& after, std::int64_t offset,
                                 int limit) {
  ListPage page;
  if (limit <= 0) return page;
  wait_for_listing();
  const Wanted is_wanted(filter);
  if (filter.order != RunOrder::submitted_at || filter.is_ascending) {
    InOrder in_order(filter, after, static_cast<std::size_t>(offset + limit + 1));
    std::vector<KnownRunPtr> kept;
    known_.visit_all([&](const KnownRunPtr& run) {
      if (!is_wanted(run->document.record)) return;
      kept.push_back(run);
      in_order.offer(run->document.record);
    });
    page.runs = std::move(in_order).taken();
    page.runs.erase(page.runs.begin(), page.runs.begin() + std::min(offset, std::ssize(page.runs)));
    if (std::ssize(page.runs) > limit) {
      page.runs.pop_back();
      page.next = cursor_of(page.runs.back(), filter.order);
    }
    for (RunRecord& record : page.runs) record = without_configs(record);
    return page;
  }
  std::int64_t passed = 0;
  known_.visit(after, [&](const adls::KnownRun& run) {
    const RunRecord& record = run.document.record;
    if (!is_wanted(record) || passed++ < offset) return true;
    if (std::ssize(page.runs) == limit) {
      page.next = ListCursor{page.runs.back().submitted_at, page.runs.back().run_id};
      return false;
    }
    page.runs.push_back(without_configs(record));
    return true;
  });
  return page;
}

ListPage AdlsRunStore::list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) {
  return list_from(filter, after, 0, limit);
}

ListPage AdlsRunStore::list_offset(const ListFilter& filter, std::int64_t offset, int limit) {
  return list_from(filter, std::nullopt, offset, limit);
}

Counts AdlsRunStore::counts() {
  wait_for_listing();
  const StoreTime now = clock_.now();
  Counts counts;
  const auto keep_oldest = [&](std::optional<double>& oldest_s, StoreTime since) {
    const double age_s = std::max(0.0, static_cast<double>(now - since) / microseconds_per_second);
    oldest_s = std::max(oldest_s.value_or(0.0), age_s);
  };
  known_.visit(std::nullopt, [&](const adls::KnownRun& run) {
    switch (run.document.record.state) {
      case RunState::queued:
        ++counts.queued;
        keep_oldest(counts.oldest_queued_s, run.document.record.submitted_at);
        break;
      case RunState::running:
        ++counts.running;
        keep_oldest(counts.oldest_lease_s, run.document.claimed_at);
        break;
      case RunState::completed:
        ++counts.completed;
        break;
      case RunState::failed:
        ++counts.failed;
        break;
      case RunState::cancelled:
        ++counts.cancelled;
        break;
    }
    return true;
  });
  return counts;
}

std::int64_t AdlsRunStore::queued_of(std::string_view submitter, std::int64_t at_most) {
  wait_for_listing();
  std::int64_t queued = 0;
  known_.visit(std::nullopt, [&](const adls::KnownRun& run) {
    const RunRecord& record = run.document.record;
    if (record.state == RunState::queued && record.submitter == submitter) ++queued;
    return queued < at_most;
  });
  return queued;
}

std::vector<std::string> AdlsRunStore::first_queued(std::int64_t at_most) {
  // A process that was just started does not know places yet, and what else is asked of the runs does not wait for
  // them.
  if (!is_listed_soon(std::min(options_.listing_patience, position_patience))) return {};
  return known_.first_queued(at_most);
}

std::vector<RunEvent> AdlsRunStore::events(std::string_view run_id, std::int64_t after_sequence) {
  const KnownRunPtr run = recent(std::string(run_id));
  std::vector<RunEvent> found;
  if (!run) return found;
  for (const RunEvent& event : run->document.events) {
    if (event.sequence > after_sequence) found.push_back(event);
  }
  return found;
}

std::optional<Lease> AdlsRunStore::current_lease(std::string_view run_id) {
  const KnownRunPtr run = fetch(run_id, Configs::dropped);
  if (!run || run->document.record.state != RunState::running) return std::nullopt;
  return Lease{run->document.record.run_id, run->document.lease_epoch, run->document.lease_token};
}

}  // namespace backtest
