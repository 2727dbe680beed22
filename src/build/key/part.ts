/** One input of a build. */
export interface KeyPart {
  /** `file`, `instruction`, `stage`, `argument`, `base`, `frontend`, `secret`, `setting`. */
  readonly kind: string;
  /** Which one: a path, a number, a name. Unique among its kind. */
  readonly name: string;
  /** What it is: a mode and an identity, a text, a digest. */
  readonly value: string;
}
