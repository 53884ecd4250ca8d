#!/bin/sh
# Writes each of Diesel's directories (2023-01-01-000000_create_users/up.sql and down.sql) as one revision file
# (20230101000000_create_users.sql) in another directory. The id is the version in Diesel's table.
#
# usage: from_diesel.sh FROM TO
set -eu
mkdir -p "$2"
for directory in "$1"/*/; do
  name=$(basename "$directory")
  version=$(echo "${name%%_*}" | tr -d -)
  {
    echo '-- limbeck:upgrade'
    sed '$a\' "$directory/up.sql" # with a line end where the file has none
    if [ -e "$directory/down.sql" ]; then
      echo
      echo '-- limbeck:downgrade'
      sed '$a\' "$directory/down.sql"
    fi
  } > "$2/${version}_${name#*_}.sql"
done
