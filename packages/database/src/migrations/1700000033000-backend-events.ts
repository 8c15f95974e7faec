import { DISPUTE_STATUSES, disputeChanged, ENVELOPE_HEADERS, ORDER_STATUSES, orderChanged } from "@vigia/messages";
import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * What the marketplace's own backend writes is told as events too, in its own transaction. Where orders and disputes are
 * tables, triggers see to it; where they are an adopter's views, the adopter calls `vigia.tell_order` and
 * `vigia.tell_dispute`. Who tells of its own changes, or has none to tell (an import), sets `vigia.silent` to `on`.
 */
export class BackendEvents1700000033000 implements MigrationInterface {
  name = "BackendEvents1700000033000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FUNCTIONS);
    await runner.query(TRIGGER_FUNCTIONS);
    await runner.query(TRIGGERS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION vigia.order_written() CASCADE;
      DROP FUNCTION vigia.dispute_written() CASCADE;
      DROP FUNCTION vigia.tell_order, vigia.tell_dispute, vigia.tell;`);
  }
}

const list = (statuses: readonly string[]) => statuses.map((status) => `'${status}'`).join(", ");

/**
 * They write what `writeToOutbox` would. The scheduler relays it, as all that belongs to no job. A status that is none of
 * ours, or an order without both parties, is no event yet, and never an error: nothing here may stand in the backend's way.
 */
const FUNCTIONS = `
CREATE FUNCTION vigia.tell(type text, subject text, aggregate text, payload jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id text := gen_random_uuid()::text;
  at text := to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
BEGIN
  INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload)
  VALUES (id, subject, 'scheduler', aggregate,
          jsonb_build_object('ce-specversion', '1.0', 'Nats-Msg-Id', id, 'content-type', 'application/json',
                             '${ENVELOPE_HEADERS.id}', id, '${ENVELOPE_HEADERS.source}', 'marketplace',
                             '${ENVELOPE_HEADERS.type}', type, '${ENVELOPE_HEADERS.time}', at),
          payload || jsonb_build_object('at', at));
END $$;

CREATE FUNCTION vigia.tell_order(order_id uuid, status text, previous_status text, seller_id uuid, buyer_id uuid,
                                 reason text DEFAULT 'the marketplace says so') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF order_id IS NULL OR seller_id IS NULL OR buyer_id IS NULL OR coalesce(status, '') NOT IN (${list(ORDER_STATUSES)})
     OR previous_status NOT IN (${list(ORDER_STATUSES)}) THEN
    RETURN;
  END IF;
  PERFORM vigia.tell('${orderChanged.type}', 'vigia.event.order.' || status || '.' || order_id, 'order:' || order_id,
    jsonb_strip_nulls(jsonb_build_object('orderId', order_id, 'status', status, 'previousStatus', previous_status,
                                         'sellerId', seller_id, 'buyerId', buyer_id, 'reason', coalesce(reason, ''))));
END $$;

CREATE FUNCTION vigia.tell_dispute(dispute_id uuid, order_id uuid, status text, winner_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  seller_id uuid;
  buyer_id uuid;
BEGIN
  SELECT o.seller_id, o.buyer_id INTO seller_id, buyer_id FROM marketplace.orders AS o WHERE o.id = tell_dispute.order_id;
  IF dispute_id IS NULL OR seller_id IS NULL OR buyer_id IS NULL
     OR coalesce(status, '') NOT IN (${list(DISPUTE_STATUSES)}) THEN
    RETURN;
  END IF;
  PERFORM vigia.tell('${disputeChanged.type}', 'vigia.event.dispute.' || status || '.' || dispute_id,
    'dispute:' || dispute_id,
    jsonb_build_object('disputeId', dispute_id, 'orderId', order_id, 'status', status,
                       'sellerId', seller_id, 'buyerId', buyer_id, 'winnerId', winner_id));
END $$;

REVOKE ALL ON FUNCTION vigia.tell, vigia.tell_order, vigia.tell_dispute FROM PUBLIC;
`;

const TRIGGER_FUNCTIONS = `
CREATE FUNCTION vigia.order_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM vigia.tell_order(NEW.id, NEW.status, CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END, NEW.seller_id, NEW.buyer_id);
  RETURN NULL;
END $$;

CREATE FUNCTION vigia.dispute_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM vigia.tell_dispute(NEW.id, NEW.order_id, NEW.status, NEW.winner_id);
  RETURN NULL;
END $$;
`;

const TRIGGERS = `
DO $$ DECLARE
  written text;
  speaks text := $speaks$current_setting('vigia.silent', true) IS DISTINCT FROM 'on'$speaks$;
BEGIN
  FOREACH written IN ARRAY ARRAY['order', 'dispute'] LOOP
    CONTINUE WHEN (SELECT relkind FROM pg_class WHERE oid = format('marketplace.%ss', written)::regclass) NOT IN ('r', 'p');
    EXECUTE format('CREATE TRIGGER vigia_tells_new AFTER INSERT ON marketplace.%1$ss FOR EACH ROW
                      WHEN (%2$s) EXECUTE FUNCTION vigia.%1$s_written()', written, speaks);
    EXECUTE format('CREATE TRIGGER vigia_tells_status AFTER UPDATE OF status ON marketplace.%1$ss FOR EACH ROW
                      WHEN (NEW.status IS DISTINCT FROM OLD.status AND %2$s) EXECUTE FUNCTION vigia.%1$s_written()',
                   written, speaks);
  END LOOP;
END $$;
`;
