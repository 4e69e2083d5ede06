# Steps of the others. Each prints how long it took, and how much of that time the processors had nothing to do; at the end
# stands a table of all.

step_times=$(mktemp)  # a file, because steps run in several processes

idle_ticks() { awk '/^cpu / { print $5 + $6 }' /proc/stat; }

step() {
  local name=$1 start=$SECONDS idle seconds
  idle=$(idle_ticks)
  shift
  echo "== $name"
  "$@"
  seconds=$((SECONDS - start))
  idle=$(((($(idle_ticks) - idle) / $(getconf CLK_TCK)) * 100 / (seconds > 0 ? seconds * $(nproc) : 1)))
  echo "== $name: $seconds s, $idle % idle"
  echo "$seconds $idle $name" >>"$step_times"
}

# beside NAME COMMAND...: a step that runs while others do, until it is joined or the script ends. Its words are shown then,
# without ninja's lines unless it failed.
declare -A beside_group
beside() {
  mkdir -p build/beside
  set -m  # a process group of its own, so that all of it can be ended
  (step "$@") >"build/beside/$1.log" 2>&1 &
  beside_group[$1]=$!
  set +m
  trap end_what_runs_beside EXIT
}

joined() {
  local name start=$SECONDS
  for name; do
    wait "${beside_group[$name]}" || { tail -200 "build/beside/$name.log"; return 1; }
    unset "beside_group[$name]"
    grep -v '^\[[0-9]*/[0-9]*\]' "build/beside/$name.log"
  done
  echo "waited for it: $((SECONDS - start)) s"
}

end_what_runs_beside() {
  local group
  for group in "${beside_group[@]}"; do kill -- "-$group" 2>/dev/null || true; done
}

# What a test or a measurement writes is gone when it ends, however it ends: all tests together make some 750 directories,
# and what is left of them fills a disk within days. Others than its owner may pass through, because PostgreSQL runs as a
# user of its own.
in_temporary_directory() {
  (
    TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/backtest-tests-XXXXXX")
    export TMPDIR
    chmod 711 "$TMPDIR"
    # Twice, as a process that was killed may still write.
    trap 'rm -rf "$TMPDIR" 2>/dev/null || { sleep 1; rm -rf "$TMPDIR"; }' EXIT
    trap 'exit 130' INT TERM
    "$@"
  )
}

print_step_times() {
  printf '%6s s          %s\n' "$SECONDS" total
  sort -rn "$step_times" | while read -r seconds idle name; do
    printf '%6s s %3s %% idle  %s\n' "$seconds" "$idle" "$name"
  done
}
