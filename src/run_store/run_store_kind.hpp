// A kind of run store as a build registers it (main.cpp): its settings, and how one is made from them. A new kind is a
// folder below run_store/ that defines one of these, and a line in main.cpp; no command knows which kinds there are.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "run_store/run_store.hpp"
#include "settings/store_choices.hpp"

namespace backtest {

// What a process holds while it shares a run store with others. Empty for a store without other hosts.
struct ReplicaParts {
  std::function<void()> announce;  // runs were queued here: others may look at once
  // In Prometheus' text format: of this process, and what the store must be asked for.
  std::function<void(std::string& text)> telemetry, store_telemetry;
  // Why this process may not execute runs beside the others for now, or nullopt; does not wait, names no internals.
  std::function<std::optional<std::string>()> fault;
  std::shared_ptr<void> held;  // ends when this does, before the store
};

struct ConfiguredRunStore {
  std::unique_ptr<RunStore> runs;
  // Called once the store is open; `wake` is called when others announce. Throws InvalidInput where this process may
  // not live beside the others. Unset: nothing to join.
  std::function<ReplicaParts(std::function<void()> wake)> join_replicas;
  // What tells this store from every other, for as long as its data live: written once, kept by backups. Once the store
  // is open. Throws StoreUnavailable.
  std::function<std::string()> identity;
  // What connects from now on uses the secrets of these settings, which were read again. Any thread. Unset: it has
  // none, or those that it was made with stay.
  std::function<void(const Settings& fresh)> use_secrets;
  // Whether there is a store to open: what only reads or removes must not make a new one. Unset: open() says it.
  std::function<bool()> exists;
};

struct MigrateOptions {
  std::string action;        // up, status, check, plan, adopt, release
  bool old_stopped = false;  // adopt: the old service is stopped, its running rows may be taken
  bool fail_live = false;    // release: what is queued or running ends as failed
};

struct RunStoreKind {
  StoreChoice choice;
  // The store is this host's own file: one that cannot be opened now will not be by waiting, so the service does not
  // start, and `place` names the setting to look at. A store without a place is a server that may come back.
  std::string place;
  std::chrono::milliseconds poll_every{500};  // how often a worker looks for runs that nobody told it of
  // Touches nothing but directories to be. Throws InvalidInput naming the setting that cannot be used.
  std::function<ConfiguredRunStore(const Settings&)> make;
  // `backtest migrate`: returns the exit status, prints to standard output and standard error. Unset: the schema is
  // the store's own affair.
  std::function<int(const Settings&, const MigrateOptions&)> migrate;

  // `backtest backup` and `restore`: the store at one moment into an empty directory, while it is in use, and back into
  // a place where none is (else InvalidInput). Unset: the store has a backup of its own.
  std::function<void(const Settings&, const std::filesystem::path& directory)> back_up, restore;

  bool is_embedded() const { return !place.empty(); }
};

}  // namespace backtest
