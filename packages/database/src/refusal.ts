import { isNativeError } from "node:util/types";

/** What PostgreSQL calls it where a role may not do something, be it to a table or to a row. */
const INSUFFICIENT_PRIVILEGE = "42501";

const ADVICE =
  "this login has no right to that. If its work needs it, packages/access/src/service.ts says so, and for a table that " +
  "all services share packages/access/src/postgres.ts; docs/access.md says how rights are given again";

/** The same error; where PostgreSQL refused a right, its message also says where rights are declared. */
export function withAdvice(error: unknown): unknown {
  if (isNativeError(error) && "code" in error && error.code === INSUFFICIENT_PRIVILEGE) error.message += `: ${ADVICE}`;
  return error;
}
