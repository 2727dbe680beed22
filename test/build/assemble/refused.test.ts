// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import type { ImageSource } from "../../../src/build/index.ts";
import { Failure, type FailureCode } from "../../../src/failure/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { aBaseImage, imagesOf } from "../../support/base-image.ts";
import { assemble } from "../../support/built.ts";
import type { ContextFiles } from "../../support/context.ts";

/** A Dockerfile that is wrong at one line: what is said of it, and what to do. */
interface Wrong {
  readonly dockerfile: string;
  readonly line: number;
  readonly code?: FailureCode;
  readonly message: RegExp;
  readonly hint: RegExp;
  readonly ignore?: string;
}

const files: ContextFiles = {
  "a.txt": "a",
  "b.txt": "b",
  "z.tar.xz": Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
  "dir/one.txt": "one",
  outside: { link: "/etc/passwd" },
  above: { link: "../../../etc" },
  loop: { link: "loop" },
};

const at = (line: string, message: RegExp, hint: RegExp, code: FailureCode = "DOCKERFILE_INVALID"): Wrong => ({
  dockerfile: `FROM scratch\nCOPY a.txt /\n${line}\n`,
  line: 3,
  code,
  message,
  hint,
});

const wrong: Readonly<Record<string, readonly Wrong[]>> = {
  "an instruction that is none": [
    at("COPPY a b", /"COPPY" is not an instruction/, /Did you mean COPY\?/),
    at("EXPSE 80", /"EXPSE" is not an instruction/, /Did you mean EXPOSE\?/),
    at("&& make", /"&&" is not an instruction/, /line before should end with a backslash/),
  ],
  "a flag that is none, or has no value of its kind": [
    at("COPY --form=x a.txt /", /COPY has no flag --form/, /Did you mean --from\?/),
    at("COPY --chown a.txt /", /--chown has no value/, /--chown=VALUE/),
    at("COPY --link=maybe a.txt /", /--link is true or false, not "maybe"/, /leave it out/),
    at("COPY --chown=1 --chown=2 a.txt /", /--chown stands there twice/, /Keep one/),
    at("CMD --help", /CMD has no flag --help/, /CMD \["--help"\]/),
    at("ENV --x=y", /ENV has no flag --x/, /takes no flags/),
    at("COPY --chmod=999 a.txt /", /--chmod takes a mode/, /octal/),
    at("COPY --chown=:5 a.txt /", /--chown takes USER\[:GROUP\]/, /--chown=1000:1000/),
    at("COPY --chown=nobody a.txt /", /--chown names the user "nobody"/, /Give numbers/),
  ],
  "a stage that is missing, or comes later": [
    at("COPY --from=3 /a /b", /there is no stage 3: the file has 1/, /without --from/),
    at("COPY --from=0 /a /b", /--from=0 is the stage itself/, /without --from/),
    {
      dockerfile: "FROM scratch AS a\nCOPY --from=b /x /\nFROM scratch AS b\nCOPY a.txt /x\n",
      line: 2,
      message: /--from=b is a stage that only begins at line 3\n/,
      hint: /without --from/,
    },
    {
      dockerfile: "FROM scratch AS first\nCOPY a.txt /\nFROM scratch AS a\nCOPY --from=b /x /\nFROM a AS b\nCOPY a.txt /x\n",
      line: 4,
      message: /only begins at line 5, and takes from this one itself: they go in a circle/,
      hint: /an earlier stage: first/,
    },
    at("COPY --from=$STAGE a.txt /", /--from takes no variables/, /AS NAME above/),
    {
      dockerfile: "FROM scratch AS a\nCOPY a.txt /\nFROM scratch AS A\n",
      line: 3,
      message: /two stages named a/,
      hint: /another name|Mend/,
    },
  ],
  "a COPY of nothing": [
    at("COPY a.txt", /COPY takes a source and a destination/, /COPY SOURCE DESTINATION/),
    at("COPY nothing /", /the context has no nothing/, /\.dockerignore/, "CONTEXT_INVALID"),
    at("COPY a.tx /", /the context has no a\.tx/, /There is a\.txt/, "CONTEXT_INVALID"),
    at("COPY none/*.txt /", /the context has no none/, /committed/, "CONTEXT_INVALID"),
    at("COPY https://example.com/x /", /COPY takes no URL/, /ADD does/),
    {
      dockerfile: "FROM scratch\nCOPY b.txt /\n",
      ignore: "b.txt\n",
      line: 2,
      code: "CONTEXT_INVALID",
      message: /the context has no b\.txt/,
      hint: /\.dockerignore leaves it out|There is/,
    },
    at("COPY <<EOF", /takes a source and a destination|has no end/, /./),
    at("COPY a.txt b.txt /x", /several files cannot be copied to the one file \/x/, /End the destination with a slash/),
    at('COPY ["a.txt", 1]', /holds texts only/, /double quotes/),
    at("COPY [a /x", /is not a pattern/, /backslash/),
  ],
  "a path that leaves the context": [
    at("COPY ../a.txt /", /\.\.\/a\.txt is outside the context/, /build\.context/, "CONTEXT_INVALID"),
    at("COPY dir/../../x /", /is outside the context/, /build\.context/, "CONTEXT_INVALID"),
    at("COPY outside /", /outside is behind the symbolic link outside to \/etc\/passwd/, /followed inside only/, "CONTEXT_INVALID"),
    at(
      "COPY above/passwd /",
      /above\/passwd is behind the symbolic link above to \.\.\/\.\.\/\.\.\/etc/,
      /followed inside only/,
      "CONTEXT_INVALID",
    ),
    at("COPY loop /", /behind the symbolic link loop to loop, which leads back to itself/, /followed inside only/, "CONTEXT_INVALID"),
  ],
  "settings that are none": [
    at("ENV A", /ENV gives A no value/, /ENV A=VALUE/),
    at("ENV A=b c", /"c" is not NAME=VALUE/, /quotes/),
    at("ENV =b", /"=b" is not NAME=VALUE/, /quotes/),
    at('ENV A="b', /double quote is not closed/, /backslash/),
    at("ENV A=${B:?missing}", /B: missing/, /Give the variable a value/),
    at("ENV A=${B", /operator|missing/, /how it is written/),
    at("LABEL a", /LABEL gives a no value/, /LABEL a=VALUE/),
    at("ARG 1=2", /"1" is not an argument's name/, /begin with no digit/),
    at("EXPOSE http", /"http" is not a port/, /FIRST-LAST/),
    at("EXPOSE 70000", /"70000" is not a port/, /FIRST-LAST/),
    at("EXPOSE 90-80", /"90-80" is not a port/, /FIRST-LAST/),
    at("EXPOSE 80/http", /"80\/http" is not a port/, /FIRST-LAST/),
    at("STOPSIGNAL SIGNOTHING", /"SIGNOTHING" is not a signal/, /SIGTERM/),
    at("SHELL bash", /SHELL takes a JSON array/, /\["\/bin\/sh", "-c"\]/),
    at('CMD ["a", 1]', /holds texts only/, /double quotes/),
    at("HEALTHCHECK x", /takes NONE or CMD/, /HEALTHCHECK CMD COMMAND/),
    at("HEALTHCHECK CMD []", /names no command/, /HEALTHCHECK CMD COMMAND/),
    at("HEALTHCHECK --interval=5 CMD x", /--interval takes a duration/, /--interval=30s/),
    at("HEALTHCHECK --interval=5us CMD x", /a millisecond at least/, /--interval=30s/),
    at("HEALTHCHECK --retries=x CMD y", /--retries takes a number/, /--retries=3/),
    at("VOLUME []", /VOLUME names no path/, /VOLUME \/PATH/),
    at("ONBUILD FROM a", /ONBUILD cannot trigger FROM/, /can be triggered/),
    at("WORKDIR", /WORKDIR says nothing/, /what WORKDIR is to do/),
  ],
  "a base that is not there": [
    { dockerfile: "FROM absent\nCOPY a.txt /\n", line: 1, code: "BASE_MISSING", message: /no image absent/, hint: /name and the tag/ },
    {
      dockerfile: "FROM b AS a\nCOPY a.txt /\nFROM a AS b\n",
      line: 1,
      code: "BASE_MISSING",
      message: /no image b/,
      hint: /stage b only begins at line 3/,
    },
    {
      dockerfile: "FROM arm\nCOPY a.txt /\n",
      line: 1,
      code: "BASE_MISSING",
      message: /is not there for linux\/amd64; it has linux\/arm64/,
      hint: /--platform/,
    },
    {
      dockerfile: "FROM --platform=nonsense scratch2\n",
      line: 1,
      code: "PLATFORM_INVALID",
      message: /not a platform: "nonsense"/,
      hint: /linux\/amd64/,
    },
    { dockerfile: "ARG V\nFROM $V\n", line: 2, message: /FROM names nothing/, hint: /build\.args/ },
    { dockerfile: "FROM a b\n", line: 1, message: /FROM takes an image/, hint: /AS NAME/ },
    at(
      "COPY --from=absent /a /b",
      /no image absent/,
      /^No stage before this one has a name, so absent is taken for an image/,
      "BASE_MISSING",
    ),
    {
      dockerfile: "FROM scratch AS build\nCOPY a.txt /\nFROM scratch\nCOPY --from=biuld /a.txt /\n",
      line: 4,
      code: "BASE_MISSING",
      message: /no image biuld/,
      hint: /^The stages before this one are build, so biuld is taken for an image/,
    },
  ],
  "what assemble does not do": [
    at("RUN make", /assemble does not do RUN: a program has to run/, /buildx/, "ENGINE_UNFIT"),
    at("ADD https://example.com/a /", /does not do ADD: its source is on the network/, /buildx/, "ENGINE_UNFIT"),
    {
      dockerfile: "# check=skip=all\n#Syntax = example.com/other:1\nFROM scratch\n",
      line: 2,
      code: "ENGINE_UNFIT",
      message: /does not do syntax: the frontend example\.com\/other:1/,
      hint: /buildx/,
    },
    {
      dockerfile: "# syntax=docker/dockerfile:1\n# check=error=true\nFROM scratch\n",
      line: 2,
      code: "ENGINE_UNFIT",
      message: /does not do check: the build is to fail on warnings/,
      hint: /buildx/,
    },
    at("ADD z.tar.xz /", /z\.tar\.xz is packed with xz, which assemble does not unpack/, /buildx/, "ENGINE_UNFIT"),
  ],
  "a file that is none": [
    { dockerfile: "", line: 1, message: /there is no FROM/, hint: /Begin with FROM/ },
    { dockerfile: "COPY a b\n", line: 1, message: /COPY stands before the first FROM/, hint: /only ARG/ },
    { dockerfile: "# escape=x\nFROM scratch\n", line: 1, message: /the escape directive takes/, hint: /# escape=`/ },
    { dockerfile: "# syntax=a\n# syntax=b\nFROM scratch\n", line: 2, message: /the directive syntax stands there twice/, hint: /Keep one/ },
    at("COPY <<EOF /x\nbody", /the here-document EOF has no end/, /EOF alone/),
  ],
  "an ignore file that is none": [
    {
      dockerfile: "FROM scratch\nCOPY a.txt /\n",
      ignore: "ok\n[a\n",
      line: 2,
      code: "CONTEXT_INVALID",
      message: /\.dockerignore:2: "\[a" is not a pattern/,
      hint: /backslash/,
    },
  ],
};

suite("what a wrong Dockerfile is told", () => {
  let images: ImageSource;

  before(async () => {
    const store = memoryStore();
    images = imagesOf(store, { arm: await aBaseImage(store, { platform: "linux/arm64" }) });
  });

  for (const [what, cases] of Object.entries(wrong)) {
    test(what, async () => {
      for (const { dockerfile, line, code = "DOCKERFILE_INVALID", message, hint, ignore } of cases) {
        await assert.rejects(
          assemble(dockerfile, { files, images, ...(ignore === undefined ? {} : { ignore }) }),
          (thrown) => {
            assert.ok(thrown instanceof Failure, String(thrown));
            assert.equal(thrown.code, code, thrown.message);
            assert.match(thrown.message, message);
            assert.match(thrown.hint ?? "", hint, thrown.message);
            assert.deepEqual(thrown.facts, { file: "Dockerfile", line }, thrown.message);
            assert.ok(thrown.message.startsWith(`Dockerfile:${line}: `), thrown.message);
            const written = dockerfile.split("\n")[line - 1] ?? "";
            if (written !== "") assert.ok(thrown.message.includes(written), thrown.message);
            return true;
          },
          dockerfile,
        );
      }
    });
  }
});
