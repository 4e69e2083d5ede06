#include "dataset/dataset_catalog.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <set>

#include "base/json_field.hpp"
#include "base/log.hpp"
#include "base/strict_json.hpp"
#include "base/utc_time.hpp"

namespace backtest {

namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;

// By name, then the one that was put last first.
bool comes_before(const SharedDataset& one, const SharedDataset& other) {
  if (one->name != other->name) return one->name < other->name;
  if (one->uploaded_at != other->uploaded_at) return one->uploaded_at > other->uploaded_at;
  return one->version < other->version;
}

bool is_old(const StoredContent& content, std::chrono::seconds min_age) {
  return utc_now() - content.modified_at >= min_age.count() * microseconds_per_second;
}

// What lists show: whole descriptions of thousands of versions would be much to keep in memory.
json::object headline_of(const json::object& description) {
  json::object headline;
  for (const char* fact : {"rows", "symbols", "first_date", "last_date"}) {
    if (const json::value* value = description.if_contains(fact)) headline[fact] = *value;
  }
  return headline;
}

}  // namespace

std::string dataset_entry_text(const DatasetVersion& version) {
  return json_text(json::object{{"name", version.name},
                                {"version", version.version},
                                {"sha256", version.sha256},
                                {"content", version.content},
                                {"size_bytes", version.size_bytes},
                                {"submitter", version.submitter},
                                {"uploaded_at", utc_text(version.uploaded_at)},
                                {"description", version.description}});
}

std::optional<DatasetVersion> parse_dataset_entry(std::string_view text) {
  const auto parsed = parse_strict_json(text);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  const json::object& entry = parsed->get_object();
  DatasetVersion version;
  version.name = text_field(entry, "name");
  version.version = text_field(entry, "version");
  version.sha256 = text_field(entry, "sha256");
  version.content = text_field(entry, "content");
  version.submitter = text_field(entry, "submitter");
  version.size_bytes = static_cast<std::uint64_t>(number_field(entry, "size_bytes").value_or(0.0));
  version.uploaded_at = parse_utc(text_field(entry, "uploaded_at")).value_or(0);
  if (const json::value* description = entry.if_contains("description"); description && description->is_object()) {
    version.description = description->get_object();
  }
  const bool is_entry = valid_dataset_name(version.name) && valid_content_name(version.content) &&
                        version.version == dataset_version(version.sha256) &&
                        version.content.starts_with(version.sha256);
  return is_entry ? std::optional(std::move(version)) : std::nullopt;
}

SharedDataset DatasetCatalog::read(const StoredEntry& stored) {
  const std::pair key(stored.dataset, stored.version);
  {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(key);
    if (known != known_.end() && known->second.first == stored.identity) return known->second.second;
  }
  const auto text = store_.entry(stored.dataset, stored.version);
  if (!text) return nullptr;  // removed meanwhile
  auto parsed = parse_dataset_entry(*text);
  if (!parsed || parsed->name != stored.dataset || parsed->version != stored.version) {
    log_warning("an entry of a data set cannot be read", {{"dataset", stored.dataset}, {"version", stored.version}});
    return nullptr;
  }
  parsed->description = headline_of(parsed->description);
  auto version = std::make_shared<const DatasetVersion>(std::move(*parsed));
  const std::lock_guard lock(mutex_);
  known_[key] = {stored.identity, version};
  return version;
}

std::vector<SharedDataset> DatasetCatalog::list() {
  std::vector<SharedDataset> found;
  std::set<std::pair<std::string, std::string>> there;
  for (const StoredEntry& entry : store_.entries()) {
    there.emplace(entry.dataset, entry.version);
    if (auto version = read(entry)) found.push_back(std::move(version));
  }
  std::ranges::sort(found, comes_before);
  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const auto& known) { return !there.contains(known.first); });
  return found;
}

std::vector<SharedDataset> DatasetCatalog::versions(const std::string& name) {
  std::vector<SharedDataset> found;
  if (!valid_dataset_name(name)) return found;
  for (const StoredEntry& entry : store_.entries(name)) {
    if (entry.dataset != name) continue;
    if (auto version = read(entry)) found.push_back(std::move(version));
  }
  std::ranges::sort(found, comes_before);
  return found;
}

SharedDataset DatasetCatalog::find(const DatasetReference& reference, const DatasetFilter& is_visible) {
  const auto is_wanted = [&](const DatasetVersion& version) { return !is_visible || is_visible(version); };
  if (!reference.version.empty()) {
    const auto text = store_.entry(reference.name, reference.version);
    auto parsed = text ? parse_dataset_entry(*text) : std::nullopt;
    if (!parsed || !is_wanted(*parsed)) return nullptr;
    return std::make_shared<const DatasetVersion>(std::move(*parsed));
  }
  for (const SharedDataset& version : versions(reference.name)) {
    if (is_wanted(*version)) return find(version->reference(), is_visible);
  }
  return nullptr;
}

bool DatasetCatalog::is_taken(const std::string& name, const DatasetFilter& may_change) {
  return !std::ranges::all_of(versions(name), [&](const SharedDataset& version) { return may_change(*version); });
}

DatasetPut DatasetCatalog::put(DatasetUpload& upload, DatasetVersion& version, const DatasetFilter& may_change) {
  store_.keep(upload, version.content);
  const std::lock_guard lock(putting_);
  return put_entry_if_free(version, may_change);
}

DatasetPut DatasetCatalog::put_entry_if_free(DatasetVersion& version, const DatasetFilter& may_change) {
  if (is_taken(version.name, may_change)) return DatasetPut::name_taken;
  if (!store_.create_entry(version.name, version.version, dataset_entry_text(version))) {
    const SharedDataset existing = find(version.reference());
    if (existing && !may_change(*existing)) return DatasetPut::name_taken;
    if (existing) {
      version.submitter = existing->submitter;
      version.description = existing->description;
    }
    put_entry(version);  // also over what cannot be read
    if (existing) return DatasetPut::was_there;
  }
  // Another replica may have looked before this entry was there. Each looks again when its own is, so that at least one
  // of two sees the other and gives way.
  if (!is_taken(version.name, may_change)) return DatasetPut::made;
  remove_entry(version);
  return DatasetPut::name_taken;
}

bool DatasetCatalog::put_back(const DatasetVersion& version) {
  return store_.create_entry(version.name, version.version, dataset_entry_text(version));
}

void DatasetCatalog::put_entry(const DatasetVersion& version) {
  store_.put_entry(version.name, version.version, dataset_entry_text(version));
}

bool DatasetCatalog::remove_entry(const DatasetVersion& version) {
  return store_.remove_entry(version.name, version.version);
}

void DatasetCatalog::remove_content(const DatasetVersion& version, std::chrono::seconds min_age) {
  for (const StoredContent& content : store_.contents()) {
    if (content.name != version.content || !is_old(content, min_age)) continue;
    const bool is_named =
        std::ranges::any_of(list(), [&](const SharedDataset& other) { return other->content == version.content; });
    if (!is_named) store_.remove_content(version.content);
  }
}

CollectedDatasets collect_datasets(DatasetStore& store, std::chrono::seconds min_age, bool is_dry_run) {
  CollectedDatasets collected;
  if (!is_dry_run) store.remove_left_overs(min_age);
  // Contents before entries: what is put in between is young.
  const std::vector<StoredContent> contents = store.contents();
  std::set<std::string> named;
  for (const StoredEntry& entry : store.entries()) named.insert(entry.version);
  for (const StoredContent& content : contents) {
    if (named.contains(dataset_version(content.name)) || !is_old(content, min_age)) continue;
    if (!is_dry_run) store.remove_content(content.name);
    ++collected.contents;
    collected.bytes += content.size_bytes;
  }
  return collected;
}

}  // namespace backtest
