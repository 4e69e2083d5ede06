# doctor: what this machine lacks, and how to mend it. Changes nothing. Exit status 1 where something needed is missing.

# finding ok|lack|note WHAT [REMEDY]
finding() {
  printf '%-5s %s%s\n' "$1" "$2" "${3:+: $3}"
  if [ "$1" = lack ]; then doctor_status=1; fi
}

doctor_packages() {
  local missing
  missing=$(missing_packages "${@:2}" | paste -sd' ')
  if [ -z "$missing" ]; then finding ok "Debian packages to $1"; else finding lack "Debian packages to $1" "$missing; ./dev setup installs them"; fi
}

doctor_environment() {
  if has_environment "$2" "$3"; then finding ok "$1"; else finding lack "$1" "./dev setup installs it"; fi
}

doctor_system() {
  local system
  system=$(. /etc/os-release && echo "$ID $VERSION_ID")
  if [ "$system" = "debian 12" ]; then finding ok "$system"; else finding lack "Debian 12" "this is $system"; fi
  if [ "$(uname -m)" = x86_64 ]; then finding ok x86_64; else finding lack x86_64 "this is $(uname -m); Arrow's wheel is pinned for x86_64"; fi
  if [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; then finding ok "root or sudo, to install packages"; else finding lack "root or sudo, to install packages"; fi
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then finding ok "a git checkout"; else finding lack "a git checkout" "lint asks git for the files"; fi
}

doctor_room() {
  local free_gb memory_gb
  free_gb=$(df --output=avail -BG . | tail -1 | tr -dc 0-9)
  memory_gb=$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
  if [ "$free_gb" -ge 10 ]; then finding ok "$free_gb GB of disk"; else finding lack "10 GB of disk for four presets" "$free_gb GB are free"; fi
  if [ "$memory_gb" -ge $((2 * $(nproc))) ]; then finding ok "$memory_gb GB of memory for $(nproc) compilers"; else finding note "$memory_gb GB of memory for $(nproc) compilers" "2 GB each are wanted; cmake --build ... -j 1 needs less"; fi
  if [ "$(df --output=avail -BM "${TMPDIR:-/tmp}" | tail -1 | tr -dc 0-9)" -ge 1000 ]; then finding ok "${TMPDIR:-/tmp} has room"; else finding lack "1 GB in ${TMPDIR:-/tmp}" "tests write there"; fi
}

# What some tests want and do without.
doctor_notes() {
  if [ -f ../shared/oracle/compare.py ]; then finding ok "scenarios beside this checkout"; else finding note "no scenarios beside this checkout" "./dev test leaves the oracle out and says so"; fi
  if [ "$(id -u)" -eq 0 ]; then finding ok "root, for tests that fill disks and cut networks"; else finding note "not root" "e2e/machine_faults_test.py leaves out what it may not do"; fi
  if [ -e compile_commands.json ]; then finding ok "compile_commands.json for editors"; else finding note "no compile_commands.json for editors" "./dev build leaves it"; fi
}

dev_doctor() {
  doctor_status=0
  doctor_system
  doctor_packages build "${build_packages[@]}"
  doctor_packages test "${test_packages[@]}"
  doctor_environment "Arrow and ProxSuite" requirements tools/requirements.txt
  doctor_environment schemathesis schemathesis tools/requirements-schemathesis.txt
  doctor_environment openapi-python-client openapi_client tools/requirements-openapi-client.txt
  doctor_environment metrics metrics tools/requirements-metrics.txt
  doctor_environment readers readers tools/requirements-readers.txt
  doctor_environment deltalake delta tools/requirements-delta.txt
  doctor_environment "PostgreSQL 14, 16 and 17" postgres tools/test_databases/package-lock.json
  doctor_environment "what drives Chromium" browser tools/browser/package-lock.json
  doctor_room
  doctor_notes
  return "$doctor_status"
}
