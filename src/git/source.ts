/**
 * A remote's address as a link without credentials, in one normal form, so that the same repository is the same link on
 * every machine: `git@github.com:o/r.git`, `ssh://git@github.com/o/r` and `https://x:y@github.com/o/r.git/` all give
 * `https://github.com/o/r`. Undefined for what is no network address.
 */
export function sourceLink(url: string): string | undefined {
  const scp = /^(?:[^@/\s]+@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(?!\/\/)([^\s]+)$/.exec(url);
  if (scp !== null && !/^[A-Za-z]$/.test(scp[1] ?? "")) return link(scp[1] ?? "", scp[2] ?? "");
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  if (!["https:", "http:", "ssh:", "git:", "git+ssh:"].includes(parsed.protocol) || parsed.hostname === "") return undefined;
  // An SSH or git port says nothing about the web address.
  const host = parsed.protocol.startsWith("http") ? parsed.host : parsed.hostname;
  return link(host, parsed.pathname);
}

function link(host: string, path: string): string | undefined {
  const clean = path
    .replace(/^\/+/, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
  return clean === "" || /[\s"<>]/.test(clean) ? undefined : `https://${host.toLowerCase()}/${clean}`;
}
