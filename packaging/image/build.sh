#!/bin/sh
# Builds the image of a version for this machine from $DIST and leaves it in
# $DIST/shipper-image.tar. The same commit gives the same layers. Needs buildah;
# STORAGE_DRIVER=vfs helps where overlays can't be mounted.
set -eu
version=$1
arch=$(go env GOARCH)
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp "$DIST/$arch/shipper" packaging/image/Containerfile packaging/image/shipper.hcl "$context"
cp /etc/ssl/certs/ca-certificates.crt "$context"
rm -f "$DIST/shipper-image.tar"
buildah bud --isolation chroot --timestamp "$(git log -1 --format=%ct)" \
	--build-arg VERSION="$version" --build-arg REVISION="$(git rev-parse HEAD)" \
	--tag "shipper:$version" "$context"
buildah push "shipper:$version" "oci-archive:$DIST/shipper-image.tar:shipper:$version"
