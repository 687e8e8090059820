# unpack <folder> <package>...: puts the files of these packages there, and of the libraries they name, as far as this image
# lacks them. Unpacked rather than installed: no server, cluster tool or Perl comes along because a set-up script wants it,
# and nothing is set up. $LEFT_OUT is a pattern of libraries that are named and never loaded.
set -eu
folder=$1
shift
libraries=$(apt-cache depends "$@" | sed -n 's/^  Depends: \(lib[^ :]*\)$/\1/p' | grep -vE "${LEFT_OUT:-^$}" | sort -u)
archives=/var/cache/apt/archives
# shellcheck disable=SC2086 — names of packages
apt-get install --yes --no-install-recommends --download-only $libraries
(cd $archives && apt-get download "$@")
mkdir -p "$folder"
for archive in $archives/*.deb; do
  dpkg-deb --fsys-tarfile "$archive" | tar -xC "$folder" --keep-directory-symlink --exclude='./usr/share/doc/*' \
    --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/lintian/*' \
    --exclude='*/bitcode/*' --exclude='*/llvmjit*'
done
rm $archives/*.deb
