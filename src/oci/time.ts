/** Seconds since 1970 as RFC 3339 in UTC, without fractions, as configs and annotations have times (image-spec, "created"). */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
