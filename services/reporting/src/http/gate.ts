import { randomBytes } from "node:crypto";
import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import type { Database } from "@vigia/database";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { SessionAnswer } from "../answers.ts";
import { readSession, SESSION_SECONDS, type Session, writeSession } from "../login/session.ts";
import { createSessionEnds, type SessionEnds } from "../login/session-ends.ts";
import { authenticate } from "../login/users.ts";
import type { WebSettings } from "../settings.ts";
import { loginInput } from "./inputs.ts";
import { HttpProblem, readInput } from "./problem.ts";

const COOKIE = "vigia-session";
const SESSION_KEY_BYTES = 48;
/** Per address of a client: enough for whoever mistypes, and too few for whoever guesses. */
const LOGINS = { max: 10, timeWindow: 60_000 };
const READS: readonly string[] = ["GET", "HEAD"];

/** Who asks; throws a problem where it is no operator. */
export type OperatorOf = (request: FastifyRequest) => Promise<Session>;

/** Follows what allows this request to look for longer than a moment; undefined where everybody may, always. */
export type MayLookOn = (request: FastifyRequest) => Promise<ReturnType<SessionEnds["follow"]> | undefined>;

export interface Gate {
  readonly operatorOf: OperatorOf;
  readonly mayLookOn: MayLookOn;
}

/**
 * Lets in who may: whoever is logged in reads (or everybody, where the settings say so), operators act. It serves
 * `/session`: who am I, log in, log out. Whatever changes something must come from our own page: the cookie is kept
 * from requests of other sites (`SameSite`), and a request that names another origin is refused.
 */
export async function guardApi(api: FastifyInstance, settings: WebSettings, database: Database): Promise<Gate> {
  const users = settings.WEB_USERS ?? [];
  const isOpen = users.length === 0 || settings.WEB_OPEN_READING;
  const attributes = {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: settings.WEB_ORIGIN?.startsWith("https:") ?? false,
  } as const;
  await api.register(cookie, { secret: settings.WEB_SESSION_KEY ?? randomBytes(SESSION_KEY_BYTES).toString("hex") });
  await api.register(rateLimit, { global: false });

  const ends = createSessionEnds(database, (error) => api.log.warn({ err: error }, "sessions could not be looked for"));
  api.addHook("onClose", async () => ends.close());

  async function findSession(request: FastifyRequest): Promise<Session | undefined> {
    const signed = request.unsignCookie(request.cookies[COOKIE] ?? "");
    const session = signed.valid ? readSession(signed.value, users, new Date()) : undefined;
    return session && !(await ends.isOver(session)) ? session : undefined;
  }

  /** Looked for once, however often a request's session is asked for. */
  const known = new WeakMap<FastifyRequest, Promise<Session | undefined>>();
  function sessionOf(request: FastifyRequest): Promise<Session | undefined> {
    const found = known.get(request) ?? findSession(request);
    known.set(request, found);
    return found;
  }

  function answer(session: Session | undefined): SessionAnswer {
    const user = session ? { name: session.name, role: session.role } : null;
    return { user, hasUsers: users.length > 0, mayRead: isOpen || session !== undefined };
  }

  async function operatorOf(request: FastifyRequest): Promise<Session> {
    if (users.length === 0) {
      throw new HttpProblem(
        403,
        "Nobody acts on this page: it has no users. WEB_USERS names them; see docs/web-page.md.",
      );
    }
    const session = (await sessionOf(request)) ?? loggedOut();
    if (session.role !== "operator") throw new HttpProblem(403, `${session.name} may look, and not act.`);
    return session;
  }

  api.addHook("onRequest", async (request) => {
    const isRead = READS.includes(request.method);
    if (!isRead) refuseForeign(request, settings.WEB_ORIGIN);
    if (request.routeOptions.url?.endsWith("/session")) return;
    if (!isRead) await operatorOf(request);
    else if (!isOpen && !(await sessionOf(request))) loggedOut();
  });

  api.get("/session", async (request) => answer(await sessionOf(request)));
  api.post("/session", { config: { rateLimit: LOGINS } }, async (request, reply) => {
    const { name, password } = readInput(loginInput, request.body);
    const user = await authenticate(users, name, password);
    if (!user) {
      request.log.warn({ address: request.ip }, "a login was refused");
      throw new HttpProblem(401, "There is no such user with that password.");
    }
    const written = writeSession(user, new Date());
    reply.setCookie(COOKIE, written, { ...attributes, signed: true, maxAge: SESSION_SECONDS });
    return answer(readSession(written, users, new Date()));
  });
  api.delete("/session", async (request, reply) => {
    const session = await sessionOf(request);
    if (session) await ends.logOut(session);
    reply.clearCookie(COOKIE, attributes);
    return answer(undefined);
  });
  return {
    operatorOf,
    async mayLookOn(request) {
      const session = isOpen ? undefined : await sessionOf(request);
      return session && ends.follow(session);
    },
  };
}

function loggedOut(): never {
  throw new HttpProblem(401, "Log in first.");
}

/** Browsers name the origin of whatever is no plain read; other clients have no cookie that a stranger could use. */
function refuseForeign({ headers: { origin, host } }: FastifyRequest, ours: string | undefined): void {
  if (origin === undefined || origin === ours) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new HttpProblem(
    403,
    `This came from a page of ${origin}, which is not ours. Behind a proxy, WEB_ORIGIN says where the page is.`,
  );
}
