const mostMs = 24 * 60 * 60 * 1000;

/**
 * The milliseconds that a Retry-After header asks to wait (RFC 9110, 10.2.3: seconds or a date), undefined where it says nothing readable.
 * @param now milliseconds since the epoch
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim().slice(0, 64);
  if (!text) return undefined;
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1000, mostMs);
  if (!/^[A-Z][a-z]{2}/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), mostMs);
}
