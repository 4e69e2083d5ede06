#include "run_store/adls/adls_run_store.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <random>
#include <thread>
#include <utility>

#include "base/json_field.hpp"
#include "base/log.hpp"
#include "base/random_id.hpp"
#include "base/strict_json.hpp"

namespace backtest {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int most_tries = 30;
constexpr milliseconds recent_age{300};

std::string identity_text(const std::string& identity) {
  return json_text(json::object{{"identity", identity}});
}

// The second try follows at once; later ones wait at random, so that several who change one run get past each other.
void pause_before_try(int tries) {
  if (tries < 2) return;
  thread_local std::minstd_rand random(std::random_device{}());
  std::this_thread::sleep_for(milliseconds(std::uniform_int_distribution<int>(1, 10 * tries)(random)));
}

}  // namespace

AdlsRunStore::AdlsRunStore(std::shared_ptr<ObjectContainer> container, std::string prefix, AdlsRunStoreOptions options)
    : names_(std::move(prefix)),
      options_(std::move(options)),
      clock_(options_.clock_shift),
      requests_(std::move(container), clock_) {}

AdlsRunStore::~AdlsRunStore() = default;

void AdlsRunStore::open() {
  try {
    requests_.create_container();
  } catch (const StoreUnavailable& error) {
    // An administrator may have made it for a credential that may not; if not, the next request fails.
    log_warning("the container of runs was not created", {{"reason", error.what()}});
  }
  const std::string fresh = random_uuid();
  if (requests_.create(names_.identity(), identity_text(fresh))) {
    identity_ = fresh;
  } else {
    const auto written = requests_.get(names_.identity());
    const auto value = written ? parse_strict_json(written->bytes) : std::unexpected(std::string());
    if (value && value->is_object()) identity_ = text_field(value->get_object(), "identity");
    if (identity_.empty()) {
      throw StoreUnavailable(requests_.address() + "/" + names_.identity() +
                             " does not say which run store this is: it is no file of this program");
    }
  }
  clock_.now();  // throws where answers carry no Date
  if (options_.listing_age.count() > 0 && !listings_) {
    listings_ = std::make_unique<BackgroundWork>([this] {
      if (is_listing_due()) refresh(milliseconds(0), [this] { return listings_->rest(milliseconds(0)); });
      return milliseconds(0);
    });
  }
  is_open_.store(true);
  if (options_.audit_every.count() <= 0 || audits_) return;
  audits_ = std::make_unique<BackgroundWork>([this] {
    audits_->want();  // first, so that another audit follows when this one throws
    audit();
    return options_.audit_every;
  });
  audits_->want();
}

bool AdlsRunStore::exists() {
  return requests_.get(names_.identity()).has_value() || !requests_.list(names_.records()).objects.empty();
}

// Tries to create an object that exists. That changes nothing, but is refused as such only where this process may write
// and the service takes writes, which is what readiness is about.
void AdlsRunStore::ping() {
  if (!is_open_.load()) throw StoreUnavailable("the run store is not open");
  requests_.create(names_.identity(), identity_text(identity_));
}

AdlsRunStore::ReadRun AdlsRunStore::read(std::string_view run_id, Configs configs) {
  const auto asked_at = steady_clock::now();
  auto object = requests_.get(names_.record(run_id));
  if (!object) {
    known_.forget(run_id);
    return {};
  }
  auto document = adls::parse_document(run_id, object->bytes);
  if (!document) return {.kind = ReadRun::Kind::unreadable, .run = {}};
  if (document->removed_at) {
    known_.forget(run_id);
    auto run = std::make_shared<adls::KnownRun>();
    run->etag = std::move(object->info.etag);
    run->document = std::move(*document);
    return {.kind = ReadRun::Kind::removed, .run = std::move(run)};
  }
  return {.kind = ReadRun::Kind::there,
          .run = known_.put(std::move(object->info.etag), std::move(*document), configs, asked_at)};
}

adls::KnownRunPtr AdlsRunStore::fetch(std::string_view run_id, Configs configs) {
  ReadRun found = read(run_id, configs);
  return found.kind == ReadRun::Kind::there ? std::move(found.run) : nullptr;
}

adls::KnownRunPtr AdlsRunStore::recent(const std::string& run_id) {
  KnownRunPtr known = known_.find(run_id);
  if (known && steady_clock::now() - known->seen <= recent_age) return known;
  return fetch(run_id, Configs::dropped);
}

adls::KnownRunPtr AdlsRunStore::change(std::string_view run_id, const std::function<bool(RunDocument&)>& decide) {
  KnownRunPtr known = known_.find(run_id);
  bool is_fresh = false;
  if (!known || !known->has_configs) {
    known = fetch(run_id, Configs::kept);
    is_fresh = true;
  }
  for (int tries = 0; tries < most_tries; ++tries) {
    if (!known) return nullptr;
    RunDocument changed = known->document;
    if (decide(changed)) {
      ++changed.writes;
      const auto asked_at = steady_clock::now();
      auto written = requests_.replace(names_.record(run_id), adls::document_text(changed), known->etag);
      if (written) return known_.put(std::move(written->etag), std::move(changed), Configs::kept, asked_at);
      pause_before_try(tries);
    } else if (is_fresh) {
      return known;
    }
    known = fetch(run_id, Configs::kept);
    is_fresh = true;
  }
  throw StoreUnavailable("the record of run " + std::string(run_id) + " is being changed by many at once; try again");
}

void AdlsRunStore::write_marker(const RunRecord& record, std::string_view content) noexcept {
  try {
    requests_.put(names_.marker(record), content);
  } catch (const std::exception& error) {
    log_debug("a marker was not written", {{"run_id", record.run_id}, {"reason", error.what()}});
  }
}

void AdlsRunStore::remove_marker(const std::string& name) noexcept {
  try {
    requests_.remove(name);
  } catch (const std::exception& error) {
    log_debug("a marker was not removed", {{"marker", name}, {"reason", error.what()}});
  }
}

}  // namespace backtest
