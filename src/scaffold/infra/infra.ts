import type { ImageSettings } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";
import type { Found } from "../find.ts";
import type { WantedFile } from "../scaffold.ts";
import { otherService } from "../service.ts";
import { accountsOf } from "./accounts.ts";
import { cloudFormation } from "./cloudformation.ts";
import { terraform } from "./terraform.ts";

/**
 * The infrastructure at AWS as CloudFormation and as Terraform, a folder for each account: `infra/ACCOUNT/`.
 * @throws Failure CONFIG_MISSING without a destination at ECR, or without a remote at GitHub; CONFIG_INVALID for two roles in one account
 */
export function infra(images: readonly ImageSettings[], { remote }: Pick<Found, "remote">): readonly WantedFile[] {
  if (remote === undefined || otherService(remote.host) !== undefined)
    throw new Failure("CONFIG_MISSING", "the role's trust policy names the repository at GitHub, and there is no remote to tell it", {
      hint: "git remote add origin git@github.com:OWNER/NAME.git",
    });
  return accountsOf(images, `${remote.owner}/${remote.name}`).flatMap((account) => [
    { path: `infra/${account.account}/cloudformation.yaml`, text: cloudFormation(account), ours: () => false },
    { path: `infra/${account.account}/main.tf`, text: terraform(account), ours: () => false },
  ]);
}
