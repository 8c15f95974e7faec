import { asError } from "./errors.ts";

/** Takes out of a text what must not leave the process. */
export type Redact = (text: string) => string;

const MASK = "[redacted]";
/** Who logs in to what a URL names. A password may hold an `@`; what follows the last one is the host. */
const LOGIN = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'\\]*@/gi;
/** A shorter value is found in every other word; in a URL it is masked all the same. */
const SHORTEST_SECRET = 6;
/** A part of a URL's path that is this long is a key, as providers of chains and webhooks hand out. */
const SHORTEST_KEY = 16;
const SECRET_NAME = /pass|secret|token|key|auth|credential/i;
/** Such as those that a collector of traces wants: `name=value`, with commas between, and the values are secrets. */
const HEADERS_NAME = /headers$/i;
const CAUSE_LIMIT = 5;

/** Masks the logins of URLs: what can be said of a text without knowing any secret. */
export const maskLogins: Redact = (text) => text.replace(LOGIN, `$1${MASK}@`);

/**
 * Masks the logins of URLs, and wherever they occur the secrets that these settings hold, alone or in lists: the values
 * of those that are named as secrets; of URLs the password, a lone user (it is a token), long parts of the path and the
 * query's keys.
 */
export function createRedactor(settings: Readonly<Record<string, unknown>>): Redact {
  const found = Object.entries(settings).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => (typeof each === "string" ? secretsIn(name, each) : [])),
  );
  const forms = [...new Set(found.flatMap(formsOf))].filter((secret) => secret.length >= SHORTEST_SECRET);
  forms.sort((a, b) => b.length - a.length);
  return (text) => maskLogins(forms.reduce((masked, secret) => masked.replaceAll(secret, MASK), text));
}

/** Redacts the texts of an error and of its causes in place: its class still decides what becomes of the message. */
export function redactError(thrown: unknown, redact: Redact): Error {
  const error = asError(thrown);
  let each: unknown = error;
  for (let depth = 0; each instanceof Error && depth < CAUSE_LIMIT; depth += 1) {
    const { stack } = each;
    each.message = redact(each.message);
    if (stack !== undefined) each.stack = redact(stack);
    each = each.cause;
  }
  return error;
}

function secretsIn(name: string, value: string): string[] {
  if (HEADERS_NAME.test(name)) return value.split(",").flatMap(secretsOfHeader);
  const urls = value.split(/[\s,]+/).filter((part) => URL.canParse(part));
  if (urls.length === 0) return SECRET_NAME.test(name) ? [value] : [];
  return urls.flatMap((url) => secretsOfUrl(new URL(url)));
}

/** All of the value, and the last word alone: `Bearer` is none. */
function secretsOfHeader(header: string): string[] {
  const value = header.slice(header.indexOf("=") + 1).trim();
  return [value, decoded(value).split(" ").at(-1) ?? ""];
}

function secretsOfUrl({ username, password, pathname, searchParams }: URL): string[] {
  const keys = pathname.split("/").filter((part) => part.length >= SHORTEST_KEY);
  const parameters = [...searchParams].filter(
    ([name, value]) => SECRET_NAME.test(name) || value.length >= SHORTEST_KEY,
  );
  return [password || username, ...keys, ...parameters.map(([, value]) => value)];
}

/** As it stands, encoded as in a URL and decoded from one, and each of them as in JSON. */
function formsOf(secret: string): string[] {
  const plain = decoded(secret);
  const forms = [secret, plain, encodeURIComponent(plain)];
  return [...forms, ...forms.map((form) => JSON.stringify(form).slice(1, -1))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
