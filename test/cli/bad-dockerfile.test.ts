// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { aBaseImage } from "../support/base-image.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

/** A Dockerfile that is wrong at one line, with `{host}` for the registry, and what must be said of it. */
interface Wrong {
  readonly dockerfile: string;
  readonly line: number;
  readonly code: string;
  readonly why: RegExp;
  readonly hint: RegExp;
  readonly argv?: readonly string[];
}

const at = (line: string, code: string, why: RegExp, hint: RegExp, argv: readonly string[] = []): Wrong => ({
  dockerfile: `FROM scratch\nCOPY app /app\n${line}\n`,
  line: 3,
  code,
  why,
  hint,
  argv,
});

const wrong: Readonly<Record<string, Wrong>> = {
  "an unknown instruction": at("COPPY app /b", "DOCKERFILE_INVALID", /"COPPY" is not an instruction/, /Did you mean COPY\?/),
  "a bad flag": at("COPY --form=x app /b", "DOCKERFILE_INVALID", /COPY has no flag --form/, /Did you mean --from\?/),
  "a missing stage": at("COPY --from=3 /a /b", "DOCKERFILE_INVALID", /there is no stage 3/, /without --from/),
  "a stage cycle": {
    dockerfile: "FROM scratch AS a\nCOPY --from=b /x /\nFROM a AS b\nCOPY app /x\n",
    line: 2,
    code: "DOCKERFILE_INVALID",
    why: /takes from this one itself: they go in a circle/,
    hint: /./,
  },
  "a COPY of nothing": at("COPY ap /b", "CONTEXT_INVALID", /the context has no ap/, /There is app/),
  "a pattern below a folder that is not there": at("COPY none/* /b/", "CONTEXT_INVALID", /the context has no none/, /committed/),
  "a path that leaves the context": at("COPY ../app /b", "CONTEXT_INVALID", /\.\.\/app is outside the context/, /build\.context/),
  "a link that leaves the context": at("COPY out /b", "CONTEXT_INVALID", /behind the symbolic link out to \/etc\/passwd/, /inside only/),
  "a link above the context, which is the context again": at(
    "COPY up/etc/passwd /b",
    "CONTEXT_INVALID",
    /the context has no up\/etc\/passwd/,
    /committed/,
  ),
  "a bad ENV": at("ENV A=b c", "DOCKERFILE_INVALID", /"c" is not NAME=VALUE/, /quotes/),
  "a bad substitution": at("ENV A=${B", "DOCKERFILE_INVALID", /./, /how it is written/),
  "an invalid port": at("EXPOSE 70000", "DOCKERFILE_INVALID", /"70000" is not a port/, /FIRST-LAST/),
  "a base that is not found": {
    dockerfile: "FROM {host}/team/none:1\nCOPY app /app\n",
    line: 1,
    code: "BASE_MISSING",
    why: /team\/none/,
    hint: /./,
  },
  "a base without the platform": {
    dockerfile: "FROM {host}/team/base:arm\nCOPY app /app\n",
    line: 1,
    code: "BASE_MISSING",
    why: /is not there for linux\/amd64; it has linux\/arm64/,
    hint: /--platform/,
  },
  "a RUN for assemble": at("RUN make", "ENGINE_UNFIT", /assemble does not do RUN: a program has to run/, /buildx/, [
    "--engine",
    "assemble",
  ]),
};

suite("publish says file, line, the line itself and what to do of", { concurrency: 4 }, () => {
  for (const [name, { dockerfile, line, code, why, hint, argv = [] }] of Object.entries(wrong)) {
    test(`${name}: exit 7, ${code}`, async () => {
      await using registry = await anEmbeddedRegistry();
      await aBaseImage(registry.repositories.open("team/base"), { platform: "linux/arm64", tag: "arm" });
      const text = dockerfile.replaceAll("{host}", registry.served.host);
      const repository = aRepository();
      keep(repository);
      repository.commit({ Dockerfile: text, app: "#!/app\n", out: { symlink: "/etc/passwd" }, up: { symlink: "../../../../.." } });
      const run = await waybill(["publish", "--to", `${registry.served.host}/team/app`, ...argv], { cwd: repository.dir });
      const said = run.said.replaceAll("\r", "");
      assert.match(said, new RegExp(`Dockerfile:${line}: `));
      assert.match(said, why);
      assert.ok(said.includes(`\n  ${line} | ${text.split("\n")[line - 1]}\n`), said);
      assert.match(/^ {2}hint: (.+)$/m.exec(said)?.[1] ?? assert.fail(`no hint: ${said}`), hint);
      assert.match(said, new RegExp(`code: ${code}, exit 7`));
      assert.equal(run.exitCode, 7);
      const { tags = [] } = (await (await registry.ask("GET", "/v2/team/app/tags/list")).json()) as { tags?: string[] };
      assert.deepEqual(tags, []);
    });
  }
});
