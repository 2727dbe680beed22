/** Fields as buildx reads them (RFC 4180), because a folder's name may have a comma or a quote in it. */
export function csv(fields: readonly string[]): string {
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}
