#!/bin/sh
# Writes dbmate's files anew for limbeck, in another directory: '-- migrate:up' becomes '-- limbeck:upgrade', and
# 'transaction:false' becomes 'autocommit'.
#
# usage: from_dbmate.sh FROM TO
set -eu
mkdir -p "$2"
for file in "$1"/*.sql; do
  awk '
    /^--[ \t]*migrate:(up|down)/ {
      direction = /migrate:up/ ? "upgrade" : "downgrade"
      print "-- limbeck:" direction (/transaction:false/ ? " autocommit" : "")
      next
    }
    { print }
  ' "$file" > "$2/$(basename "$file")"
done
