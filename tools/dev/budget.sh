# budget: instructions of what people wait for, against bench/budget.txt; seconds would say more of the machine.

# budget_count DIRECTORY: callgrind's dumps, one for each part of bench/budget_parts.cpp.
budget_count() (
  local directory=$1
  rm -rf "$directory"
  mkdir -p "$directory/work"
  # Debian's valgrind cannot read clang's debug data, and counts each byte of a repeated string instruction.
  local file
  for file in budget_parts libbacktest_arrow.so; do strip --strip-debug -o "$directory/$file" "build/release/$file"; done
  local count=(valgrind --tool=callgrind --quiet)
  export GLIBC_TUNABLES=glibc.cpu.hwcaps=-ERMS,-FSRM
  # Of a run every thread counts; of a store the caller's alone, for what it does beside depends on when it is scheduled.
  "${count[@]}" --callgrind-out-file="$directory/callgrind.runs" "$directory/budget_parts" runs "$directory/work"
  "${count[@]}" --separate-threads=yes --callgrind-out-file="$directory/callgrind.store" \
    "$directory/budget_parts" store "$directory/work"
)

# dev_budget [--update]
dev_budget() {
  dev_setup
  build_preset release budget_parts
  budget_count build/budget
  if [ "${1:-}" = --update ]; then
    python3 tools/dev/budget.py write bench/budget.txt build/budget
  else
    python3 tools/dev/budget.py check bench/budget.txt build/budget
  fi
}
