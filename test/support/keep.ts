import { after } from "node:test";

const kept: { remove(): void }[] = [];
after(() => {
  for (const one of kept) one.remove();
});

/** Has something removed when the tests of this file have ended. */
export function keep<T extends { remove(): void }>(one: T): T {
  kept.push(one);
  return one;
}
