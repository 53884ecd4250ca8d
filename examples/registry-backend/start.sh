#!/bin/sh
# Starts the service in production: waits for the database, migrates it, and becomes the service.
#
#   DATABASE_URL    the database; must be set
#   LIMBECK_URL     the same database, as it is to be migrated: as another user, or past a pooler [DATABASE_URL]
#   DATABASE_WAIT   how long to wait for its server [60s]
#   BACKUP          never, always, or destructive: before a change that can lose data [destructive; in the image never]
#   HOST, PORT      where the service listens [127.0.0.1, 8080]
#
# When the migration fails, it ends with 1 and nothing listens. Any number of replicas may start together. Each program
# takes the place of the one before it in one process, so a signal always reaches the one that runs.
set -eu
cd -- "$(dirname -- "$0")"
: "${DATABASE_URL:?must be set: the URL of the database to migrate and to serve}"
exec limbeck run --wait "${DATABASE_WAIT:-60s}" -- registry-backend
