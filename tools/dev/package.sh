# package: a .deb that runs on a Debian 12 without compiler and Python.

dev_package() {
  dev_build release backtest
  build_package build/release/backtest build/package "build/backtest_$(package_version)_amd64.deb"
}

package_version() { sed -n 's/^project(backtest VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt; }

# build_package BINARY TREE FILE: FILE from the files that are laid out in TREE, which is made anew.
build_package() {
  local binary=$1 root=$2 package=$3 version site=.deps/python/lib/python3.11/site-packages
  version=$(package_version)
  rm -rf "$root"
  install -D -m 755 "$binary" "$root/usr/bin/backtest"
  strip "$root/usr/bin/backtest"
  patch_rpath "$root/usr/bin/backtest"
  local library
  for library in libarrow libparquet; do
    install -D -m 644 "$site/pyarrow/$library.so.2600" "$root/usr/lib/backtest/$library.so.2600"
  done
  install -D -m 644 deploy/package/copyright "$root/usr/share/doc/backtest/copyright"
  install -m 644 LICENSE "$root/usr/share/doc/backtest/LICENSE"
  find "$site" -type f -path '*pyarrow*dist-info*' \( -iname 'LICENSE*' -o -iname 'NOTICE*' \) -exec \
    sh -c 'install -m 644 "$1" "$2/arrow-$(basename "$1")"' _ {} "$root/usr/share/doc/backtest" \;
  local page
  git ls-files README.md CHANGELOG.md GLOSSARY.md 'docs/*' | while read -r page; do
    install -D -m 644 "$page" "$root/usr/share/doc/backtest/$page"
  done
  mkdir -p "$root/usr/share/bash-completion/completions" "$root/usr/share/man/man1"
  "$binary" completion >"$root/usr/share/bash-completion/completions/backtest"
  "$binary" manual >"$root/usr/share/man/man1/backtest.1"
  gzip -9nf "$root/usr/share/man/man1/backtest.1"
  mkdir -p "$root/DEBIAN"
  cat > "$root/DEBIAN/control" <<CONTROL
Package: backtest
Version: $version
Architecture: amd64
Maintainer: Backtest engineers <engineers@backtest.invalid>
Depends: $(package_dependencies "$root")
Section: science
Priority: optional
Description: exact, reproducible backtests of allocation policies
 Turns a policy and market data into a ledger of fills, cash and NAV, with
 metrics and artifacts; alone or as a service with durable runs.
CONTROL
  dpkg-deb --root-owner-group --build "$root" "$package"
}

# The Debian packages that own the libraries that the binary and the two it brings name themselves.
package_dependencies() {
  local root=$1 named
  named=$(objdump -p "$root/usr/bin/backtest" "$root"/usr/lib/backtest/*.so.* | awk '$1 == "NEEDED" { print $2 }' | sort -u)
  LD_LIBRARY_PATH="$root/usr/lib/backtest" ldd "$root/usr/bin/backtest" "$root"/usr/lib/backtest/*.so.* |
    awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }' | grep -v /usr/lib/backtest/ | sort -u |
    grep -wFf <(echo "$named") | cut -d' ' -f2 |
    while read -r library; do dpkg-query -S "$library" 2>/dev/null || dpkg-query -S "/usr$library" 2>/dev/null; done |
    sed 's/:.*//' | sort -u | cat - <(echo tzdata) | paste -sd, | sed 's/,/, /g'
}

patch_rpath() { patchelf --set-rpath '$ORIGIN/../lib/backtest' "$1"; }
