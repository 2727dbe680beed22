/** The part of the AWS SDK that roles take; a file of its own, because it is loaded only where a role is met. */
export { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
