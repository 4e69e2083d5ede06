# bash completion for backtest
_backtest() {
  local commands="run validate sample schema version serve worker check gc migrate submit list show watch cancel fetch compare"
  local current=${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  elif [ "${COMP_WORDS[1]}" = run ] && [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--run-id --output-dir --no-strict --progress --quiet --json" -- "$current")
  elif [ "${COMP_WORDS[1]}" = migrate ]; then
    mapfile -t COMPREPLY < <(compgen -W "up status check plan adopt" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _backtest backtest
