/** Words and numbers that YAML 1.1 or 1.2 takes for something else than text. */
const special = /^(?:~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_.:a-fox+-]*|[-+]?\.(?:inf|nan))$/i;

/** A text as a YAML scalar: plain where that is safe in a block and in a flow list, else in double quotes. */
export function scalar(text: string): string {
  return /^[A-Za-z0-9_./][A-Za-z0-9_./@:+=*-]*$/.test(text) && !text.endsWith(":") && !special.test(text) ? text : JSON.stringify(text);
}

/** Texts as a flow list. */
export function list(texts: readonly string[]): string {
  return `[${texts.map(scalar).join(", ")}]`;
}

/** `${{ … }}`: what GitHub fills in. */
export function expression(text: string): string {
  return `\${{ ${text} }}`;
}
