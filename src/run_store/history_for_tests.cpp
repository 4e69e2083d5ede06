#include "run_store/history_for_tests.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace backtest {

namespace {

using Violations = std::vector<std::string>;
using Entries = std::vector<const HistoryEntry*>;

constexpr std::array<std::string_view, 9> call_texts{"submit",  "claim",         "renew",  "complete", "fail",
                                                     "release", "finish_cancel", "cancel", "reclaim"};

std::string described(const HistoryEntry& entry) {
  std::string text(to_text(entry.call));
  if (entry.lease) text += " by epoch " + std::to_string(entry.lease->epoch) + " token " + entry.lease->token;
  return text + " at " + std::to_string(entry.begin) + ".." + std::to_string(entry.end);
}

bool is_holders_write(const HistoryEntry& entry) {
  return entry.call == Call::renew || entry.call == Call::complete || entry.call == Call::fail ||
         entry.call == Call::release || entry.call == Call::finish_cancel;
}

// A write after which the run is over.
bool is_end(const HistoryEntry& entry) {
  return entry.accepted && entry.call != Call::renew && is_holders_write(entry) && entry.state &&
         is_terminal(*entry.state);
}

void check_claims(const std::string& run_id, const Entries& claims, Violations& found) {
  std::set<std::int64_t> epochs;
  for (const HistoryEntry* claim : claims) {
    if (!epochs.insert(claim->lease->epoch).second)
      found.push_back(run_id + ": epoch used twice: " + described(*claim));
  }
  for (const HistoryEntry* earlier : claims) {
    for (const HistoryEntry* later : claims) {
      // Calls that overlapped have no order.
      if (earlier->end < later->begin && earlier->lease->epoch >= later->lease->epoch) {
        found.push_back(run_id + ": epochs do not grow: " + described(*earlier) + ", then " + described(*later));
      }
    }
  }
}

// After a claim was answered, whoever holds an older lease must hear that it is lost. A repeated end of a lease is
// answered as the first time was, but only until the next claim: then it is stale as well.
void check_stale_writes(const std::string& run_id, const Entries& claims, const Entries& writes, Violations& found) {
  for (const HistoryEntry* write : writes) {
    if (!write->accepted) continue;
    for (const HistoryEntry* claim : claims) {
      if (claim->end < write->begin && claim->lease->epoch > write->lease->epoch) {
        found.push_back(run_id + ": a stale lease was obeyed: " + described(*write) + " after " + described(*claim));
      }
    }
  }
}

void check_ends(const std::string& run_id, const Entries& claims, const Entries& writes, const RunRecord& last,
                Violations& found) {
  const HistoryEntry* end = nullptr;
  for (const HistoryEntry* write : writes) {
    if (!is_end(*write)) continue;
    if (end != nullptr && (end->lease != write->lease || end->state != write->state)) {
      found.push_back(run_id + ": ended twice: " + described(*end) + ", and " + described(*write));
    }
    end = write;
    if (write->state != last.state) {
      found.push_back(run_id + ": " + described(*write) + " made it " + std::string(to_text(*write->state)) +
                      ", now it is " + std::string(to_text(last.state)));
    }
    for (const HistoryEntry* claim : claims) {
      if (claim->lease->epoch > write->lease->epoch) {
        found.push_back(run_id + ": not ended by its last lease: " + described(*write) + ", " + described(*claim));
      }
    }
    if (write->call == Call::complete && last.artifacts && last.artifacts->prefix != write->prefix) {
      found.push_back(run_id + ": published " + last.artifacts->prefix + ", acknowledged " + write->prefix);
    }
  }
  if (last.state == RunState::completed) {
    // The answer of the one who completed it may have been lost, but it was asked for.
    const bool asked = std::ranges::any_of(writes, [&](const HistoryEntry* write) {
      return write->call == Call::complete && last.artifacts && write->prefix == last.artifacts->prefix;
    });
    if (!asked) found.push_back(run_id + ": published what nobody completed");
  } else if (last.artifacts) {
    found.push_back(run_id + ": has artifacts though it is " + std::string(to_text(last.state)));
  }
  if (static_cast<std::size_t>(last.attempts) < claims.size()) {
    found.push_back(run_id + ": counts " + std::to_string(last.attempts) + " attempts of " +
                    std::to_string(claims.size()));
  }
}

// The stress test tells each attempt's epoch as its NAV: what a run shows may not be left from an earlier one.
void check_nav(const std::string& run_id, const Entries& claims, const RunRecord& last, Violations& found) {
  if (!last.progress_nav) return;
  std::int64_t newest = 0;
  for (const HistoryEntry* claim : claims) newest = std::max(newest, claim->lease->epoch);
  if (*last.progress_nav == static_cast<double>(newest) && last.state != RunState::completed) return;
  found.push_back(run_id + ": shows a NAV that is not its last attempt's");
}

void check_run(const std::string& run_id, const Entries& entries, const RunRecord* last, Violations& found) {
  Entries claims, writes;
  bool submitted = false;
  for (const HistoryEntry* entry : entries) {
    if (entry->call == Call::submit) submitted = submitted || entry->accepted;
    if (entry->call == Call::claim) claims.push_back(entry);
    if (is_holders_write(*entry)) writes.push_back(entry);
  }
  check_claims(run_id, claims, found);
  check_stale_writes(run_id, claims, writes, found);
  if (last == nullptr) {
    if (submitted) found.push_back(run_id + ": acknowledged and gone");
    return;
  }
  if (!is_terminal(last->state)) found.push_back(run_id + ": has not ended: " + std::string(to_text(last->state)));
  check_ends(run_id, claims, writes, *last, found);
  check_nav(run_id, claims, *last, found);
}

}  // namespace

std::string_view to_text(Call call) {
  return call_texts[static_cast<std::size_t>(call)];
}

void History::add(HistoryEntry entry) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(std::move(entry));
}

std::vector<HistoryEntry> History::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::vector<std::string> violations(const std::vector<HistoryEntry>& entries,
                                    const std::map<std::string, RunRecord>& final) {
  Violations found;
  std::map<std::string, Entries> by_run;
  std::map<std::string, std::string> run_of_key;
  std::map<std::string, std::string> run_of_token;
  for (const HistoryEntry& entry : entries) {
    by_run[entry.run_id].push_back(&entry);
    if (entry.call == Call::submit && entry.accepted && !entry.idempotency_key.empty()) {
      const auto [known, is_new] = run_of_key.emplace(entry.idempotency_key, entry.run_id);
      if (!is_new && known->second != entry.run_id) {
        found.push_back("key " + entry.idempotency_key + " named " + known->second + " and " + entry.run_id);
      }
    }
    if (entry.call == Call::claim && !run_of_token.emplace(entry.lease->token, entry.run_id).second) {
      found.push_back(entry.run_id + ": token used twice: " + described(entry));
    }
  }
  for (const auto& [run_id, run_entries] : by_run) {
    const auto last = final.find(run_id);
    check_run(run_id, run_entries, last == final.end() ? nullptr : &last->second, found);
  }
  return found;
}

}  // namespace backtest
