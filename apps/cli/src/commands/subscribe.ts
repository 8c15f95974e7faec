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

function addWaiting(command: Command): Command {
  return command
    .option("--wait", "stay until it is done; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber);
}
