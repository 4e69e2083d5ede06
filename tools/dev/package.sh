# package: a .deb that runs on a Debian 12 without compiler and Python, and its bill of materials beside it.
# reproduce: the same twice, from nothing; the same bytes come out.

dev_package() {
  dev_setup
  dev_build release backtest object_storage_library
  build_package build/release/backtest build/package "build/backtest_$(package_version)_amd64.deb"
}

package_version() { sed -n 's/^project(backtest VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt; }

# Two clones at one place, one after the other: paths that a compiler writes down are then the same. Without the
# compiler's cache, which would hand the second build the first one's objects. Takes two whole builds, so it is no part
# of continuous integration.
dev_reproduce() {
  dev_setup
  local place=build/reproduce name sums=()
  for name in first second; do
    rm -rf "$place/tree"
    mkdir -p "$place/$name"
    git clone --quiet --no-hardlinks . "$place/tree"
    ln -s "$PWD/.deps" "$place/tree/.deps"
    (cd "$place/tree" && CCACHE_DISABLE=1 ./dev package)
    cp "$place"/tree/build/backtest_*.deb "$place"/tree/build/backtest_*.spdx.json "$place/$name/"
    sums+=("$(cd "$place/$name" && sha256sum -- *)")
  done
  echo "${sums[0]}"
  [ "${sums[0]}" = "${sums[1]}" ] && { echo "two builds, the same bytes"; return; }
  echo "two builds differ:" >&2
  echo "${sums[1]}" >&2
  return 1
}

# build_package BINARY TREE FILE: FILE from the files that are laid out in TREE, which is made anew.
build_package() {
  local binary=$1 root=$2 package=$3 version dependencies site=.deps/python/lib/python3.11/site-packages
  version=$(package_version)
  # Of every file in the package, and of the bill of materials: the same commit gives the same bytes.
  export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
  rm -rf "$root"
  install -D -m 755 "$binary" "$root/usr/bin/backtest"
  strip "$root/usr/bin/backtest"
  patch_rpath "$root/usr/bin/backtest"
  local library
  for library in libarrow libparquet; do
    install -D -m 644 "$site/pyarrow/$library.so.2600" "$root/usr/lib/backtest/$library.so.2600"
  done
  install -m 644 build/lib/backtest/libbacktest_object_storage.so "$root/usr/lib/backtest/"
  # Arrow's libraries lie beside it.
  install -m 644 "$(dirname "$binary")/libbacktest_arrow.so" "$root/usr/lib/backtest/"
  strip "$root/usr/lib/backtest/libbacktest_arrow.so"
  patchelf --set-rpath '$ORIGIN' "$root/usr/lib/backtest/libbacktest_arrow.so"
  install -D -m 644 deploy/package/copyright "$root/usr/share/doc/backtest/copyright"
  install -m 644 LICENSE "$root/usr/share/doc/backtest/LICENSE"
  find "$site" -type f -path '*pyarrow*dist-info*' \( -iname 'LICENSE*' -o -iname 'NOTICE*' \) -exec \
    sh -c 'install -m 644 "$1" "$2/arrow-$(basename "$1")"' _ {} "$root/usr/share/doc/backtest" \;
  python3 tools/lint/crate_licences.py texts "$root/usr/share/doc/backtest/object-storage-licences.txt"
  local page
  git ls-files README.md CHANGELOG.md GLOSSARY.md 'docs/*' | while read -r page; do
    install -D -m 644 "$page" "$root/usr/share/doc/backtest/$page"
  done
  mkdir -p "$root/usr/share/bash-completion/completions" "$root/usr/share/man/man1"
  "$binary" completion >"$root/usr/share/bash-completion/completions/backtest"
  "$binary" manual >"$root/usr/share/man/man1/backtest.1"
  gzip -9nf "$root/usr/share/man/man1/backtest.1"
  install -D -m 644 deploy/package/backtest.service "$root/usr/lib/systemd/system/backtest.service"
  install -D -m 644 deploy/package/sysusers.conf "$root/usr/lib/sysusers.d/backtest.conf"
  install -D -m 640 deploy/package/backtest.env "$root/etc/backtest/backtest.env"
  local script
  for script in postinst prerm postrm; do install -D -m 755 "deploy/package/$script" "$root/DEBIAN/$script"; done
  echo /etc/backtest/backtest.env >"$root/DEBIAN/conffiles"
  dependencies=$(package_dependencies "$root")
  python3 tools/lint/package_licences.py linked "$dependencies"
  cat > "$root/DEBIAN/control" <<CONTROL
Package: backtest
Version: $version
Architecture: amd64
Maintainer: Backtest engineers <engineers@backtest.invalid>
Depends: $dependencies
Recommends: ca-certificates
Section: science
Priority: optional
Description: exact, reproducible backtests of allocation policies
 Turns a policy and market data into a ledger of fills, cash and NAV, with
 metrics and artifacts; alone or as a service with durable runs.
CONTROL
  dpkg-deb --root-owner-group --build "$root" "$package"
  python3 tools/dev/sbom.py "$package" "$version" "$dependencies"
}

# The Debian packages that own the libraries that the binary and those it brings name themselves, and what they load or read.
package_dependencies() {
  local root=$1 named
  named=$(objdump -p "$root/usr/bin/backtest" "$root"/usr/lib/backtest/*.so* | awk '$1 == "NEEDED" { print $2 }' | sort -u)
  LD_LIBRARY_PATH="$root/usr/lib/backtest" ldd "$root/usr/bin/backtest" "$root"/usr/lib/backtest/*.so* |
    awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }' | grep -v /usr/lib/backtest/ | sort -u |
    grep -wFf <(echo "$named") | cut -d' ' -f2 |
    while read -r library; do dpkg-query -S "$library" 2>/dev/null || dpkg-query -S "/usr$library" 2>/dev/null; done |
    sed 's/:.*//' | sort -u | cat - <(printf '%s\n' libcurl4 libpq5 tzdata) | sort -u | paste -sd, | sed 's/,/, /g'
}

patch_rpath() { patchelf --set-rpath '$ORIGIN/../lib/backtest' "$1"; }
