# lint and fmt.

cpp_files() { git ls-files --cached --others --exclude-standard -- 'src/*.cpp' 'src/*.hpp' 'sim/*.cpp' 'sim/*.hpp' 'bench/*.cpp' 'bench/*.hpp'; }

dev_fmt() { cpp_files | xargs -r clang-format-19 -i; }

dev_lint() {
  setup_to_build
  cpp_files | xargs -r clang-format-19 --dry-run --Werror
  python3 tools/lint/tree.py
  python3 tools/lint/crate_licences.py check
  python3 tools/lint/package_licences.py check
  local test
  for test in tools/*/*_test.py; do python3 "$test" -q; done
}

# clang-tidy on the sources that differ from the commit before the last push to main, or on all with --all.
dev_tidy() {
  build_preset release base
  local files
  if [ "${1:-}" = --all ]; then
    files=$(git ls-files 'src/*.cpp')
  else
    files=$(git diff --name-only --diff-filter=d "${1:-HEAD~1}" -- 'src/*.cpp')
  fi
  [ -z "$files" ] || xargs -r -P "$(nproc)" -n 4 clang-tidy-19 -p build/release --quiet <<<"$files"
}
