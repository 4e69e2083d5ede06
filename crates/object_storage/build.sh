#!/usr/bin/env bash
# build.sh FILE: builds the library, as the lock file pins it, and puts it at FILE. Debian's cargo-web and rustc-web, or
# any cargo that is at least as new as Cargo.toml says.
set -euo pipefail
file=$1
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-../../build/cargo}
CARGO_TARGET_DIR=$target cargo build --release --locked --quiet
mkdir -p "$(dirname "$file")"
# Renamed into place: programs that run keep the one that they have loaded.
cp "$target/release/libbacktest_object_storage.so" "$file.new"
mv "$file.new" "$file"
