# watch: rebuild and rerun what each saved file concerns.

dev_watch() {
  setup_build
  [ -f build/debug/build.ninja ] || cmake --preset debug >/dev/null
  /usr/bin/python3 tools/dev/watch.py "$@"
}
