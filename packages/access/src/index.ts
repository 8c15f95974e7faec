/** Who may do what on the servers: one declaration, and what each server needs to know made from it. */
export {
  IDENTITIES_OF,
  loginOf,
  MARKETPLACE,
  makePassword,
  makePasswords,
  OPERATOR,
  type Passwords,
  settingsOf,
} from "./identity.ts";
export { natsConfiguration } from "./nats.ts";
export { hashPassword, isPasswordHash, isPasswordOf } from "./password.ts";
export { databaseAccess, type TableRight, tableRights } from "./postgres.ts";
export { redisUsers } from "./redis.ts";
export { type ConsumerAccess, consumersOf, SERVICES, type Service } from "./service.ts";
