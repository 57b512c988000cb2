#!/bin/sh
# Creates each of $DATABASES with an owner of the same name and $ROLE_PASSWORD. Existing ones
# stay; a changed password is reset. PGHOST, PGUSER, ... name the server.
set -eu

case "$ROLE_PASSWORD" in
  '' | *[!A-Za-z0-9._~-]*)
    echo "SERVICES_PASSWORD: stands in URLs. Use letters, digits and - . _ ~ only." >&2
    exit 2
    ;;
esac

for name in $DATABASES; do
  psql --quiet --no-psqlrc --dbname=postgres --set=ON_ERROR_STOP=1 --set=name="$name" <<'SQL'
-- Read here, since a command line can be seen by others.
\getenv password ROLE_PASSWORD
SELECT
  NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') AS no_role,
  NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') AS no_database
\gset
\if :no_role
  CREATE ROLE :"name";
\endif
ALTER ROLE :"name" LOGIN PASSWORD :'password';
\if :no_database
  CREATE DATABASE :"name" OWNER :"name";
\endif
-- By default every role may connect to every database.
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
echo "databases: $(echo $DATABASES | wc -w) are there"
