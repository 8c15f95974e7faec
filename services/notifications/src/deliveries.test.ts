import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Database, openDatabase } from "@vigia/database";
import type { Channel } from "@vigia/messages";
import { createLogger } from "@vigia/runtime";
import { createDatabase, eventually, type TestDatabase } from "@vigia/testkit";
import { Counter, Registry } from "prom-client";
import { SMTPServer } from "smtp-server";
import { Webhook } from "standardwebhooks";
import { emailChannel } from "./channels/email.ts";
import { secretOf, webhookChannel } from "./channels/webhook.ts";
import { startDeliveries } from "./deliveries.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const SARA = randomUUID();
const BENITO = randomUUID();

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Mail {
  readonly to: string;
  readonly text: string;
}

let server: TestDatabase;
let database: Database;
let receiver: Server;
let url: string;
let received: Received[];
/** What the receiver answers next, oldest first; 204 when there is no more. `undefined`: nothing at all. */
let answers: (number | undefined)[];
let smtp: SMTPServer;
let smtpUrl: string;
let mails: Mail[];
let smtpRefusals: number[];
/** Whether the server takes what it gets and says so; else it takes it and says nothing. */
let smtpAnswers: boolean;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "deliveries-test" });
  await database.query(
    `INSERT INTO marketplace.users (id, name, address, language, operator) VALUES
       ($1, 'Sara', '0x1', 'en', false), ($2, 'Benito', '0x2', 'es', false)`,
    [SARA, BENITO],
  );
});
beforeEach(async () => {
  [received, answers, mails, smtpRefusals, smtpAnswers] = [[], [], [], [], true];
  receiver = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    received.push({ headers: request.headers, text });
    const status = answers.length > 0 ? answers.shift() : 204;
    if (status !== undefined) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  smtp = new SMTPServer({
    disabledCommands: ["STARTTLS", "AUTH"],
    closeTimeout: 100,
    onRcptTo: (_address, _session, done) => {
      const code = smtpRefusals.shift();
      done(code === undefined ? null : Object.assign(new Error("not now"), { responseCode: code }));
    },
    onData: (stream, session, done) => {
      stream
        .toArray()
        .then((parts: Buffer[]) => {
          mails.push({ to: session.envelope.rcptTo[0]?.address ?? "", text: Buffer.concat(parts).toString() });
          if (smtpAnswers) done();
        })
        .catch(done);
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  smtpUrl = `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await new Promise<void>((resolve) => smtp.close(resolve));
  await database.query("TRUNCATE vigia.notifications, vigia.subscriptions CASCADE");
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

function start({ allowsPrivateNetworks = false } = {}): { stop(): Promise<void> } {
  const deliveries = startDeliveries({
    database,
    channels: {
      webhook: webhookChannel(SECRET, allowsPrivateNetworks),
      email: emailChannel(smtpUrl, "Market <notices@example.org>"),
    },
    source: "notifications",
    log: createLogger("deliveries-test", "fatal"),
    ended: new Counter({ name: "ended", help: "-", labelNames: ["channel", "outcome"], registers: [new Registry()] }),
  });
  stops.push(() => deliveries.stop());
  return deliveries;
}

const subscribe = (channel: Channel, address: string, userId?: string, kinds?: string[]) =>
  database.transaction({ source: "test" }, (tx) =>
    tx.deliveries.subscribe({ channel, address, kinds, ...(userId ? { userId } : {}) }),
  );

async function tell(userId: string, title = "The order has expired", kind = "order-expired"): Promise<void> {
  const notice = { userId, kind, title, body: "Do not pay for it.", data: { orderId: "o-1" } };
  await database.transaction({ source: "test" }, (tx) => tx.notifications.add(randomUUID(), [notice]));
}

async function outcomes() {
  const { rows } = await database.query<{ outcome: string | null; error: string | null }>(
    `SELECT outcome, error FROM vigia.deliveries ORDER BY created_at, id`,
  );
  return rows;
}

/** As if the wait after a failure were over. */
const waitIsOver = () => database.query("UPDATE vigia.subscriptions SET free_at = now()");
const failures = async () =>
  (await database.query<{ failures: number }>("SELECT failures FROM vigia.subscriptions")).rows[0]?.failures;

describe("webhooks", () => {
  it("tell the marketplace of every user's notices, signed so that a receiver can check them", async () => {
    await subscribe("webhook", url);
    await tell(SARA);
    start();
    await eventually(async () => expect(await outcomes()).toEqual([{ outcome: "delivered", error: null }]));
    const [{ headers, text }] = received as [Received];
    expect(new Webhook(SECRET).verify(text, headers as Record<string, string>)).toMatchObject({
      type: "notice.order-expired",
      data: { userId: SARA, language: "en", title: "The order has expired", details: { orderId: "o-1" } },
    });
    expect(() => new Webhook(SECRET).verify(text.replace("o-1", "o-2"), headers as Record<string, string>)).toThrow();
  });

  it("try again what failed, under the same id, and in order", async () => {
    answers = [500, 302, 200];
    await subscribe("webhook", url);
    await tell(SARA, "one");
    await tell(SARA, "two");
    start();
    for (const failed of [1, 2]) {
      await eventually(async () => expect(await failures()).toBe(failed));
      await waitIsOver();
    }
    await eventually(async () =>
      expect((await outcomes()).map(({ outcome }) => outcome)).toEqual(["delivered", "delivered"]),
    );
    expect(received.map(({ text }) => JSON.parse(text).data.title)).toEqual(["one", "one", "one", "two"]);
    expect(new Set(received.slice(0, 3).map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("are sent again under the same id where the process ended before it knew", async () => {
    answers = [undefined];
    await subscribe("webhook", url);
    await tell(SARA);
    const first = start();
    await eventually(() => received.length === 1);
    await first.stop();
    expect(await failures()).toBe(0);
    expect(await outcomes()).toEqual([{ outcome: null, error: null }]);
    start();
    await eventually(async () => expect(await outcomes()).toEqual([{ outcome: "delivered", error: null }]));
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("never lead from a user's address into a private network", async () => {
    await subscribe("webhook", url, SARA);
    await subscribe("webhook", url.replace("127.0.0.1", "localhost"), BENITO);
    await tell(SARA);
    await tell(BENITO);
    start();
    await eventually(async () => {
      const { rows } = await database.query("SELECT failures FROM vigia.subscriptions");
      expect(rows).toEqual([{ failures: 1 }, { failures: 1 }]);
    });
    expect(received).toEqual([]);
  });

  it("of another receiver go on while one answers nothing", async () => {
    answers = [undefined];
    await subscribe("webhook", url);
    await tell(SARA, "stuck");
    start();
    await eventually(() => received.length === 1);
    await subscribe("email", "sara@example.org", SARA);
    await tell(SARA, "by e-mail");
    await eventually(() => mails.length === 1);
    expect(received).toHaveLength(1);
  });

  it("end where the receiver answers that it wants no more", async () => {
    answers = [410];
    await subscribe("webhook", url);
    await tell(SARA);
    start();
    await eventually(async () =>
      expect(await outcomes()).toEqual([{ outcome: "refused", error: "the receiver answered 410: it wants no more" }]),
    );
  });

  it("are given up after three days of failures", async () => {
    answers = [500];
    await subscribe("webhook", url);
    await tell(SARA);
    await database.query("UPDATE vigia.deliveries SET created_at = now() - interval '73 hours'");
    await tell(SARA);
    start();
    await eventually(async () =>
      expect(await outcomes()).toEqual([
        { outcome: "given-up", error: "the receiver answered 500" },
        { outcome: null, error: null },
      ]),
    );
  });

  it("of a user are signed with that user's secret alone", async () => {
    await subscribe("webhook", url, SARA);
    await tell(SARA);
    start({ allowsPrivateNetworks: true });
    await eventually(() => received.length === 1);
    const [{ headers, text }] = received as [Received];
    const signed = headers as Record<string, string>;
    expect(new Webhook(secretOf(SECRET, SARA)).verify(text, signed)).toMatchObject({ data: { userId: SARA } });
    for (const other of [secretOf(SECRET, BENITO), SECRET]) {
      expect(() => new Webhook(other).verify(text, signed)).toThrow();
    }
  });
});

describe("e-mail", () => {
  it("tells a user of the kinds that they chose, in their language", async () => {
    await subscribe("email", "benito@example.org", BENITO, ["order-paid"]);
    await tell(BENITO, "La orden ha caducado", "order-expired");
    await tell(BENITO, "El comprador ha pagado", "order-paid");
    start();
    await eventually(() => mails.length === 1);
    expect(mails[0]?.to).toBe("benito@example.org");
    expect(mails[0]?.text).toContain("Subject: El comprador ha pagado");
    expect(mails[0]?.text).toContain("Auto-Submitted: auto-generated");
    expect(await outcomes()).toHaveLength(1);
  });

  it("gathers a flood in one message that says how many", async () => {
    await subscribe("email", "benito@example.org", BENITO);
    for (let n = 1; n <= 25; n += 1) await tell(BENITO, `aviso ${n}`);
    start();
    await eventually(async () => {
      const all = await outcomes();
      expect(all.filter(({ outcome }) => outcome === "delivered")).toHaveLength(25);
    });
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain("Subject: Tienes 25 avisos nuevos");
    expect(mails[0]?.text).toContain("aviso 20.");
    expect(mails[0]?.text).not.toContain("aviso 21.");
    expect(mails[0]?.text).toMatch(/y 5 m=C3=A1s|y 5 más/);
  });

  it.each([
    ["one notice", 1],
    ["many", 25],
  ])("of %s is the same message again where nobody knew whether it came, whatever came meanwhile", async (_, count) => {
    smtpAnswers = false;
    await subscribe("email", "sara@example.org", SARA);
    for (let n = 1; n <= count; n += 1) await tell(SARA, `notice ${n}`);
    const first = start();
    await eventually(() => mails.length === 1);
    await first.stop();
    smtpAnswers = true;
    for (const title of ["late one", "late two", "late three", "late four"]) await tell(SARA, title);
    start();
    await eventually(async () => expect((await outcomes()).every(({ outcome }) => outcome === "delivered")).toBe(true));
    const [once, again, late, ...more] = mails.map(({ text }) => text);
    const idOf = (text = "") => /^Message-ID: (\S+)/im.exec(text)?.[1];
    const subjectOf = (text = "") => /^Subject: (.+)/m.exec(text)?.[1];
    expect([idOf(again), subjectOf(again)]).toEqual([idOf(once), subjectOf(once)]);
    expect(idOf(late)).not.toBe(idOf(once));
    expect(subjectOf(late)).toBe("You have 4 new notices");
    expect(more).toEqual([]);
  });

  it("is tried again where the server is busy, and not where the mailbox does not exist", async () => {
    smtpRefusals = [451];
    await subscribe("email", "sara@example.org", SARA);
    await tell(SARA, "first");
    start();
    await eventually(async () => expect(await failures()).toBe(1));
    await waitIsOver();
    await eventually(() => mails.length === 1);
    smtpRefusals = [550];
    await tell(SARA, "second");
    await eventually(async () =>
      expect(await outcomes()).toMatchObject([{ outcome: "delivered" }, { outcome: "refused" }]),
    );
    expect(mails).toHaveLength(1);
  });
});

it("two processes tell of each notice once", async () => {
  await subscribe("webhook", url);
  for (let n = 0; n < 40; n += 1) await tell(SARA, `${n}`);
  start();
  start();
  await eventually(async () => {
    const all = await outcomes();
    expect(all.filter(({ outcome }) => outcome === "delivered")).toHaveLength(40);
  });
  expect(received.map(({ text }) => JSON.parse(text).data.title)).toEqual(Array.from({ length: 40 }, (_, n) => `${n}`));
});

it("what waits for a subscription that was taken back is told no more", async () => {
  await subscribe("email", "sara@example.org", SARA);
  await tell(SARA);
  await database.transaction({ source: "test" }, (tx) => tx.deliveries.unsubscribe(SARA, "email"));
  expect(await outcomes()).toEqual([]);
});

it("what was given up is told once somebody has it tried again, and to nobody else", async () => {
  await subscribe("webhook", url, SARA);
  await subscribe("email", "benito@example.org", BENITO);
  await tell(SARA, "first");
  await tell(BENITO, "another");
  const giveUp = `UPDATE vigia.deliveries SET ended_at = now(), outcome = 'given-up', error = 'no answer'`;
  await database.query(giveUp);
  await database.query("UPDATE vigia.subscriptions SET failures = 9, free_at = now() + interval '1 hour'");
  start({ allowsPrivateNetworks: true });
  const tryAgain = (which: object) =>
    database.transaction({ source: "test" }, (tx) => tx.deliveries.tryAgain(which, 10));
  expect(await tryAgain({ userId: SARA, channel: "email" })).toBe(0);
  expect(await tryAgain({ userId: SARA })).toBe(1);
  await eventually(() => received.length === 1);
  await eventually(async () =>
    expect((await outcomes()).map(({ outcome }) => outcome).sort()).toEqual(["delivered", "given-up"]),
  );
  expect(await tryAgain({ channel: "webhook" })).toBe(0);
  expect(await tryAgain({ channel: "email" })).toBe(1);
  await eventually(() => mails.length === 1);
});
