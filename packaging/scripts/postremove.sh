#!/bin/sh
# deb: "remove" keeps the state, "purge" does not. rpm: 0 or 1, and has no purge:
# there the state stays, since it tells what was shipped.
set -e

if [ "$1" = purge ]; then
	rm -rf /var/lib/shipper
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
