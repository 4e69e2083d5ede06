# build: sets up where needed, then builds; incremental.

# A second checkout finds what the first one compiled without a precompiled header.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true
# Without these it keeps nothing that was compiled with a precompiled header.
export CCACHE_SLOPPINESS=pch_defines,time_macros

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1
  shift
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null
  # What editors read; not of a preset whose flags they need not know.
  [[ $preset == [at]san ]] || ln -sfn "build/$preset/compile_commands.json" compile_commands.json
  cmake --build "build/$preset" ${1:+--target "$@"}
}

# build_with_client PRESET [TARGET...]: a first build downloads the packages of the web client while it compiles what does
# not need it.
build_with_client() {
  is_client_built || { beside "web client" build_client; build_preset "$1" worker; joined "web client"; }
  build_preset "$@"
}

dev_build() {
  setup_build
  build_with_client "${1:-release}" ${2:+"${@:2}"}
}

dev_run() {
  dev_build release backtest >&2
  build/release/backtest "$@"
}
