# Runs once, when the primary is created: it accepts standbys, and acknowledges a load once one of them has it, too.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE standby LOGIN REPLICATION PASSWORD :'password';
-- Takes effect when the server restarts, after this script; earlier writes would wait for a standby for ever.
ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)';
-- Standbys copy this. Without it they cancel reads of rows that the primary cleans up, as it does after each load.
ALTER SYSTEM SET hot_standby_feedback = on;
ALTER SYSTEM SET max_standby_streaming_delay = '5s';
ALTER SYSTEM SET wal_retrieve_retry_interval = '1s';
-- How much is kept for a standby that was away.
ALTER SYSTEM SET wal_keep_size = '1GB';
SQL
echo 'host replication standby all scram-sha-256' >>"$PGDATA/pg_hba.conf"
