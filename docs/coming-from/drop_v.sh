#!/bin/sh
# Renames the files of refinery in place, so that their names start with the number: V1__initial.sql and
# U1__initial.sql become 1_initial.sql.
#
# usage: drop_v.sh DIRECTORY
set -eu
cd "$1"
for file in [VU]*__*.sql; do
  new=$(echo "$file" | sed -E 's/^[VU]([0-9]+)__/\1_/')
  if [ -e "$new" ]; then
    echo "$file: there is a $new already" >&2
    exit 1
  fi
  mv "$file" "$new"
done
