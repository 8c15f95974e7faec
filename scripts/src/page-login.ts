import { hashPassword } from "@vigia/access";

/** Who may act on the web page. */
export interface PageLogin {
  readonly name: string;
  readonly password: string;
}

/** The settings of the page's service: this one operator, and reading for everybody on this machine. */
export async function pageSettings({ name, password }: PageLogin): Promise<Readonly<Record<string, string>>> {
  return { WEB_USERS: `${name}:operator:${await hashPassword(password)}`, WEB_OPEN_READING: "true" };
}
