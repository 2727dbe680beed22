/**
 * One value for each name while anybody uses it. Values are held weakly, so that asking for any number of names that do not
 * exist costs no memory, and two who ask for one name at once get the same.
 */
export function sharedByName<T extends object>(make: (name: string) => T): (name: string) => T {
  const values = new Map<string, WeakRef<T>>();
  const gone = new FinalizationRegistry<string>((name) => {
    if (values.get(name)?.deref() === undefined) values.delete(name);
  });
  return (name) => {
    const known = values.get(name)?.deref();
    if (known !== undefined) return known;
    const made = make(name);
    values.set(name, new WeakRef(made));
    gone.register(made, name);
    return made;
  };
}
