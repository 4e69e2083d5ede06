# setup: everything the project needs, on a bare Debian 12, twice in a row without harm.

apt_packages=(
  clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev mold ccache ninja-build cmake git
  libboost1.81-dev libboost-json1.81-dev libpq-dev libsqlite3-dev libyaml-cpp-dev libcurl4-openssl-dev libssl-dev
  libeigen3-dev libfmt-dev libspdlog-dev prometheus-cpp-dev libcli11-dev zlib1g-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
  patchelf python3 python3-venv python3-yaml procps wrk valgrind curl sqlite3 postgresql pgbouncer iproute2 iptables faketime
)

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

setup_apt() {
  local missing=()
  for package in "${apt_packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  echo "setup: installing ${missing[*]}"
  as_root apt-get update -qq
  # No service of the machine is started or touched: the tests start a PostgreSQL of their own.
  as_root mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/backtest.conf >/dev/null
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

setup_python() {
  local stamp=.deps/requirements.sha256
  local want
  want=$(sha256sum tools/requirements.txt)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return
  echo "setup: Arrow and ProxSuite into .deps/python"
  rm -rf .deps/python
  /usr/bin/python3 -m venv .deps/python
  .deps/python/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tools/requirements.txt
  echo "$want" > "$stamp"
}

# What drives e2e/openapi_test.py; apart, so that a new version of it leaves Arrow alone.
setup_schemathesis() {
  local stamp=.deps/schemathesis.sha256
  local want
  want=$(sha256sum tools/requirements-schemathesis.txt)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return
  echo "setup: schemathesis into .deps/schemathesis"
  rm -rf .deps/schemathesis
  /usr/bin/python3 -m venv .deps/schemathesis
  .deps/schemathesis/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    -r tools/requirements-schemathesis.txt
  echo "$want" > "$stamp"
}

dev_setup() {
  setup_apt
  setup_python
  setup_schemathesis
}
