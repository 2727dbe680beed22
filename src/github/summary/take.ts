import type { ImageReport } from "../../report/index.ts";
import { fence } from "../markdown.ts";
import type { Block } from "../page.ts";

/** How to pull the image and how to deploy it, by its digest: a tag says nothing of the bytes. */
export function takeBlock({ digestUri, digest, releaseTag }: Pick<ImageReport, "digestUri" | "digest" | "releaseTag">): readonly Block[] {
  if (digestUri === undefined || digest === undefined) return [];
  const uri = quoted(digestUri);
  const repository = digestUri.slice(0, -digest.length - 1);
  const host = repository.split("/", 1)[0] ?? "";
  const region = ecrRegion(host);
  const signIn =
    region === undefined ? [] : [`aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${host}`];
  return [
    {
      head: [
        ...fence([...signIn, `docker pull ${uri}`], "sh"),
        "",
        "<details><summary>Deploy by digest</summary>",
        "",
        ...fence(
          [
            "# Kubernetes",
            `kubectl set image deployment/NAME CONTAINER=${uri}`,
            "# Helm, where the chart has image.repository and image.tag",
            `helm upgrade RELEASE CHART --reuse-values --set-string image.repository=${quoted(repository)},image.tag=${quoted(`${releaseTag}@${digest}`)}`,
            "# Amazon ECS, in the container definition",
            `"image": ${JSON.stringify(digestUri)}`,
            ...(region === undefined ? [] : ["# AWS Lambda", `aws lambda update-function-code --function-name NAME --image-uri ${uri}`]),
          ],
          "sh",
        ),
        "",
        "</details>",
      ],
      detail: true,
    },
  ];
}

/** The region of a registry of Amazon ECR, by its host (Amazon ECR, "Private registry"). */
function ecrRegion(host: string): string | undefined {
  return /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2})\.[a-z.]+$/.exec(host)?.[1];
}

/** A word of a shell's command. */
function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`;
}
