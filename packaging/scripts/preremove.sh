#!/bin/sh
# deb: "remove", or "upgrade" and more. rpm: 0, or 1 if it is an upgrade.
set -e

if [ "$1" = remove ] || [ "$1" = 0 ]; then
	if [ -d /run/systemd/system ]; then
		systemctl disable --now shipper.service
	fi
fi
