import type { Database } from "@vigia/database";
import { commandSubject, newMessageId, PAGE_COMMANDS, parseCommand, toHeaders } from "@vigia/messages";
import type { Bus } from "@vigia/runtime";
import type { FastifyInstance } from "fastify";
import { noteAction, noteUnconfirmed } from "../actions/record.ts";
import type { CommandGiven } from "../answers.ts";
import type { OperatorOf } from "./gate.ts";
import { commandInput } from "./inputs.ts";
import { HttpProblem, readInput } from "./problem.ts";

/**
 * `POST /commands`: gives a command in an operator's name, as `vigia` gives it: the same message on the same subject.
 * It is on record before it is sent. 202: it was taken; what comes of it is told under `/actions`.
 */
export function serveCommands(api: FastifyInstance, database: Database, bus: Bus, operatorOf: OperatorOf): void {
  api.post("/commands", async (request, reply) => {
    const { name: operator } = await operatorOf(request);
    const { target, command, data } = readInput(commandInput, request.body);
    if (!PAGE_COMMANDS.includes(`${target}.${command}`)) {
      throw new HttpProblem(400, `command: the page does not offer "${target}.${command}"; \`vigia\` may`);
    }
    const parsed = parseCommand(target, command, data);
    if (!parsed.ok) throw new HttpProblem(400, parsed.reason);
    const commandId = newMessageId();
    await noteAction(database, { commandId, operator, target, command, data });
    const subject = commandSubject(target, command);
    const time = new Date().toISOString();
    const envelope = { id: commandId, source: "vigia-page", type: subject, time, correlationId: commandId };
    try {
      await bus.publish(subject, data, toHeaders(envelope));
    } catch (error) {
      request.log.error({ err: error, commandId, subject }, "NATS did not confirm a command");
      await noteUnconfirmed(database, commandId);
      throw new HttpProblem(
        503,
        `NATS did not confirm the command ${commandId}; the service's log says why. It may have come through all the same: the record of actions will say so.`,
      );
    }
    const given: CommandGiven = { commandId };
    return reply.code(202).send(given);
  });
}
