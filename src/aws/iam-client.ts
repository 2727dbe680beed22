/** The part of the AWS SDK that reads a role; a file of its own, because only the preflight loads it. */
export { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
