/** What every service shares: its life cycle and configuration, the bus, tasks with their steps, event consumers. */
export { backoffMs } from "./backoff.ts";
export {
  type Bus,
  type BusOptions,
  type BusPlace,
  connectBus,
  isLoginRefused,
  type PublishOutcome,
} from "./bus/bus.ts";
export { type BusState, type ConsumerState, inspectBus, type StreamState } from "./bus/inspect.ts";
export { type IncomingMessage, readMessage } from "./bus/message.ts";
export { ensureStreams } from "./bus/streams.ts";
export { type EventWatch, lastEventSequence, type WatchOptions, watchEvents } from "./bus/watch.ts";
export { CommandRejectedError, ConfigurationError, PermanentError, ServiceStoppingError } from "./errors.ts";
export { defineConsumer, type EventConsumer, type ReceivedEvent } from "./event/event-consumer.ts";
export { replayDeadLetters } from "./replay-dead-letters.ts";
export type { Component } from "./service/component.ts";
export {
  type DatabasePlace,
  databasePlace,
  databaseSettings,
  natsPlace,
  natsSettings,
  redisPlace,
  redisSettings,
} from "./service/links.ts";
export { createLogger, type Logger } from "./service/logging.ts";
export {
  type RunningService,
  runService,
  type ServiceDefinition,
  type ServiceEnvironment,
  startService,
} from "./service/run-service.ts";
export {
  type BaseSettings,
  baseSettings,
  type Environment,
  placeOf,
  readSettings,
  sectionOf,
  yesOrNo,
} from "./service/settings.ts";
export { readSettingsFile, SERVICE_NAMES } from "./service/settings-file.ts";
export { tlsAdvice } from "./service/tls-advice.ts";
export { watchForStrays } from "./stray-messages.ts";
export { type CommandContext, defineCommand, type ServiceCommand } from "./task/service-command.ts";
export { defineTask, type Step, type Task, type TaskContext, type TaskResult } from "./task/task.ts";
export { withSpan } from "./trace/span.ts";
