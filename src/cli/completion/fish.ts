import { type ArgumentChoice, type Below, type OptionChoice, type Place, valueRules } from "./places.ts";
import type { Value } from "./values.ts";

/** Completion for fish 3 and later. */
export function fishCompletion(places: readonly Place[]): string {
  return `# Completion of waybill in fish, made by \`waybill completion fish\`.

# __waybill_at PLACE [FIRST LAST]: whether the cursor is there, behind so many arguments.
function __waybill_at
    set -l at ''
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at:$word"
            case '*:--*=*'
                continue
            case ${words(valueRules(places).flatMap(({ patterns }) => patterns))}
                set skip 1
            case '*:-*'
                continue
${places.flatMap(({ path, below }) => below.map((one) => way(path, one))).join("\n")}
            case '*'
                set count (math $count + 1)
        end
    end
    test "$at" = "$argv[1]"; or return 1
    test (count $argv) = 1; or test $count -ge $argv[2] -a $count -le $argv[3]
end

function __waybill_git
    set -l line (commandline -opc)
    set -l repo .
    for i in (seq (count $line))
        test "$line[$i]" = --repo; and set repo $line[(math $i + 1)]
    end
    git -C "$repo" $argv 2>/dev/null
end

function __waybill_commits
    __waybill_git log -30 --format='%H%x09%s'
end

function __waybill_versions
    __waybill_git for-each-ref --count=50 --sort=-creatordate --format='%(refname:short)%09tag' refs/tags
    __waybill_commits
end

function __waybill_branches
    __waybill_git for-each-ref --count=100 --format='%(refname:short)' refs/heads
end

complete -c waybill -e
complete -c waybill -f
${places.flatMap(linesOf).join("\n")}
`;
}

function way(path: string, one: Below): string {
  return `            case ${quoted(`${path}:${one.name}`)}\n                set at ${quoted(one.path)}`;
}

function linesOf({ path, below, options, args }: Place): readonly string[] {
  const here = `__waybill_at '${path}'`;
  return [
    ...below.map(({ name, description }) => `complete -c waybill -n ${quoted(here)} -a ${name} -d ${quoted(description)}`),
    ...options.map((one) => optionLine(here, one)),
    ...args.flatMap((one, at) => argumentLine(here, one, at)),
  ];
}

function optionLine(here: string, { names, value, description }: OptionChoice): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(" ");
  return `complete -c waybill -n ${quoted(here)} ${flags}${value === undefined ? "" : ` ${valueFlags(value)}`} -d ${quoted(description)}`;
}

function argumentLine(here: string, { value, variadic }: ArgumentChoice, at: number): readonly string[] {
  if (value.kind === "any") return [];
  return [`complete -c waybill -n ${quoted(`${here} ${at} ${variadic ? 99 : at}`)} ${valueFlags(value)}`];
}

function valueFlags(value: Value): string {
  switch (value.kind) {
    case "any":
      return "-x";
    case "files":
      return "-r -F";
    case "folders":
      return "-x -a '(__fish_complete_directories)'";
    case "choices":
      return `-x -a ${quoted(value.choices.join(" "))}`;
    case "branches":
      return `-x -a '(__waybill_${value.kind})'`;
    case "commits":
    case "versions":
      return `-x -k -a '(__waybill_${value.kind})'`;
  }
}

function words(all: readonly string[]): string {
  return all.map(quoted).join(" ");
}

/** fish knows two escapes in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
