import { elfProgram } from "../support/elf.ts";
import { aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

/** A repository with a Dockerfile around a small program, and one commit; removed after the tests. */
export function anApp(): { readonly repository: TestRepository; readonly first: string } {
  const repository = keep(aRepository());
  const first = repository.commit({
    Dockerfile: 'FROM scratch\nCOPY app /app\nENTRYPOINT ["/app"]\n',
    app: { content: elfProgram("amd64", "hello\n").toString("latin1"), executable: true },
    ".gitattributes": "app -text\n",
  });
  return { repository, first };
}
