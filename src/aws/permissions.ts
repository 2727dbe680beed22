/** What publishing, checking and auditing call at a repository (Amazon ECR, "Actions, resources, and condition keys"). */
export const publishingActions: readonly string[] = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:CompleteLayerUpload",
  "ecr:DescribeImages",
  "ecr:DescribeRepositories",
  "ecr:GetDownloadUrlForLayer",
  "ecr:GetLifecyclePolicy",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];

const requests: readonly (readonly [RegExp, RegExp, string])[] = [
  [/^(?:GET|HEAD)$/, /\/(?:manifests|referrers)\//, "ecr:BatchGetImage"],
  [/^PUT$/, /\/manifests\//, "ecr:PutImage"],
  [/^DELETE$/, /\/manifests\//, "ecr:BatchDeleteImage"],
  [/^HEAD$/, /\/blobs\//, "ecr:BatchCheckLayerAvailability"],
  [/^GET$/, /\/blobs\/[a-z0-9]+:/, "ecr:GetDownloadUrlForLayer"],
  [/^POST$/, /\/blobs\/uploads\//, "ecr:InitiateLayerUpload"],
  [/^PATCH$/, /\/blobs\/uploads\//, "ecr:UploadLayerPart"],
  [/^PUT$/, /\/blobs\/uploads\//, "ecr:CompleteLayerUpload"],
  [/^GET$/, /\/tags\/list$/, "ecr:ListImages"],
];

/** The permission that a request to a registry of ECR needs, and the repository that it is about. */
export function permissionFor(method: string, url: URL): { readonly action: string | undefined; readonly repository: string | undefined } {
  const repository = /\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(url.pathname)?.[1];
  const action = requests.find(([methods, paths]) => methods.test(method) && paths.test(url.pathname))?.[2];
  return { action, repository };
}
