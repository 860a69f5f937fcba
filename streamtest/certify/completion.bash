# Completion for bash. Installed where bash-completion looks; `source` it to use it at once.
# Everything it offers is asked of the program, so nothing here has to follow a new option.

_streamtest() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} candidates
  if [ "$COMP_CWORD" -eq 1 ]; then
    candidates="--help --version $("$program" --help 2>/dev/null | sed -n '/^Subcommands:/,$s/^  \([a-z]\+\) .*/\1/p')"
  elif [ "$before" = --rule ] || [ "$before" = --exclude ] || [ "$command" = rules ] && [ "${word#-}" = "$word" ]; then
    candidates=$("$program" rules 2>/dev/null | cut -d' ' -f1)
  elif [ "${word#-}" != "$word" ]; then
    candidates=$("$program" "$command" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)
  else
    case $command:$before in
      *:--profile) candidates="core full strict" ;;
      check:--truncation) candidates="strict held coarse" ;;
      check:--durability) candidates="none process machine" ;;
      *:--budget) candidates="quick default stress" ;;
      replay:replay) ;;
      certify:*|smoke:*|bench:*|replay:*) candidates="memory: sqlite: plugin: exec: tcp: grpc:" ;;
      serve:*) candidates="memory: sqlite:" ;;
    esac
  fi
  # A colon ends a word for bash, so `memory:` is offered only before one was typed.
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -F _streamtest streamtest streamtest-plain
