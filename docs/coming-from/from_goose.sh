#!/bin/sh
# Writes goose's SQL files anew for limbeck, in another directory: '-- +goose Up' becomes '-- limbeck:upgrade', and
# 'NO TRANSACTION' becomes 'autocommit'. limbeck finds the ends of statements without StatementBegin and StatementEnd.
#
# usage: from_goose.sh FROM TO
set -eu
mkdir -p "$2"
for file in "$1"/*.sql; do
  awk '
    /^-- *\+goose NO TRANSACTION/ { mode = " autocommit"; next }
    /^-- *\+goose Up/ { print "-- limbeck:upgrade" mode; next }
    /^-- *\+goose Down/ { print "-- limbeck:downgrade" mode; next }
    /^-- *\+goose Statement(Begin|End)/ { next }
    { print }
  ' "$file" > "$2/$(basename "$file")"
done
