import { yesOrNo } from "@vigia/runtime";
import { z } from "zod";
import { readUsers } from "./login/users.ts";

const SHORTEST_KEY = 32;

const users = z.string().transform((text, context) => {
  const { users, problems } = readUsers(text);
  for (const message of problems) context.addIssue({ code: "custom", message });
  return users;
});
const sessionKey = z
  .string()
  .min(SHORTEST_KEY, `must have ${SHORTEST_KEY} characters or more: openssl rand -base64 48`);
const origin = z
  .url({ protocol: /^https?$/, error: "must be a URL that starts with https:// or http://" })
  .transform((url) => new URL(url).origin);

/** The users of the web page, and how they are known. */
export const settings = z.object({
  WEB_USERS: users.optional().meta({
    yaml: "web.users",
    description:
      "Who may log in to the page: entries as `vigia web-user` prints them, with spaces or line breaks between. Without any, nobody acts there and everybody reads",
  }),
  WEB_OPEN_READING: yesOrNo(false).meta({
    yaml: "web.openReading",
    description: "Whether the page and its API can be read without a login though there are users",
  }),
  WEB_SESSION_KEY: sessionKey.optional().meta({
    yaml: "web.sessionKey",
    description:
      "What sessions are signed with; by default each process makes its own, so that logins end with it and hold for no other",
  }),
  WEB_ORIGIN: origin.optional().meta({
    yaml: "web.origin",
    description: "Where browsers find the page, behind a proxy: `https://vigia.example.org`",
  }),
});

export type WebSettings = z.infer<typeof settings>;
