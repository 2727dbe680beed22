import type { Descriptor } from "../../oci/index.ts";
import type { WriteOptions } from "../store.ts";
import type { RepositoryAt } from "./repository-calls.ts";
import type { Attempts } from "./retry.ts";
import type { Cursor } from "./source-cursor.ts";
import type { Session } from "./upload-session.ts";

/** An upload on its way. */
export interface Upload {
  readonly at: RepositoryAt;
  readonly descriptor: Descriptor;
  readonly options: WriteOptions | undefined;
  readonly tries: Attempts;
  readonly cursor: Cursor;
  session: Session | undefined;
  /** Bytes that the registry has in this session. */
  offset: number;
  /** The most that any session had: only what goes beyond it is progress, or a registry that loses each session would be asked forever. */
  furthest: number;
  /** Bytes of a piece; undefined while the blob goes as a whole. */
  chunkBytes: number | undefined;
  /** Whether this session went on after a break, or did not say clearly how far it came: what it holds may be wrong. */
  doubtful: boolean;
}

/** Notes how far the registry has come. */
export function advance(upload: Upload, offset: number): void {
  upload.offset = offset;
  if (offset <= upload.furthest) return;
  upload.furthest = offset;
  upload.tries.progressed();
}
