import type { ReadText } from "../find.ts";
import type { Pin } from "../pin.ts";

/** Where the wrapper is, from the repository's root. */
export const wrapperPath = ".github/waybill.sh";

const mark = "# Written by `waybill init`; a newer waybill's `init` renews it.";

/**
 * The wrapper: a script that runs the pinned waybill. The package is fetched once for each clone and kept beside git's own files; it is
 * one file without dependencies, is held against the pin before anything of it runs, and none of its scripts does.
 */
export function wrapper({ version, package: from, integrity }: Pin): string {
  const key = `${version}-${Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex").slice(0, 16)}`;
  return `#!/bin/sh
# Runs the waybill that is pinned here, by version and by the bytes of its package: sh ${wrapperPath} COMMAND …
${mark}
set -eu
package='${from}'
integrity='${integrity}'
root=$(cd "$(dirname "$0")/.." && pwd)
kept="$(cd "$root" && cd "$(git rev-parse --git-common-dir)" && pwd)/waybill"
home="$kept/${key}"

if [ ! -f "$home/bin/waybill.js" ]; then
  mkdir -p "$kept"
  new=$(mktemp -d "$kept/new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  (cd "$root" && npm pack --silent --ignore-scripts --pack-destination "$new" "$package" >/dev/null) || {
    echo "waybill.sh: npm cannot get $package" >&2
    exit 6
  }
  found=$(node -p '"sha512-" + crypto.createHash("sha512").update(fs.readFileSync(process.argv[1])).digest("base64")' "$new"/waybill-*.tgz)
  if [ "$found" != "$integrity" ]; then
    echo "waybill.sh: $package is not what is pinned: expected $integrity, found $found" >&2
    exit 6
  fi
  tar -xzf "$new"/waybill-*.tgz -C "$new"
  # Whoever was faster has put the same there.
  mv "$new/package" "$home" 2>/dev/null || [ -f "$home/bin/waybill.js" ]
  rm -rf "$new"
  trap - EXIT
fi

exec node "$home/bin/waybill.js" "$@"
`;
}

/** Whether init wrote a wrapper. */
export function isWrapper(text: string): boolean {
  return text.includes(mark);
}

/** What the wrapper that is there pins, where init wrote it. */
export async function wrapperPin(read: ReadText): Promise<Pin | undefined> {
  const text = (await read(wrapperPath)) ?? "";
  if (!isWrapper(text)) return undefined;
  const [, from] = /^package='(.+)'\r?$/m.exec(text) ?? [];
  const [, integrity] = /^integrity='(sha512-[A-Za-z0-9+/]{86}==)'\r?$/m.exec(text) ?? [];
  const [, version] = /^home="\$kept\/(.+)-[0-9a-f]{16}"\r?$/m.exec(text) ?? [];
  return from === undefined || integrity === undefined || version === undefined ? undefined : { version, package: from, integrity };
}
