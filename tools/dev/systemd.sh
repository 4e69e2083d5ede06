# systemd: the package as a service, in a Debian 12 of nothing else (debootstrap) whose first process is systemd, in
# namespaces of its own and without a network, on this machine's kernel. Not in continuous integration.

# dev_systemd [PACKAGE]: without one it is built.
dev_systemd() {
  local package=${1:-} place=$PWD/build/systemd
  [ -n "$package" ] || { dev_package; package="build/backtest_$(package_version)_amd64.deb"; }
  dev_build release backtest worker_test
  setup_apt debootstrap
  systemd_root "$package" "$place"
  local group status=0
  group=$(findmnt --noheadings --types cgroup2 --output TARGET | head -1)/backtest-checks
  as_root mkdir -p "$group"
  as_root bash -c 'echo $$ >"$1/cgroup.procs"; exec timeout 1200 unshare --mount --pid --uts --ipc \
    --net --cgroup --fork --kill-child tools/dev/systemd/start "$2"' _ "$group" "$place/merged" || status=$?
  cat "$place/merged/opt/checks/log"
  as_root umount "$place/merged"
  as_root find "$group" -depth -type d -exec rmdir {} +
  grep -q '^systemd: all holds' "$place/written/opt/checks/log" && return
  echo "systemd: failed (systemd ended with $status)" >&2
  return 1
}

# The bare Debian stays as it is, with the packages that the package needs at hand; what the checks write lies over it.
systemd_root() {
  local package=$1 place=$2 root=$2/root unit
  [ -e "$root/etc/checks" ] || {
    as_root rm -rf "$root"
    as_root debootstrap --variant=minbase --include=systemd-sysv,dbus,curl,procps bookworm "$root"
    # Those that wait for devices which are not there.
    for unit in systemd-udevd systemd-udev-trigger systemd-logind getty@tty1 console-getty; do
      as_root ln -sf /dev/null "$root/etc/systemd/system/$unit.service"
    done
    as_root touch "$root/etc/checks"
  }
  as_root install -D -m 644 "$package" "$root/opt/checks/backtest.deb"
  as_root chroot "$root" apt-get update -qq
  as_root chroot "$root" apt-get install -y -qq --no-install-recommends --download-only /opt/checks/backtest.deb >/dev/null
  as_root install tools/dev/systemd/run build/release/worker_test "$root/opt/checks/"
  as_root install -D -m 644 -t "$root/etc/systemd/system" tools/dev/systemd/checks.service
  as_root install -d "$root/etc/systemd/system/multi-user.target.wants"
  as_root ln -sf ../checks.service "$root/etc/systemd/system/multi-user.target.wants/checks.service"
  clang-19 -O1 -Wall -Wextra -Werror -shared -fPIC -o "$place/intruder.so" tools/dev/systemd/intruder.c
  rm -rf "$place/market"
  build/release/backtest sample "$place/market" >/dev/null
  .deps/python/bin/python -c 'import sys, pyarrow.csv, pyarrow.parquet
pyarrow.parquet.write_table(pyarrow.csv.read_csv(sys.argv[1]), sys.argv[2])' "$place/market/prices.csv" "$place/market/prices.parquet"
  as_root install "$place/intruder.so" "$root/opt/checks/"
  as_root install -D -m 644 -t "$root/opt/checks/market" "$place"/market/*
  as_root rm -rf "$place/written" "$place/work"
  mkdir -p "$place/written" "$place/work" "$place/merged"
  as_root mount -t overlay overlay -o "lowerdir=$root,upperdir=$place/written,workdir=$place/work" "$place/merged"
}
