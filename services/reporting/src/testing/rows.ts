/** What is on record before anybody looks at the page. */
export const ROWS = `
INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
VALUES ('SELF_TRADE:order:1', 'SELF_TRADE', 'high', 'order', '1', 'open', '{"amount":"1"}', now(), now()),
       ('SELF_TRADE:order:2', 'SELF_TRADE', 'high', 'order', '2', 'acknowledged', '{}', now(), now());
INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
SELECT 'DISPUTE_STALE:dispute:' || n, 'DISPUTE_STALE', 'medium', 'dispute', 'd-' || n, 'open', '{"arbiter":"on holiday"}',
       now(), now()
  FROM generate_series(1, 30) AS n;
INSERT INTO vigia.operator_actions (command_id, operator, target, command, data, status)
VALUES ('earlier', 'olga', 'consistency', 'acknowledge', '{"fingerprint":"SELF_TRADE:order:2"}', 'completed');
INSERT INTO vigia.issue_history (fingerprint, change, reason, command_id, at)
VALUES ('SELF_TRADE:order:2', 'opened', NULL, NULL, now() - interval '1 hour'),
       ('SELF_TRADE:order:2', 'acknowledged', 'the account is known', 'earlier', now());
INSERT INTO vigia.schedules (task, cron, paused, paused_until, pause_reason)
VALUES ('chain-sync.verify', '*/5 * * * *', true, now() + interval '1 day', 'new provider');
INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number) VALUES (31337, '0xc', 90, 100);
INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, duration_ms, attempt, instance, error, message_id)
VALUES ('run-1', 'cleanup.expire-orders', 'cleanup', 'failed', now() - interval '9 minutes', now() - interval '8 minutes',
        3, 1, 'i', '{"message":"no answer","stack":"Error: no answer at the door"}', 'tick-1'),
       ('run-2', 'cleanup.expire-orders', 'cleanup', 'running', now(), NULL, NULL, 2, 'i', NULL, 'tick-1');
INSERT INTO vigia.executions (execution_id, job, service, status, started_at, attempt, instance, message_id)
VALUES ('run-3', 'consistency.check', 'consistency', 'running', now() - interval '10 minutes', 1, 'i', 'tick-3');
INSERT INTO vigia.checkpoints (task, message_id, value) VALUES ('cleanup.expire-orders', 'tick-1', '{"expired":17}');
INSERT INTO vigia.event_feed (id, subject, source, payload, at)
VALUES ('told', 'vigia.event.run.failed.cleanup.expire-orders', 'cleanup',
        '{"status":"failed","job":"cleanup","task":"expire-orders","executionId":"run-1","error":"no answer"}',
        now() - interval '8 minutes');
INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, message_id, body, headers, reason, tries, at)
SELECT 'letter-' || n, n, CASE WHEN n > 3 THEN 'others' ELSE 'somebody' END, 'vigia.event.moon.full', 'moon-' || n,
       '{"phase":"full"}', '{"ce-source":"the moon"}', 'nobody reads the moon', 3, now()
  FROM generate_series(1, 6) AS n;
INSERT INTO vigia.endpoint_states (chain_id, endpoint, place, status, reason)
VALUES (31337, 'a.example.org', 1, 'degraded', 'it left a log out'), (31337, 'b.example.org', 2, 'well', NULL);
INSERT INTO vigia.event_feed (id, subject, source, payload, at)
VALUES ('fork', 'vigia.event.chain.reorged.31337', 'chain-sync', '{"removedBlocks":2,"ancestorBlock":88}', now());
INSERT INTO vigia.cleanup_reports (message_id, task, execution_id, counts)
VALUES ('c1', 'cleanup.expire-orders', 'x1', '{"expired":3}'), ('c2', 'cleanup.expire-orders', 'x2', '{"expired":4}');
INSERT INTO vigia.subscriptions (id, user_id, channel, address, failures, free_at)
VALUES ('00000000-0000-4000-8000-000000000001', NULL, 'webhook', 'https://secret.example.org', 4, now() + interval '1 hour');
INSERT INTO vigia.notifications (id, user_id, kind, title, body, data, event_id)
SELECT ('00000000-0000-4000-8000-0000000000a' || n)::uuid, ('00000000-0000-4000-8000-0000000000b' || n)::uuid,
       'order-paid', 'Paid ' || n, 'Look at it.', jsonb_build_object('orderId', '00000000-0000-4000-8000-0000000000c' || n), 'e' || n
  FROM generate_series(1, 3) AS n;
INSERT INTO vigia.deliveries (notification_id, subscription_id, ended_at, outcome, error)
SELECT id, '00000000-0000-4000-8000-000000000001', CASE WHEN title <> 'Paid 3' THEN now() END,
       CASE title WHEN 'Paid 1' THEN 'given-up' WHEN 'Paid 2' THEN 'delivered' END,
       CASE title WHEN 'Paid 1' THEN 'no answer for days' END
  FROM vigia.notifications;
UPDATE vigia.dead_letters SET message_id = 'tick-1' WHERE sequence = 3;
`;
