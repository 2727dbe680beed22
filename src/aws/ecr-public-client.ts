/** The part of the AWS SDK that ECR's public registry takes; a file of its own, because it is loaded only where that is signed in at. */
export { ECRPUBLICClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr-public";
