import type { ArgumentChoice, OptionChoice, Place } from "./places.ts";
import type { Value } from "./values.ts";

/** Completion for zsh: a function in `fpath` named `_waybill`, or a script to source. */
export function zshCompletion(places: readonly Place[]): string {
  return `#compdef waybill
# Completion of waybill in zsh, made by \`waybill completion zsh\`.

_waybill_commits() {
  local -a commits
  commits=(\${(f)"$(git -C "\${(Q)opt_args[--repo]:-.}" log -30 --format='%H:%s' 2>/dev/null)"})
  _describe -V -t commits commit commits
}

_waybill_versions() {
  local -a tags
  tags=(\${(f)"$(git -C "\${(Q)opt_args[--repo]:-.}" for-each-ref --count=50 --sort=-creatordate --format='%(refname:short)' refs/tags 2>/dev/null)"})
  _describe -V -t tags tag tags
  _waybill_commits
}

_waybill_branches() {
  local -a branches
  branches=(\${(f)"$(git -C "\${(Q)opt_args[--repo]:-.}" for-each-ref --count=100 --format='%(refname:short)' refs/heads 2>/dev/null)"})
  _describe -t branches branch branches
}

${places.map(functionOf).join("\n")}
if [[ \${funcstack[1]} == _waybill ]]; then
  _waybill "$@"
else
  compdef _waybill waybill
fi
`;
}

function functionOf(place: Place): string {
  const lines = place.options.map((one) => `    ${optionSpec(one)} \\`);
  return place.below.length === 0 ? leaf(place, lines) : group(place, lines);
}

function leaf({ path, args }: Place, options: readonly string[]): string {
  return `${nameOf(path)}() {
  _arguments -S \\
${[...options, ...args.map((one) => `    ${quoted(argumentSpec(one))} \\`)].join("\n").replace(/ \\$/, "")}
}
`;
}

function group({ path, below }: Place, options: readonly string[]): string {
  return `${nameOf(path)}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  # What follows a command is that command's.
  _arguments -C -S -A '-*' \\
${options.join("\n")}
    '1: :->command' \\
    '*:: :->rest' && return
  case $state in
  command)
    local -a commands
    commands=(
${below.map(({ name, description }) => `      ${quoted(`${name}:${description}`)}`).join("\n")}
    )
    _describe -V -t commands command commands
    ;;
  rest)
    case \${line[1]} in
${below.map((one) => `    ${one.name}) ${nameOf(one.path)} ;;`).join("\n")}
    esac
    ;;
  esac
}
`;
}

/** zshcompsys(1), `_arguments`: `--name=[explanation]:what:action`; with a star where it may come again. */
function optionSpec({ names, description, value, repeated }: OptionChoice): string {
  const alone = names.length > 1 ? `'(${names.join(" ")})'{${names.join(",")}}` : "";
  const told = `[${description.replaceAll(/[[\]\\]/g, (one) => `\\${one}`)}]`;
  if (value === undefined) return `${alone}${quoted(`${alone ? "" : names[0]}${told}`)}`;
  return quoted(`${repeated ? "*" : ""}${names[0]}=${told}:value:${actionOf(value)}`);
}

function argumentSpec({ word, value, variadic }: ArgumentChoice): string {
  return `${variadic ? "*" : ""}:${word}:${actionOf(value)}`;
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case "any":
      return " ";
    case "files":
      return "_files";
    case "folders":
      return "_path_files -/";
    case "choices":
      return `(${value.choices.join(" ")})`;
    default:
      return `_waybill_${value.kind}`;
  }
}

function nameOf(path: string): string {
  return path === "" ? "_waybill" : `_waybill__${path.replaceAll(/\W/g, "_")}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
