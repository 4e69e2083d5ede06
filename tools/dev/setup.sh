# setup: everything the project needs, on a bare Debian 12, twice in a row without harm.

# What a build needs; `./dev demo` and `./dev run` install no more.
build_packages=(
  clang-19 mold ccache ninja-build cmake git python3 python3-venv
  libboost1.81-dev libboost-json1.81-dev libpq-dev libsqlite3-dev libyaml-cpp-dev libcurl4-openssl-dev libssl-dev
  libeigen3-dev libfmt-dev libcli11-dev zlib1g-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
)
# What tests, lint, benchmarks and the package need besides.
test_packages=(
  clang-tidy-19 clang-format-19 libclang-rt-19-dev patchelf systemd openssl python3-yaml procps wrk valgrind curl sqlite3
  postgresql pgbouncer iproute2 iptables faketime chromium fonts-dejavu-core poppler-utils cargo-web rustc-web
)

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# missing_packages NAME...: those that are not installed.
missing_packages() {
  { dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } | awk '$2 == "installed" { print $1 }' |
    sort | comm -13 - <(printf '%s\n' "$@" | sort)
}

setup_apt() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return
  echo "setup: installing ${missing[*]}"
  as_root apt-get update -qq
  # No service of the machine is started or touched: the tests start a PostgreSQL of their own.
  as_root mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/backtest.conf >/dev/null
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# has_environment STAMP REQUIREMENTS: whether the packages of that file are those that were installed last.
has_environment() { [ -f ".deps/$1.sha256" ] && [ "$(cat ".deps/$1.sha256")" = "$(sha256sum "$2")" ]; }

# setup_environment DIRECTORY STAMP REQUIREMENTS: a Python environment of its own, of packages pinned by hash. Debian's pip
# is in the first one alone and installs into the others; what is never imported is never compiled.
setup_environment() {
  has_environment "$2" "$3" && return
  echo "setup: $3 into .deps/$1"
  rm -rf ".deps/$1"
  /usr/bin/python3 -m venv $([ "$1" = python ] || echo --without-pip) ".deps/$1"
  .deps/python/bin/pip --python ".deps/$1/bin/python3" install --quiet --disable-pip-version-check --no-compile --no-deps \
    --require-hashes -r "$3"
  sha256sum "$3" > ".deps/$2.sha256"
}

# What a build needs: compiler, libraries, Arrow and ProxSuite.
setup_build() {
  setup_apt "${build_packages[@]}"
  setup_environment python requirements tools/requirements.txt
}

# setup_npm DIRECTORY SOURCE [COMMAND...]: npm's packages of SOURCE, pinned by hash, for tests alone. No script of a package
# runs; COMMAND follows.
setup_npm() {
  local lock=$2/package-lock.json
  has_environment "$1" "$lock" && return
  echo "setup: $lock into .deps/$1"
  rm -rf ".deps/$1"
  mkdir -p ".deps/$1"
  cp "$2/package.json" "$lock" ".deps/$1"
  (export PATH=$PWD/.deps/node/bin:$PATH; cd ".deps/$1"; npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >/dev/null
  "${@:3}"
  sha256sum "$lock" > ".deps/$1.sha256"
}

# What the scripts of PostgreSQL's packages would do: links between shared libraries.
link_servers() { /usr/bin/python3 tools/test_databases/link_libraries.py .deps/postgres/node_modules/postgres-*; }

# nginx, for the test of its reference configuration. Unpacked, not installed: its package would start a server.
setup_nginx() {
  [ -x .deps/nginx/usr/sbin/nginx ] && return
  echo "setup: nginx into .deps/nginx"
  rm -rf .deps/nginx
  mkdir -p .deps/nginx
  (cd .deps/nginx; apt-get download -qq nginx >/dev/null; dpkg-deb --extract nginx_*.deb .; rm nginx_*.deb)
}

# Debian's packages for everything, and what a build needs besides.
setup_to_build() {
  setup_apt "${build_packages[@]}" "${test_packages[@]}"
  setup_environment python requirements tools/requirements.txt
  setup_environment node node tools/requirements-node.txt
}

# What tests need: databases, object storage, tools, a browser, what drives e2e/openapi_test.py, what makes a client from the
# same description, what metrics are compared with, and the tools whose files e2e/data_files_test.py reads and writes.
setup_to_test() {
  setup_environment schemathesis schemathesis tools/requirements-schemathesis.txt
  setup_environment metrics metrics tools/requirements-metrics.txt
  setup_environment readers readers tools/requirements-readers.txt
  setup_environment delta delta tools/requirements-delta.txt
  setup_environment pandas2 pandas2 tools/requirements-pandas2.txt
  setup_environment openapi_client openapi_client tools/requirements-openapi-client.txt
  setup_environment moto moto tools/requirements-moto.txt
  setup_npm postgres tools/test_databases link_servers  # 14, 16 and 17 beside Debian's 15
  setup_npm browser tools/browser                       # what drives Chromium
  setup_npm azurite tools/azurite                       # the emulator of Azure Blob storage
  setup_nginx
}

dev_setup() {
  setup_to_build
  build_client
  setup_to_test
}
