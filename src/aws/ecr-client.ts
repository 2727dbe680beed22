/** The part of the AWS SDK that signing in takes; a file of its own, because it is loaded only where an ECR host is met. */
export { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
