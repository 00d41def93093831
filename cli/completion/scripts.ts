/** The shells that can be completed in. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** How each shell is taught; they all ask the hidden command `__complete`. */
export const SCRIPTS: Record<Shell, string> = {
  bash: `# bash completion for sidestep
_sidestep() {
  local line=\${COMP_LINE:0:COMP_POINT} words current prefix candidate
  read -ra words <<<"$line"
  # A blank at the end begins a word that is empty still.
  [[ $line == *[[:space:]] ]] && words+=("")
  current=\${words[\${#words[@]} - 1]}
  # bash replaces only what is behind the last of these characters.
  prefix=\${current%"\${current##*[=:]}"}
  [[ $COMP_WORDBREAKS == *:* && $COMP_WORDBREAKS == *=* ]] || prefix=""
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    case $candidate in
      :files) compopt -o default 2>/dev/null ;;
      :nospace) compopt -o nospace 2>/dev/null ;;
      "") ;;
      *) COMPREPLY+=("\${candidate#"$prefix"}") ;;
    esac
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _sidestep sidestep
`,
  zsh: `#compdef sidestep
# zsh completion for sidestep
_sidestep() {
  local -a candidates
  local line nospace=""
  while IFS=$'\\t' read -r line description; do
    case $line in
      :files) _files ;;
      :nospace) nospace=1 ;;
      "") ;;
      *) candidates+=("\${line//:/\\\\:}\${description:+:$description}") ;;
    esac
  done < <("\${words[1]}" __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if [[ -n $nospace ]]; then _describe sidestep candidates -S ''
  else _describe sidestep candidates
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _sidestep "$@"
else compdef _sidestep sidestep
fi
`,
  fish: `# fish completion for sidestep
function __sidestep_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    switch $line
      case :files
        __fish_complete_path (commandline -ct)
      case ':*'
      case '*'
        echo $line
    end
  end
end
complete -c sidestep -f -a '(__sidestep_complete)'
`,
};
