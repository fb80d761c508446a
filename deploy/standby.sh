# A standby: it copies the primary on its first start, and follows whichever of the three servers is the primary.
set -eu
export PGPASSWORD="$POSTGRES_PASSWORD"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    install -d -o postgres -g postgres -m 700 "$PGDATA"
    gosu postgres pg_basebackup -D "$PGDATA" -d "host=primary,standby-1,standby-2 user=standby target_session_attrs=primary" \
        -R -X stream -c fast
fi
exec gosu postgres postgres -c "primary_conninfo=host=primary,standby-1,standby-2 user=standby password=$POSTGRES_PASSWORD \
target_session_attrs=primary connect_timeout=2 application_name=$HOSTNAME"
