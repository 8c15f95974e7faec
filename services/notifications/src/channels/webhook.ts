import { createHmac } from "node:crypto";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import axios from "axios";
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from "request-filtering-agent";
import { Webhook } from "standardwebhooks";
import type { OutsideChannel, Parcel } from "./channel.ts";
import { RefusedError } from "./channel.ts";

const PREFIX = "whsec_";
const LARGEST_ANSWER_BYTES = 64 * 1024;
const GONE = 410;

/**
 * Signed webhooks after https://www.standardwebhooks.com: a receiver knows a repetition by its `webhook-id`. A user's
 * URL may lead into a private network only where the operator allows it; the marketplace's own may.
 */
export function webhookChannel(secret: string, allowsPrivateNetworks: boolean): OutsideChannel {
  const own = { httpAgent: new HttpAgent({ keepAlive: true }), httpsAgent: new HttpsAgent({ keepAlive: true }) };
  const rule = { allowPrivateIPAddress: allowsPrivateNetworks };
  const users = { httpAgent: new RequestFilteringHttpAgent(rule), httpsAgent: new RequestFilteringHttpsAgent(rule) };
  return {
    async send({ id, to, deliveries: [delivery], signal }: Parcel) {
      const { notificationId, userId, language, kind, title, body, data, at } = delivery;
      const message = {
        type: `notice.${kind}`,
        timestamp: at.toISOString(),
        data: { notificationId, userId, language, title, body, details: data },
      };
      const text = JSON.stringify(message);
      const sentAt = new Date();
      const signer = new Webhook(to.userId === null ? secret : secretOf(secret, to.userId));
      const { status } = await axios.post(to.address, text, {
        headers: {
          "content-type": "application/json",
          "user-agent": "vigia-notifications",
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)),
          "webhook-signature": signer.sign(id, sentAt, text),
        },
        ...(to.userId === null ? own : users),
        ...{ signal, maxRedirects: 0, maxContentLength: LARGEST_ANSWER_BYTES, proxy: false, responseType: "text" },
        validateStatus: () => true,
      });
      if (status === GONE) throw new RefusedError("the receiver answered 410: it wants no more");
      if (status < 200 || status > 299) throw new Error(`the receiver answered ${status}`);
    },
    close() {
      for (const agent of [...Object.values(own), ...Object.values(users)]) agent.destroy();
    },
  };
}

/**
 * The secret that a user's webhook is signed with, so that no receiver can sign for another: HMAC-SHA256 of the user's
 * id under the bytes of the marketplace's secret.
 */
export function secretOf(secret: string, userId: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), "base64");
  return PREFIX + createHmac("sha256", key).update(userId).digest("base64");
}
