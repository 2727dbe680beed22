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
  /** Bytes of a piece; undefined while the blob goes as a whole. */
  chunkBytes: number | undefined;
  /** Whether this session went on after a break. */
  resumed: boolean;
}
