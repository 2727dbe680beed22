import { type Answer, refusal } from "./answer.ts";
import type { Request } from "./request.ts";
import { type Methods, routeOf } from "./route.ts";

/** A registry as a function: what a request is answered with. Throws what a store throws. */
export async function dispatch(method: string, path: string, request: Request, options: { readonly readOnly: boolean }): Promise<Answer> {
  const route = routeOf(path);
  if (route.kind === "refused") return route.answer;
  if (options.readOnly && method !== "GET" && method !== "HEAD") return refusal("UNSUPPORTED", "this registry is read-only");
  if (route.kind === "registry") return await call(route.methods, method, request);
  const { name, methods } = route;
  return await call(methods, method, { ...request, name, store: request.repositories.open(name) });
}

async function call<R>(methods: Methods<R>, method: string, request: R): Promise<Answer> {
  const wanted = method === "HEAD" ? "GET" : method;
  if (isOwn(methods, wanted)) {
    const answer = methods[wanted]?.(request);
    if (answer !== undefined) return await answer;
  }
  const allowed = Object.keys(methods).flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one]));
  return refusal("UNSUPPORTED", `${method} is not possible here`, { headers: { allow: allowed.join(", ") } });
}

function isOwn<R>(methods: Methods<R>, method: string): method is keyof Methods<R> {
  return Object.hasOwn(methods, method);
}
