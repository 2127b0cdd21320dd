#!/bin/sh
# Builds libcurl and libxml2 as static libraries that need nothing else than Debian's static OpenSSL, nghttp2
# and zlib: Debian's own libcurl.a and libxml2.a want GSSAPI, LDAP and ICU, of which some have no static form. Of
# Debian's PCRE2 the compiler to machine code is left out.
#
# Usage: Scripts/static-deps.sh FOLDER
#
# The sources are Debian's, in the versions that are installed here, fetched and verified by apt from the
# machine's own mirrors. FOLDER/lib/pkgconfig then has the .pc files for a static link. What has been built for
# the same versions is kept.
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$1"
folder=$(cd -- "$1" && pwd)
apt=$folder/apt
work=$folder/work
stamp=$folder/stamp
# Nothing unwinds through C here, and the static executable has a limit of size.
cflags="-O2 -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections"

# The version of the Debian source that an installed package was built from.
source_version() {
  # shellcheck disable=SC2016 # dpkg's variables, not the shell's
  dpkg-query -W -f '${source:Version}\n' "$1" | head -n 1
}

# What the result depends on.
state() {
  echo "folder $folder"
  for package in libcurl4-openssl-dev libxml2-dev libssl-dev libnghttp2-dev zlib1g-dev libpcre2-dev; do
    echo "$package $(source_version "$package")"
  done
  cksum <"$here/static-deps.sh"
}

# The machine's own apt sources, with "deb" turned into "deb-src". Options such as signed-by stay.
write_apt_sources() {
  list=/etc/apt/sources.list
  parts=/etc/apt/sources.list.d
  eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
  rm -rf "$apt"
  mkdir -p "$apt/sources" "$apt/lists/partial" "$apt/cache/archives/partial"
  for file in "$list" "$parts"/*.list; do
    [ -f "$file" ] || continue
    sed -n 's/^[[:space:]]*deb\([[:space:]]\)/deb-src\1/p' "$file" >>"$apt/sources/machine.list"
  done
  for file in "$parts"/*.sources; do
    [ -f "$file" ] || continue
    # A stanza of both types would be the same source twice once it is changed; apt only warns about that.
    sed 's/^[Tt]ypes:.*/Types: deb-src/' "$file" >"$apt/sources/$(basename "$file")"
  done
}

# apt-get with state, cache and sources of its own, so that it neither needs root nor changes the machine.
private_apt_get() {
  apt-get -q \
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/sources" \
    -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@" </dev/null
}

# Unpacks a Debian source into $work/NAME, in the version that an installed package has, or, where the mirrors
# no longer have that one, in the newest.
unpack() {
  name=$1
  version=$(source_version "$2")
  mkdir -p "$work/$name"
  (
    cd "$work/$name"
    private_apt_get source "$name=$version" >"$work/log" 2>&1 || quietly private_apt_get source "$name"
    mv "$name"-*/ source
  )
}

# Runs a step of the build and shows its output only when it fails.
quietly() {
  if ! "$@" >"$work/log" 2>&1; then
    tail -n 50 "$work/log" >&2
    echo "static-deps: failed: $*" >&2
    exit 1
  fi
}

build_curl() (
  cd "$work/curl/source"
  # Without the last option OpenSSL reads the host's openssl.cnf, which may name modules of the host to load.
  quietly ./configure --prefix="$folder" --disable-shared --enable-static --disable-dependency-tracking \
    --with-openssl --with-zlib --with-nghttp2 --enable-http \
    --without-librtmp --without-libpsl --without-libidn2 --without-brotli --without-zstd --without-libssh2 \
    --without-gssapi --without-ca-bundle --without-ca-path \
    --disable-ldap --disable-ldaps --disable-ftp --disable-file --disable-dict --disable-telnet --disable-tftp \
    --disable-pop3 --disable-imap --disable-smb --disable-smtp --disable-gopher --disable-mqtt --disable-rtsp \
    --disable-manual --disable-ntlm --disable-openssl-auto-load-config \
    --disable-cookies --disable-alt-svc --disable-hsts --disable-netrc --disable-doh \
    --disable-aws --disable-tls-srp --disable-unix-sockets CFLAGS="$cflags"
  quietly make -C lib -j"$(nproc)" install
  quietly make -C include install
)

build_libxml2() (
  cd "$work/libxml2/source"
  quietly ./configure --prefix="$folder" --disable-shared --enable-static --disable-dependency-tracking \
    --with-iso8859x --with-tree --with-sax1 --with-push --with-reader --with-threads \
    --without-c14n --without-catalog --without-debug --without-docbook --without-ftp --without-history \
    --without-html --without-http --without-iconv --without-icu --without-legacy \
    --without-lzma --without-modules --without-output --without-pattern --without-python --without-readline \
    --without-regexps --without-schemas --without-schematron --without-valid --without-writer \
    --without-xinclude --without-xpath --without-xptr --without-zlib CFLAGS="$cflags"
  # The patched files are newer than what was generated from them, and make would want automake for that.
  quietly make AUTOMAKE=: ACLOCAL=: AUTOCONF=: AUTOHEADER=: -j"$(nproc)" libxml2.la
  install -m 644 -D .libs/libxml2.a "$folder/lib/libxml2.a"
  install -d "$folder/include/libxml2/libxml"
  install -m 644 include/libxml/*.h "$folder/include/libxml2/libxml"
)

# Debian's PCRE2 without its compiler to machine code (JIT), which is 243 KB and which no pattern here asks for (Pattern).
# The rest refers to it by five functions, which it calls only for a pattern that was compiled so: they become weak.
copy_pcre2() {
  library=$folder/lib/libpcre2-8.a
  cp "$(pkg-config --variable=libdir libpcre2-8)/libpcre2-8.a" "$library"
  ar d "$library" libpcre2_8_la-pcre2_jit_compile.o
  objcopy -W _pcre2_jit_free_8 -W _pcre2_jit_get_target_8 -W _pcre2_jit_get_size_8 -W _pcre2_jit_check_exec_8 \
    -W pcre2_jit_match_8 "$library"
}

# SwiftPM asks for the flags of a dynamic link, so "Libs" has to name the whole of the static one.
write_pc() {
  cat >"$folder/lib/pkgconfig/$1.pc" <<PC
Name: $1
Description: $1 for the static executable
Version: $2
Cflags: $3
Libs: -L$folder/lib $4
PC
}

write_pcs() {
  mkdir -p "$folder/lib/pkgconfig"
  write_pc libcurl "$(upstream libcurl4-openssl-dev)" "-I$folder/include -DCURL_STATICLIB" \
    "-lcurl -lnghttp2 -lssl -lcrypto -lz -ldl -lpthread"
  write_pc libxml-2.0 "$(upstream libxml2-dev)" "-I$folder/include/libxml2 -DLIBXML_STATIC" "-lxml2 -lm"
  write_pc zlib "$(upstream zlib1g-dev)" "" "-lz"
  write_pc libpcre2-8 "$(upstream libpcre2-dev)" "-DPCRE2_STATIC" "-lpcre2-8"
}

# The version without Debian's revision.
upstream() {
  source_version "$1" | sed 's/^[0-9]*://; s/-[^-]*$//'
}

if [ -f "$stamp" ] && [ "$(state)" = "$(cat "$stamp")" ]; then
  exit 0
fi
rm -rf "$stamp" "$work" "${folder:?}/lib" "${folder:?}/include"
mkdir -p "$work"
echo "static-deps: fetching the sources of libcurl and libxml2"
write_apt_sources
# A foreign source without a source index is no reason to stop; a missing libcurl is, below.
private_apt_get update >"$work/log" 2>&1 || cat "$work/log" >&2
unpack curl libcurl4-openssl-dev
unpack libxml2 libxml2-dev
echo "static-deps: building libcurl"
build_curl
echo "static-deps: building libxml2"
build_libxml2
copy_pcre2
write_pcs
state >"$stamp"
rm -rf "$work" "$apt"
