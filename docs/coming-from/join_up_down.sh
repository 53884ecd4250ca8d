#!/bin/sh
# Joins pairs of NAME.up.sql and NAME.down.sql (sqlx, golang-migrate) to one revision file NAME.sql each, in another
# directory. A plain NAME.sql (sqlx without downs) is copied as an upgrade.
#
# usage: join_up_down.sh FROM TO
set -eu
from=$1 to=$2
mkdir -p "$to"

section() { # DIRECTION FILE
  mode=
  # sqlx: such a file is run outside of a transaction.
  if head -n 1 "$2" | grep -q '^-- no-transaction'; then mode=' autocommit'; fi
  printf -- '-- limbeck:%s%s\n' "$1" "$mode"
  sed '$a\' "$2" # with a line end where the file has none
}

for up in "$from"/*.sql; do
  case $up in *.down.sql) continue ;; esac
  name=$(basename "$up" .sql)
  name=${name%.up}
  {
    section upgrade "$up"
    if [ -e "$from/$name.down.sql" ]; then
      echo
      section downgrade "$from/$name.down.sql"
    fi
  } > "$to/$name.sql"
done
