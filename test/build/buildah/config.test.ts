import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { contentConfig } from "../../../src/build/buildah/config.ts";
import type { ImageConfig } from "../../../src/oci/index.ts";

const base: ImageConfig = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [] } };

suite("the config of what buildah built", () => {
  test("has nothing of the container that it was built in", () => {
    const made = (id: string): ImageConfig => ({
      ...base,
      container: id,
      container_config: { Hostname: id },
      parent: `sha256:${id}`,
      config: { Hostname: id, Domainname: "", AttachStdin: false, Image: "", Cmd: ["sh"], Entrypoint: [], Volumes: {}, User: "" },
      history: [{ created_by: "/bin/sh -c true", comment: `FROM ${id}` }],
    });
    assert.deepEqual(contentConfig(made("e0d21eb3ab39")), contentConfig(made("aaaaaaaaaaaa")));
    assert.deepEqual(contentConfig(made("e0d21eb3ab39")), {
      ...base,
      config: { Cmd: ["sh"] },
      history: [{ created_by: "/bin/sh -c true" }],
    });
  });

  test("keeps health check, shell, and what is not known", () => {
    const config = {
      Healthcheck: { Test: ["CMD", "true"], Interval: 1_000_000_000 },
      Shell: ["/bin/bash", "-c"],
      ExposedPorts: { "80/tcp": {} },
      NetworkDisabled: true,
    };
    const history = [{ created_by: "RUN /bin/sh -c true", comment: "buildkit.dockerfile.v0", empty_layer: true }];
    assert.deepEqual(contentConfig({ ...base, config, history, author: "me" }), { ...base, config, history, author: "me" });
  });
});
