#!/bin/sh
# Completes $DIST for a release: an archive for each architecture, a bill of
# materials, checksums. The same commit gives the same bytes.
set -eu
version=$1
shift
epoch=$(git log -1 --format=%ct)
for arch in "$@"; do
	tar --create --use-compress-program='gzip -n' --file "$DIST/shipper-$version-linux-$arch.tar.gz" \
		--sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" \
		--directory "$DIST/$arch" shipper --directory "$PWD" README.md LICENSE conf.d packaging/docs packaging/CHANGELOG.md
	# What the binary says that it was linked from.
	go version -m "$DIST/$arch/shipper" | awk -v OFS='\t' '$1 == "mod" || $1 == "dep" || $1 == "=>" { print $2, $3, $4 }' \
		>"$DIST/shipper-$version-linux-$arch.sbom.tsv"
done
cd "$DIST"
sha256sum ./*.deb ./*.rpm ./*.tar.gz ./*.sbom.tsv | sed 's# \./# #' >SHA256SUMS
echo "release $version in $DIST:"
cat SHA256SUMS
