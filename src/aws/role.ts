import { Failure } from "../failure/index.ts";

/** An IAM role, as its ARN says (IAM, "IAM ARNs"). */
export interface Role {
  readonly arn: string;
  readonly partition: string;
  readonly account: string;
  /** Without its path. */
  readonly name: string;
}

const pattern = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\u0021-\u007e]*\/)?([\w+=,.@-]+)$/;
/** STS leaves the role's path out. */
const session = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/[\w+=,.@-]+$/;

/**
 * The parts of a role's ARN.
 * @throws Failure CONFIG_INVALID
 */
export function parseRole(arn: string): Role {
  const [, partition, account, name] = pattern.exec(arn) ?? [];
  if (partition !== undefined && account !== undefined && name !== undefined) return { arn, partition, account, name };
  throw new Failure("CONFIG_INVALID", "the role is not an IAM role's ARN", { hint: "Write arn:aws:iam::ACCOUNT:role/NAME." });
}

/** Whether an identity's ARN is a session of this role: partition, account and name are compared. */
export function isSessionOf(identity: string, role: Role): boolean {
  const [, partition, account, name] = session.exec(identity) ?? [];
  return partition === role.partition && account === role.account && name === role.name;
}
