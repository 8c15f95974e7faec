import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * The two schemas. `marketplace` belongs to the marketplace's own backend: its tables are made here only where it
 * brings none (an adopter puts updatable views in their place). `vigia` is ours.
 */
export class Foundation1700000001000 implements MigrationInterface {
  name = "Foundation1700000001000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(MARKETPLACE);
    await runner.query(CHAIN);
    await runner.query(FINDINGS);
    await runner.query(MESSAGES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP SCHEMA vigia CASCADE`);
  }
}

const MARKETPLACE = `
CREATE SCHEMA IF NOT EXISTS marketplace;
CREATE SCHEMA IF NOT EXISTS vigia;

CREATE TABLE IF NOT EXISTS marketplace.users (
  id         uuid PRIMARY KEY,
  name       text NOT NULL,
  address    text NOT NULL,
  language   text NOT NULL DEFAULT 'en',
  operator   boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS marketplace.orders (
  id               uuid PRIMARY KEY,
  seller_id        uuid NOT NULL,
  buyer_id         uuid NOT NULL,
  seller_address   text NOT NULL,
  buyer_address    text NOT NULL,
  chain_id         bigint NOT NULL,
  token            text NOT NULL,
  amount           numeric(78, 0) NOT NULL,
  trade_key        text,
  status           text NOT NULL,
  deposit_tx       text,
  payout_tx        text,
  expires_at       timestamptz NOT NULL,
  payment_deadline timestamptz,
  release_deadline timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  ended_at         timestamptz
);
CREATE INDEX IF NOT EXISTS orders_trade_key ON marketplace.orders (trade_key);
CREATE INDEX IF NOT EXISTS orders_due ON marketplace.orders (expires_at) WHERE status = 'created';
CREATE INDEX IF NOT EXISTS orders_status ON marketplace.orders (status, updated_at);

CREATE TABLE IF NOT EXISTS marketplace.order_history (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id    uuid NOT NULL,
  from_status text,
  to_status   text NOT NULL,
  actor       text NOT NULL,
  reason      text,
  at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS order_history_order ON marketplace.order_history (order_id, id);
CREATE INDEX IF NOT EXISTS order_history_at ON marketplace.order_history (at);

CREATE TABLE IF NOT EXISTS marketplace.disputes (
  id         uuid PRIMARY KEY,
  order_id   uuid NOT NULL,
  opened_by  uuid NOT NULL,
  status     text NOT NULL,
  winner_id  uuid,
  opened_at  timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  ruled_at   timestamptz,
  closed_at  timestamptz
);
CREATE INDEX IF NOT EXISTS disputes_order ON marketplace.disputes (order_id);
`;

const CHAIN = `
CREATE TABLE vigia.chain_cursors (
  chain_id     bigint NOT NULL,
  contract     text   NOT NULL,
  block_number bigint NOT NULL,
  block_hash   text,
  head_number  bigint NOT NULL,
  updated_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, contract)
);

-- The hashes of the blocks behind each cursor: by them a fork is noticed, and its common ancestor found.
CREATE TABLE vigia.chain_blocks (
  chain_id    bigint NOT NULL,
  contract    text   NOT NULL,
  number      bigint NOT NULL,
  hash        text   NOT NULL,
  parent_hash text   NOT NULL,
  mined_at    timestamptz NOT NULL,
  PRIMARY KEY (chain_id, contract, number)
);

CREATE TABLE vigia.chain_logs (
  chain_id         bigint NOT NULL,
  block_number     bigint NOT NULL,
  log_index        integer NOT NULL,
  block_hash       text   NOT NULL,
  transaction_hash text   NOT NULL,
  contract         text   NOT NULL,
  event            text   NOT NULL,
  escrow_id        text,
  arguments        jsonb  NOT NULL,
  mined_at         timestamptz NOT NULL,
  recorded_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, block_number, log_index)
);
CREATE INDEX chain_logs_escrow ON vigia.chain_logs (chain_id, contract, escrow_id, block_number, log_index);

CREATE TABLE vigia.escrows (
  chain_id       bigint NOT NULL,
  contract       text   NOT NULL,
  escrow_id      text   NOT NULL,
  order_id       uuid,
  status         text   NOT NULL,
  seller_address text   NOT NULL,
  buyer_address  text   NOT NULL,
  token          text   NOT NULL,
  amount         numeric(78, 0) NOT NULL,
  balance        numeric(78, 0) NOT NULL,
  created_block  bigint NOT NULL,
  updated_block  bigint NOT NULL,
  updated_log    integer NOT NULL,
  status_source  text   NOT NULL CHECK (status_source IN ('event', 'state')),
  status_since   timestamptz NOT NULL,
  verified_block bigint,
  verified_at    timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, contract, escrow_id)
);
CREATE INDEX escrows_order ON vigia.escrows (order_id);
CREATE INDEX escrows_status ON vigia.escrows (status, status_since);
CREATE INDEX escrows_id ON vigia.escrows (escrow_id);

CREATE TABLE vigia.escrow_transitions (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chain_id     bigint NOT NULL,
  contract     text   NOT NULL,
  escrow_id    text   NOT NULL,
  from_status  text,
  to_status    text   NOT NULL,
  source       text   NOT NULL CHECK (source IN ('event', 'state', 'reorg')),
  block_number bigint NOT NULL,
  log_index    integer,
  at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX escrow_transitions_escrow ON vigia.escrow_transitions (chain_id, contract, escrow_id, id);
`;

const FINDINGS = `
CREATE TABLE vigia.issues (
  fingerprint     text PRIMARY KEY,
  check_code      text NOT NULL,
  severity        text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low')),
  entity_type     text NOT NULL,
  entity_id       text NOT NULL,
  status          text NOT NULL CHECK (status IN ('open', 'acknowledged', 'snoozed', 'resolved')),
  evidence        jsonb NOT NULL,
  occurrences     integer NOT NULL DEFAULT 1,
  first_seen      timestamptz NOT NULL,
  last_seen       timestamptz NOT NULL,
  resolved_at     timestamptz,
  snoozed_until   timestamptz,
  reason          text
);
CREATE INDEX issues_status ON vigia.issues (status, severity, last_seen);
CREATE INDEX issues_check ON vigia.issues (check_code, status);

CREATE TABLE vigia.notifications (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL,
  kind       text NOT NULL,
  title      text NOT NULL,
  body       text NOT NULL,
  data       jsonb NOT NULL,
  event_id   text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  read_at    timestamptz,
  UNIQUE (event_id, user_id)
);
CREATE INDEX notifications_user ON vigia.notifications (user_id, created_at DESC);
CREATE INDEX notifications_age ON vigia.notifications (created_at);
`;

const MESSAGES = `
-- Events wait here from the transaction that made them true until the bus has them.
CREATE TABLE vigia.outbox (
  position   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         text NOT NULL UNIQUE,
  subject    text NOT NULL,
  source     text NOT NULL,
  aggregate  text NOT NULL,
  headers    jsonb NOT NULL,
  payload    jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  relayed_at timestamptz
);
CREATE INDEX outbox_waiting ON vigia.outbox (source, position) WHERE relayed_at IS NULL;
CREATE INDEX outbox_waiting_aggregate ON vigia.outbox (aggregate, position) WHERE relayed_at IS NULL;
CREATE INDEX outbox_relayed ON vigia.outbox (relayed_at) WHERE relayed_at IS NOT NULL;

-- What a consumer has handled, written with its effect: a message that comes twice has its effect once.
CREATE TABLE vigia.handled_messages (
  consumer   text NOT NULL,
  message_id text NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, message_id)
);
CREATE INDEX handled_messages_age ON vigia.handled_messages (handled_at);

-- How far a run has come, written with the effects of its last step. One row a task: the run that is under way.
CREATE TABLE vigia.checkpoints (
  task       text PRIMARY KEY,
  message_id text NOT NULL,
  value      jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE vigia.schedules (
  task       text PRIMARY KEY,
  cron       text NOT NULL,
  last_fired timestamptz,
  next_due   timestamptz,
  paused     boolean NOT NULL DEFAULT false,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What operators see as a feed; written by reporting from the events it consumes.
CREATE TABLE vigia.event_feed (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id       text NOT NULL UNIQUE,
  subject  text NOT NULL,
  source   text NOT NULL,
  payload  jsonb NOT NULL,
  at       timestamptz NOT NULL
);
CREATE INDEX event_feed_at ON vigia.event_feed (at);
CREATE INDEX event_feed_subject ON vigia.event_feed (subject text_pattern_ops, position);

CREATE TABLE vigia.dead_letters (
  sequence   bigint PRIMARY KEY,
  consumer   text NOT NULL,
  subject    text NOT NULL,
  body       text NOT NULL,
  headers    jsonb NOT NULL,
  reason     text NOT NULL,
  tries      integer NOT NULL,
  at         timestamptz NOT NULL,
  resolved_at timestamptz
);
`;
