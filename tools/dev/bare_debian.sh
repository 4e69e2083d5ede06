# bare_debian: the package in a Debian 12 of nothing else (debootstrap, a minute or two): it installs, its unit's program
# starts as the unit's user, and completes a run. Not in continuous integration.

# dev_bare_debian [PACKAGE]: without one it is built.
dev_bare_debian() {
  local package=${1:-} root=build/bare-debian port=18765
  [ -n "$package" ] || { dev_package; package="build/backtest_$(package_version)_amd64.deb"; }
  setup_apt debootstrap curl
  [ -f "$root/etc/debian_version" ] || as_root debootstrap --variant=minbase bookworm "$root"
  cp "$package" "$root/tmp/backtest.deb"
  cp tools/dev/bare_debian_run "$root/tmp/"
  mountpoint -q "$root/proc" || as_root mount -t proc proc "$root/proc"
  local status=0
  as_root chroot "$root" /tmp/bare_debian_run "$port" || status=$?
  as_root umount "$root/proc"
  return "$status"
}
