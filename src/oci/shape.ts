/**
 * Shapes of JSON that came from outside: each is a function that gives the value typed, or throws a {@link Misfit}.
 * They are functions instead of a library's schemas because every command parses a manifest, and making the schemas
 * took a quarter of an empty run (see bench/).
 */
export type Shape<T> = (value: unknown, path: string) => T;

type Fields = Readonly<Record<string, Shape<unknown>>>;

/** What an object of these fields is once it was read: a field that may be absent is left out where it is. */
type Read<F extends Fields> = {
  readonly [K in keyof F as undefined extends ReturnType<F[K]> ? never : K]: ReturnType<F[K]>;
} & { readonly [K in keyof F as undefined extends ReturnType<F[K]> ? K : never]?: ReturnType<F[K]> };

/** Says where a value does not have its shape, and why; the path's parts are joined by dots. */
export class Misfit extends Error {
  readonly path: string;

  constructor(path: string, why: string) {
    super(why);
    this.path = path;
  }
}

/** A string of at most so many UTF-16 units. */
export function text(limit: number = Number.POSITIVE_INFINITY): Shape<string> {
  return (value, path) => {
    if (typeof value !== "string") throw new Misfit(path, "not a string");
    if (value.length > limit) throw new Misfit(path, `longer than ${limit} characters`);
    return value;
  };
}

/** A string that a test accepts. */
export function textThat<T extends string>(test: (value: string) => value is T, why: string): Shape<T> {
  return (value, path) => {
    if (typeof value !== "string" || !test(value)) throw new Misfit(path, why);
    return value;
  };
}

/** A whole number from zero on, small enough to be counted with. */
export const count: Shape<number> = (value, path) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Misfit(path, "not a whole number from zero on");
  return value as number;
};

/** True or false. */
export const flag: Shape<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw new Misfit(path, "neither true nor false");
  return value;
};

/** One value and no other. */
export function exactly<T extends string | number>(wanted: T): Shape<T> {
  return (value, path) => {
    if (value !== wanted) throw new Misfit(path, `not ${wanted}`);
    return wanted;
  };
}

/** What may be absent. null stands where Go programs leave a nil map or slice; it means the same as an absent field. */
export function absent<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : shape(value, path));
}

/** An array, each of whose items has the shape. */
export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Misfit(path, "not an array");
    return value.map((item, index) => shape(item, join(path, String(index))));
  };
}

/** An object with any keys of at most so many UTF-16 units, each of whose values has the shape. */
export function map<T>(shape: Shape<T>, keyLimit: number = Number.POSITIVE_INFINITY): Shape<Readonly<Record<string, T>>> {
  const item = (key: string, value: unknown, path: string): [string, T] => {
    if (key.length > keyLimit) throw new Misfit(path, `a key longer than ${keyLimit} characters`);
    return [key, shape(value, join(path, key))];
  };
  // Object.fromEntries and not assignment: a key may be called __proto__.
  return (value, path) => Object.fromEntries(Object.entries(object(value, path)).map(([key, found]) => item(key, found, path)));
}

/** An object with these fields; others are dropped. */
export function fields<F extends Fields>(shapes: F): Shape<Read<F>> {
  const entries = Object.entries(shapes);
  return (value, path) => {
    const given = object(value, path);
    const read: [string, unknown][] = [];
    for (const [key, shape] of entries) {
      const field = shape(Object.hasOwn(given, key) ? given[key] : undefined, join(path, key));
      if (field !== undefined) read.push([key, field]);
    }
    return Object.fromEntries(read) as Read<F>;
  };
}

/** An object with these fields; others are kept as they are. */
export function fieldsAndMore<F extends Fields>(shapes: F): Shape<Read<F> & Readonly<Record<string, unknown>>> {
  const known = fields(shapes);
  return (value, path) => ({ ...object(value, path), ...known(value, path) });
}

function object(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Misfit(path, "not an object");
  return value as Record<string, unknown>;
}

function join(path: string, part: string): string {
  return path === "" ? part : `${path}.${part}`;
}
