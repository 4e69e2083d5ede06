# watch: rebuild and rerun what each saved file concerns.

dev_watch() {
  dev_setup
  [ -f build/debug/build.ninja ] || cmake --preset debug >/dev/null
  /usr/bin/python3 tools/dev/watch.py "$@"
}
