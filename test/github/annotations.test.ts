import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { annotations, failureAnnotations, githubContext, noteworthy } from "../../src/github/index.ts";
import { aReport } from "../support/report.ts";

suite("annotations", () => {
  test("stand at the file and line of what failed", () => {
    const facts = { file: "docker/Dockerfile", line: 7 };
    const [line] = failureAnnotations({
      code: "DOCKERFILE_INVALID",
      message: "FORM is not an instruction",
      hint: "Did you mean FROM?",
      facts,
    });
    assert.equal(
      line,
      "::error title=DOCKERFILE_INVALID (exit 7),file=docker/Dockerfile,line=7::FORM is not an instruction%0ADid you mean FROM?",
    );
  });

  test("stand at each line where a failure has several, in the folder that the repository is in", () => {
    const facts = { file: "waybill.yaml", line: 2 };
    const message = "waybill.yaml:2: unknown key\nwaybill.yaml:7: no platform";
    const failure = { code: "CONFIG_INVALID", message, hint: "Look.", facts } as const;
    assert.deepEqual(annotations({ failures: [failure], findings: [] }, "sub/app"), [
      "::error title=CONFIG_INVALID (exit 2),file=sub/app/waybill.yaml,line=2::waybill.yaml:2: unknown key%0ALook.",
      "::error title=CONFIG_INVALID (exit 2),file=sub/app/waybill.yaml,line=7::waybill.yaml:7: no platform",
    ]);
    const quoting = { ...failure, message: "waybill.yaml:2: unknown key\n  2 | waybill.yaml:7: no\nand more" };
    assert.equal(annotations({ failures: [quoting], findings: [] }).length, 1);
  });

  test("are errors, warnings and no notes, each once", () => {
    const warning = { level: "warning", code: "W", message: "look" } as const;
    const findings = [warning, warning, { level: "note", code: "N", message: "nothing" } as const];
    const lines = annotations(noteworthy([aReport({ findings }, { warnings: [{ text: "hm" }] }), aReport({ findings })]));
    assert.deepEqual(lines, ["::warning title=W::look", "::warning::hm"]);
  });

  test("are one command each, whatever is in the message", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (message, file) => {
        const [line = ""] = failureAnnotations({ code: "DENIED", message, facts: { file, line: 1 } });
        assert.doesNotMatch(line, /[\r\n]/);
        assert.equal(line.split("::").length >= 3, true);
        const [, properties = ""] = /^::error ([^:]*)::/.exec(line) ?? [];
        assert.equal(properties.split(",").length, 3);
      }),
    );
  });
});

test("The run's own facts are its link, actor and attempt, and none outside of GitHub", () => {
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "o/r",
    GITHUB_RUN_ID: "7",
    GITHUB_RUN_ATTEMPT: "2",
    GITHUB_ACTOR: "me",
    GITHUB_TOKEN: "secret",
  };
  const context = githubContext(env);
  assert.equal(context?.["link"], "https://github.com/o/r/actions/runs/7/attempts/2");
  assert.equal(context?.["actor"], "me");
  assert.doesNotMatch(JSON.stringify(context), /secret/);
  assert.equal(githubContext({ ...env, GITHUB_ACTIONS: undefined }), undefined);
});
