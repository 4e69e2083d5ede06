# The web client (ui/): built by Node from PyPI's wheel, with packages pinned by hash from npm's registry. Where that cannot
# be reached the binary is built without its pages, and that is said.

# What the client is made of: its sources, its lock file and the two files of the service that it is typed by.
client_sources_hash() {
  {
    git ls-files --cached --others --exclude-standard ui | sort
    echo src/edge/http/resource/openapi.json
    echo docs/config.schema.json
  } | xargs -r -d '\n' sha256sum | sha256sum
}

setup_client_packages() {
  local lock=ui/package-lock.json
  [ -d ui/node_modules ] && has_environment client "$lock" && return
  echo "setup: $lock into ui/node_modules"
  (cd ui && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >/dev/null || return
  sha256sum "$lock" > .deps/client.sha256
}

is_client_built() {
  [ -f build/ui.sha256 ] && [ -f build/ui/index.html.gz ] && [ "$(cat build/ui.sha256)" = "$(client_sources_hash)" ]
}

# Into build/ui, from where the binary takes it (cmake/embed_client.cmake). Nothing is done where it is there already.
build_client() {
  is_client_built && return
  local hash
  hash=$(client_sources_hash)
  mkdir -p build
  rm -f build/ui.sha256
  setup_environment node node tools/requirements-node.txt
  if (export PATH=$PWD/.deps/node/bin:$PATH && setup_client_packages && cd ui && npm run --silent build); then
    echo "$hash" > build/ui.sha256
  elif [ -f build/ui/index.html.gz ]; then
    echo "build: the web client could not be built anew; the binary has the one of before"
  else
    echo "build: the web client could not be built (npm's registry is needed once); the binary has no pages for browsers"
  fi
}
