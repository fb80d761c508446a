# Run once, when the primary is made: it takes standbys, and acknowledges a load when one of them has it too.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE standby LOGIN REPLICATION PASSWORD :'password';
-- In force when the server starts again, after this script; what is written before would wait for a standby for ever.
ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)';
-- Standbys copy this: without it they cancel reads whose rows the primary cleans up, as it does after each load.
ALTER SYSTEM SET hot_standby_feedback = on;
ALTER SYSTEM SET max_standby_streaming_delay = '5s';
ALTER SYSTEM SET wal_retrieve_retry_interval = '1s';
-- What a standby that was away misses is kept so far.
ALTER SYSTEM SET wal_keep_size = '1GB';
SQL
echo 'host replication standby all scram-sha-256' >>"$PGDATA/pg_hba.conf"
