#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter-resolve: which files of a directory it opens, and whose
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
t_need_root
t_need setpriv
t_tmp
cd "$T_TMP" || exit 1
# Run through a descriptor: another user may not reach the directory it is in
install -m 0755 "$TF_BUILD/tapfilter-resolve" resolve
mkdir domains profiles
cp "$TF_TOP/test/golden/domain/rfc.xml" domains/vm.xml
cp "$TF_TOP/test/golden/domain/profiles/"*.xml profiles/
chmod 755 domains profiles
chmod 644 domains/* profiles/*
good=$("$TF_BUILD/tapfilter-resolve" --text --template-dir=4:profiles \
	--domain=3:vm.xml 3<domains/vm.xml 4<profiles 2>&1)

# as UID OPTION...: all that it says, and its status
as() {
	as_uid=$1
	shift
	rc=0
	said=$(setpriv --reuid="$as_uid" --regid="$as_uid" --clear-groups \
		/proc/self/fd/9 --text "$@" 4<profiles 5<domains 9<resolve \
		2>&1) || rc=$?
	printf '%s\nstatus %d' "$said" "$rc"
}

domain() {
	as 65534 --template-dir=4:profiles --domain-dir=5:domains \
		--domain-file=vm.xml "$@"
}

index() {
	as 65534 --index=5:domains "$@"
}

is() {
	t_is "$1" "$2
status $3" "$4"
}

# ---- what is opened ------------------------------------------------------
t_true "there is something to compare with" test -n "$good"
is "a file of a directory" "$good" 0 "$(domain)"
mv domains/vm.xml domains/away
is "no such file" "domains/vm.xml: there is no such file" 1 "$(domain)"
ln -s away domains/vm.xml
is "a symbolic link" \
	"domains/vm.xml: a symbolic link: files must lie in the directory itself" \
	1 "$(domain)"
rm domains/vm.xml
mkfifo domains/vm.xml
is "a FIFO" "domains/vm.xml: not a regular file" 1 "$(domain)"
rm domains/vm.xml
mkdir domains/vm.xml
is "a directory" "domains/vm.xml: not a regular file" 1 "$(domain)"
rmdir domains/vm.xml
echo "<domain>" >domains/vm.xml
is "a fault is told with the whole path" \
	"domains/vm.xml:2: the file ends inside <domain> of line 1" 1 "$(domain)"
mv domains/away domains/vm.xml
mv profiles/mac.xml profiles/away
ln -s away profiles/mac.xml
is "a profile that is a symbolic link" \
	"profiles/mac.xml: a symbolic link: files must lie in the directory itself" \
	1 "$(domain)"
mv profiles/away profiles/mac.xml

# usage WHAT OPTION...: refused with status 2 and one line
usage() {
	what=$1
	shift
	rc=0
	out=$("$TF_BUILD/tapfilter-resolve" "$@" 4<profiles 5<domains 2>err) ||
		rc=$?
	t_is "usage: $what" "status 2, output , 1 line" \
		"status $rc, output $out, $(wc -l <err | tr -d ' ') line"
}

usage "a directory without a file" --domain-dir=5:domains
usage "a file without a directory" --domain-file=vm.xml
usage "a file beside an open domain" --domain=5:vm --domain-file=vm.xml
usage "two domains" --domain=5:vm --domain-dir=5:d --domain-file=vm.xml
usage "a directory and an index" --index=5:d --domain-dir=5:d \
	--domain-file=vm.xml
usage "a file twice" --domain-dir=5:domains --domain-file=vm.xml \
	--domain-file=vm.xml
usage "the flag twice" --index=5:domains --trusted-files --trusted-files
for name in "" .xml .vm.xml vm vm.XML vm.xml~ ../vm.xml ./vm.xml /vm.xml \
	domains/vm.xml "$(printf '%0256d' 0 | cut -c5-).xml"; do
	usage "the file name '$name'" --domain-dir=5:domains \
		--domain-file="$name"
done
long=$(printf '%0255d' 0 | cut -c5-).xml
is "a name as long as there can be" "domains/$long: there is no such file" 1 \
	"$(as 65534 --domain-dir=5:domains --domain-file="$long")"

# ---- what may be read ----------------------------------------------------
file="permission denied; it must be readable for the resolver: group \
tapfilter-parse and mode 0640, or mode 0644"
dir="permission denied; the directory must be searchable for the resolver: \
group tapfilter-parse and mode 0750, or mode 0755"
chmod 600 domains/vm.xml
is "an unreadable domain" "domains/vm.xml: $file" 1 "$(domain)"
is "an unreadable domain: index" "domains/vm.xml: $file" 1 "$(index)"
chmod 644 domains/vm.xml
chmod 600 profiles/mac.xml
is "an unreadable profile" "profiles/mac.xml: $file" 1 "$(domain)"
chgrp 65534 profiles/mac.xml
chmod 640 profiles/mac.xml
is "a profile for its group" "$good" 0 "$(domain --trusted-files)"
chmod 644 profiles/mac.xml
chgrp 0 profiles/mac.xml
chmod 744 domains
is "a closed directory of domains" "domains: $dir" 1 "$(domain)"
is "a closed directory of domains: index" "domains: $dir" 1 "$(index)"
chmod 755 domains
chmod 700 profiles
is "a closed directory of profiles" "profiles: $dir" 1 "$(domain)"
chmod 755 profiles

# ---- whose word counts ---------------------------------------------------
# untrusted WHAT FILE OWNER MODE COMMAND...
untrusted() {
	what=$1 path=$2 owner=$3 mode=$4
	shift 4
	chown "$owner" "$path"
	chmod "$mode" "$path"
	t_is "$what: taken without --trusted-files" 0 \
		"$("$@" | sed -n 's/^status //p')"
	is "$what: refused with it" "$path: owned by uid $owner, mode $mode: it \
must belong to uid 0 and be writable by its owner only (chown root, chmod \
go-w)" 1 "$("$@" --trusted-files)"
	chown 0 "$path"
	chmod 644 "$path"
}

is "root's files" "$good" 0 "$(domain --trusted-files)"
is "root's files: index" "tap1 vm.xml" 0 "$(index --trusted-files)"
untrusted "another's domain" domains/vm.xml 65534 0644 domain
untrusted "a domain that its group writes" domains/vm.xml 0 0664 domain
untrusted "a domain that all write" domains/vm.xml 0 0646 domain
untrusted "another's profile" profiles/mac.xml 1 0644 domain
untrusted "a profile that its group writes" profiles/mac.xml 0 0660 \
	as 0 --template-dir=4:profiles --domain-dir=5:domains \
	--domain-file=vm.xml
untrusted "a profile that all write" profiles/mac.xml 0 0666 domain
untrusted "another's domain in an index" domains/vm.xml 65534 0444 index
untrusted "a domain that all write in an index" domains/vm.xml 0 0666 index

chown 65534 profiles/mac.xml domains/vm.xml
is "another's file that it is given open" "$good" 0 \
	"$(chown 0 profiles/mac.xml
	as 0 --template-dir=4:profiles --trusted-files --domain=3:vm.xml \
		3<domains/vm.xml)"
t_done
