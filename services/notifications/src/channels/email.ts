import { createTransport } from "nodemailer";
import { digestWords } from "../templates/index.ts";
import { type OutsideChannel, type Parcel, RefusedError } from "./channel.ts";

/** More at once is a flood, and one message tells of all. */
const GATHERS_ABOVE = 3;
/** RFC 5321, 4.2.1: the mailbox does not exist, or is not to be written to. A policy that is in the way may be mended. */
const REFUSALS: readonly (number | undefined)[] = [550, 551, 553];

/** Plain text by SMTP. A message keeps its `Message-ID` when it is tried again. */
export function emailChannel(smtpUrl: string, from: string): OutsideChannel {
  const transport = createTransport(smtpUrl);
  return {
    gathersAbove: GATHERS_ABOVE,
    async send({ id, to, deliveries, signal }: Parcel) {
      const [first] = deliveries;
      const { title, body } = deliveries.length === 1 ? first : digestWords(first.language, deliveries);
      const sent = transport.sendMail({
        ...{ from, to: to.address, subject: title, text: body, messageId: `<${id}@vigia>` },
        // RFC 3834: no holiday message comes back.
        headers: { "Auto-Submitted": "auto-generated" },
      });
      await until(signal, sent).catch((error: unknown) => {
        const code = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : undefined;
        if (REFUSALS.includes(code)) throw new RefusedError((error as Error).message);
        throw error;
      });
    },
    close: () => transport.close(),
  };
}

function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
