dev_help() {
  cat <<'TEXT'
usage: ./dev COMMAND
  setup    install what the project needs (Debian 12), again without harm
  build    [PRESET [TARGET...]] build; leaves build/release/backtest and compile_commands.json for editors
  run      ARGS... run the release binary
  demo     a backtest on a sample market, from nothing to artifacts
  serve    the demo's service, with a page for browsers at http://127.0.0.1:8000
  test     [FOLDER|FILE|NAME...] every test, or those of a folder, a file or a name (debug preset, seconds)
  watch    rebuild and rerun what each saved file concerns
  doctor   what this machine lacks, and how to mend it
  faults   [--seed N] [--rounds N] kill, stop and cut off processes and databases at random, 200 rounds a store
  asan     every test under the address and undefined-behaviour sanitizers
  bench    [NAME...] benchmarks
  budget   [--update] instructions of load, simulation, report and queue, against the committed budget
  lint     format, includes, names, file sizes, rule ids, what documents name
  fmt      format the sources
  tidy     [COMMIT|--all] clang-tidy on what changed since COMMIT
  package  make a .deb and its bill of materials
  bare_debian  [PACKAGE] install the .deb in a bare Debian 12 and complete a run as its unit's user (a minute or two)
  systemd  [PACKAGE] the .deb as a service of systemd in a bare Debian 12, with intruders in its runs (some minutes)
  reproduce  make the .deb twice from nothing and compare the bytes (two whole builds)
  ci       what continuous integration runs: every test, lint, sanitizers, fuzzers; prints what each step took
TEXT
}
