#!/bin/sh
# deb: "configure", and the old version if it is an upgrade. rpm: 1, or 2 if it is one.
set -e

systemd-sysusers shipper.conf || true
if ! getent passwd shipper >/dev/null; then # no systemd here
	useradd --system --user-group --home-dir /var/lib/shipper --no-create-home --shell /usr/sbin/nologin shipper
fi
install -d -m 0700 -o shipper -g shipper /var/lib/shipper
chgrp -R shipper /etc/shipper

# Nothing is started that was not running: there is no configuration yet.
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	if [ "$1" = 2 ] || [ -n "$2" ]; then
		systemctl try-restart shipper.service
	fi
fi
