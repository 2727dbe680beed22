const secretParameters = /token|sig|signature|credential|password|secret|key|code|x-amz-/i;

/**
 * A URL fit to be shown: without user, password, fragment, and with the values of query parameters
 * that may carry a signature or token removed. Text that is no URL comes back as a placeholder.
 */
export function redactUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return "(unreadable URL)";
  }
  parsed.username = "";
  parsed.password = "";
  parsed.hash = "";
  for (const name of [...parsed.searchParams.keys()]) {
    if (secretParameters.test(name)) parsed.searchParams.set(name, "REDACTED");
  }
  return parsed.href;
}

const patterns: readonly (readonly [RegExp, string])[] = [
  // Credentials inside a URL.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]*@/gi, "$1"],
  // Authorization headers and their schemes.
  [/\b(basic|bearer)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 REDACTED"],
  // AWS access keys and GitHub tokens.
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, "REDACTED"],
  [/\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})/g, "REDACTED"],
  // JSON web tokens.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/g, "REDACTED"],
  // Signatures and tokens in query strings or key=value pairs.
  [/\b(x-amz-[a-z-]+|sig|signature|token|password|passwd|secret|client_secret)=[^\s&"']+/gi, "$1=REDACTED"],
];

/** Foreign text (a registry's own words, a program's log) with what looks like a credential removed. */
export function redactText(text: string): string {
  return patterns.reduce((shown, [pattern, replacement]) => shown.replace(pattern, replacement), text);
}

/**
 * Foreign text made fit for one line of a log: credentials and control characters removed (so that no
 * registry can drive a terminal or forge a workflow command), white space folded, cut to a length.
 * @param limit the most characters to keep
 */
export function quoteForeign(text: string, limit = 300): string {
  const folded = redactText(text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return folded.length > limit ? `${folded.slice(0, limit)}…` : folded;
}
