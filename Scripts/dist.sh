#!/bin/sh
# Makes what is handed on from what "make static" has built, in .build/dist: a tarball, a .deb and an .rpm of the same
# tree, and their checksums. Two runs of it with the same executables give the same bytes.
# Usage: [DIST_LEVEL=1] Scripts/dist.sh [DIRECTORY]
#
# DIST_LEVEL is how hard it compresses, from 1 to 9.
# The tarball can be unpacked into any directory, and is what a CVMFS repository publishes as /cvmfs/cms.cern.ch/swab: the
# wrapper looks for ARCHITECTURE/swab there.
set -eu

cd -- "$(dirname -- "$0")/.."
output=${1:-.build/dist}
level=${DIST_LEVEL:-6}
version=$(.build/static/swab --version | awk 'NR == 1 { print $2 }')
machine=$(uname -m)
# Times in the packages are those of the commit.
SOURCE_DATE_EPOCH=$(git -c safe.directory="$PWD" log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH

mkdir -p "$output"
output=$(cd "$output" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Usage: packed DIRECTORY FILE: a tarball that has the same bytes whoever makes it, and when.
packed() {
  tar -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - . | gzip "-${level}n" >"$2"
}

tree=$scratch/tarball
PREFIX='' DESTDIR="$tree" Scripts/install.sh
mkdir -p "$tree/$machine"
ln -s ../bin/swab "$tree/$machine/swab"
ln -s ../bin/swab-submit "$tree/$machine/swab-submit"
.build/static/swab --version >"$tree/share/doc/swab/LINKED"
(cd "$tree" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >"$scratch/sums")
mv "$scratch/sums" "$tree/SHA256SUMS"
packed "$tree" "$output/swab-$version-$machine.tar.gz"

package=$scratch/package
PREFIX=/usr DESTDIR="$package" Scripts/install.sh
.build/static/swab --version >"$package/usr/share/doc/swab/LINKED"
gzip -9n "$package"/usr/share/man/man1/*.1
find "$package" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

if command -v dpkg-deb >/dev/null; then
  deb=$scratch/deb
  cp -a "$package" "$deb"
  mkdir -p "$deb/DEBIAN" && chmod 755 "$deb/DEBIAN"
  cat >"$deb/DEBIAN/control" <<CONTROL
Package: swab
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: The developers of Swab <swab@localhost>
Section: science
Priority: optional
Suggests: htcondor
Description: deletes the files that a CMS site no longer needs
 swab is one static executable that a job runs on a worker node; swab-submit turns lists of files into HTCondor jobs, and
 their reports into one account.
CONTROL
  touch -d "@$SOURCE_DATE_EPOCH" "$deb/DEBIAN/control" "$deb/DEBIAN" "$deb"
  dpkg-deb --root-owner-group -Zxz "-z$level" --build "$deb" "$output/swab_${version}_$(dpkg --print-architecture).deb" >/dev/null
else
  echo "dist: dpkg-deb is not here: no .deb" >&2
fi

if command -v rpmbuild >/dev/null; then
  cat >"$scratch/swab.spec" <<SPEC
Name: swab
Version: $version
Release: 1
Summary: Deletes the files that a CMS site no longer needs
License: Apache-2.0 and others, see NOTICE
AutoReqProv: no
%description
swab is one static executable that a job runs on a worker node; swab-submit turns lists of files into HTCondor jobs, and
their reports into one account.
%install
cp -a $package/. %{buildroot}
%files
$(cd "$package" && find . -type f | LC_ALL=C sort | sed 's#^\.##')
SPEC
  # Nothing is stripped or compressed once more, and the name of the machine that builds it stays out.
  rpmbuild --quiet -bb --define "_topdir $scratch/rpm" --define "_rpmdir $scratch/rpm" \
    --define '__os_install_post %{nil}' --define '_build_id_links none' --define '_buildhost localhost' \
    --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
    --define "_binary_payload w$level.gzdio" "$scratch/swab.spec"
  cp "$scratch/rpm/$machine"/*.rpm "$output"
else
  echo "dist: rpmbuild is not here: no .rpm" >&2
fi

(cd "$output" && sha256sum swab* >SHA256SUMS)
ls -l "$output" >&2
