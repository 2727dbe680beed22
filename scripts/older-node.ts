/**
 * Lets the sources and their tests run on Node 22, which has neither `using` nor the stacks that go with it: the bundle that users
 * run is made for it, but a test is not bundled. `node --import ./scripts/older-node.ts --test …`; on newer ones it does nothing.
 */
import { registerHooks } from "node:module";
import { transformSync } from "esbuild";

if (globalThis.AsyncDisposableStack === undefined) {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(".ts") || !/\busing\b/.test(String(loaded.source))) return loaded;
      const { code } = transformSync(String(loaded.source), { loader: "ts", format: "esm", target: "node22", sourcemap: "inline" });
      return { ...loaded, format: "module", source: code };
    },
  });
  Object.assign(globalThis, { AsyncDisposableStack: stackClass() });
}

/** The part of ECMAScript's AsyncDisposableStack that is used here: what was added last ends first, and all end. */
function stackClass() {
  return class Stack {
    #ends: (() => unknown)[] = [];
    use<T extends AsyncDisposable | Disposable>(resource: T): T {
      this.defer(() => (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]()));
      return resource;
    }
    defer(end: () => unknown): void {
      this.#ends.push(end);
    }
    adopt<T>(value: T, end: (value: T) => unknown): T {
      this.defer(() => end(value));
      return value;
    }
    move(): Stack {
      const moved = new Stack();
      moved.#ends = this.#ends.splice(0);
      return moved;
    }
    async disposeAsync(): Promise<void> {
      let failed: { readonly thrown: unknown } | undefined;
      for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) {
        try {
          await end();
        } catch (thrown) {
          failed = { thrown };
        }
      }
      if (failed !== undefined) throw failed.thrown;
    }
    async [Symbol.asyncDispose](): Promise<void> {
      await this.disposeAsync();
    }
  };
}
