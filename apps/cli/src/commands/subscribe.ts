import { CHANNELS, type Channel, NOTICE_KINDS } from "@vigia/messages";
import { type Command, Option } from "commander";
import { checkCommand } from "../command/send.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { positiveNumber } from "./values.ts";

interface SubscribeOptions extends WaitOptions {
  readonly email?: string;
  readonly webhook?: string;
  readonly kinds?: readonly string[];
}

interface UnsubscribeOptions extends WaitOptions {
  readonly channel: Channel;
}

export function addSubscribe(program: Command, serve: Serve): void {
  addWaiting(
    program
      .command("subscribe")
      .description("tell a user by e-mail or webhook as well; the earlier one of that channel ends")
      .argument("<user>", "the user's id")
      .addOption(new Option("--email <address>", "where to write to").conflicts("webhook"))
      .addOption(new Option("--webhook <url>", "what to call, signed as docs/notifications.md says"))
      .addOption(new Option("--kinds <kinds...>", "of these alone; all if left out").choices(NOTICE_KINDS))
      .addHelpText(
        "after",
        examples([
          ["vigia subscribe 6b1f… --email sara@example.org", "all of her notices"],
          ["vigia subscribe 6b1f… --webhook https://example.org/hook --kinds order-paid", "one kind alone"],
        ]),
      ),
  ).action(
    serve<SubscribeOptions>((session, { email, webhook, kinds, ...waiting }, [userId]) => {
      const data = {
        userId,
        channel: webhook === undefined ? "email" : "webhook",
        address: webhook ?? email,
        ...(kinds === undefined ? {} : { kinds }),
      };
      return carryOut(session, checkCommand("notifications", "subscribe", data), waiting);
    }),
  );
}

export function addUnsubscribe(program: Command, serve: Serve): void {
  addWaiting(
    program
      .command("unsubscribe")
      .description("tell a user on a channel no more; the inbox stays")
      .argument("<user>", "the user's id")
      .addOption(new Option("--channel <channel>", "the channel").choices(CHANNELS).makeOptionMandatory()),
  ).action(
    serve<UnsubscribeOptions>((session, { channel, ...waiting }, [userId]) =>
      carryOut(session, checkCommand("notifications", "unsubscribe", { userId, channel }), waiting),
    ),
  );
}

interface RedeliverOptions extends WaitOptions {
  readonly user?: string;
  readonly channel?: Channel;
}

export function addRedeliver(program: Command, serve: Serve): void {
  addWaiting(
    program
      .command("redeliver")
      .description("try again to tell what a receiver refused, or what was given up; mend the cause first")
      .argument("[delivery]", "the id of one delivery, as the page shows it")
      .option("--user <id>", "all to this user, instead of one delivery")
      .addOption(new Option("--channel <channel>", "all on this channel, instead of one delivery").choices(CHANNELS))
      .addHelpText(
        "after",
        examples([
          ["vigia redeliver --channel email --wait", "the mail server is well again"],
          ["vigia redeliver --user 6b1f…", "one user's webhook is"],
        ]),
      ),
  ).action(
    serve<RedeliverOptions>((session, { user, channel, ...waiting }, [deliveryId]) => {
      const data = {
        ...(deliveryId === undefined ? {} : { deliveryId }),
        ...(user === undefined ? {} : { userId: user }),
        ...(channel === undefined ? {} : { channel }),
      };
      return carryOut(session, checkCommand("notifications", "redeliver", data), waiting);
    }),
  );
}

function addWaiting(command: Command): Command {
  return command
    .option("--wait", "stay until it is done; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber);
}
