#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tapfilter acl explain: which section decides, with users of its own.
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"

# Other users than this machine's: in a mount namespace, over their files
if [ "${TF_ACL_INSIDE:-}" != 1 ]; then
	t_need unshare mount setpriv
	t_need_root
	if ! unshare -m true 2>/dev/null; then
		t_skip "tapfilter acl explain" "no mount namespaces"
		t_done
	fi
	TF_ACL_INSIDE=1 exec unshare -m "$0"
fi

t_tmp
chmod 755 "$T_TMP"
cat >"$T_TMP/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
+::::::
alice:x:1000:100::/:/bin/sh
1001:x:5000:100:called 1001:/:/bin/sh
bob:x:1001:101::/:/bin/sh
1010:x:1010:1010::/:/bin/sh
carol:x:1002:104::/:/bin/sh
dave:x:1003:103::/:/bin/sh
huge:x:1004:4294967295::/:/bin/sh
END
cat >"$T_TMP/group" <<'END'
root:x:0:
users:x:100:
kvm:x:104:dave,alice
daves:x:103:
END
cat >"$T_TMP/conf" <<'END'
[acl alice-lab]
user = alice
op = up, down
domain = lab-web, lab-db
tap = al-#
bridge = br-lab, br-mgmt
max-active = 4

[acl alice-second]
uid = 1000
op = up, reload, bridge
domain = lab-web
tap = al-1, x
max-active = 1
require = fd

[acl number]
uid = 1001
op = up
domain = d1
tap = t1

[acl name]
user = 1001
op = up
domain = d2
tap = t2
require = owner, fd

[deny mgmt]
bridge = br-mgmt

[acl kvm]
group = kvm
op = down
domain = k
tap = k#

[acl gid-0]
gid = 0
op = up
domain = z
tap = z
END
mount --bind "$T_TMP/passwd" /etc/passwd || exit 1
mount --bind "$T_TMP/group" /etc/group || exit 1

# explain STATUS OUTPUT ARGUMENT...: prints that to stdout and stderr
explain() {
	want=$1
	text=$2
	shift 2
	rc=0
	out=$("$TF_BUILD/tapfilter" --config "$T_TMP/conf" acl explain "$@" \
		2>&1) || rc=$?
	t_is "explain $*" "$text
status $want" "$(printf '%s\n' "$out" | sed "s#$T_TMP/##g")
status $rc"
}

explain 0 "allowed by [acl alice-lab] (conf:1): require owner, at most 4 active taps
asked without a bridge; the section allows br-lab, br-mgmt" \
	alice up al-1 lab-web
explain 0 "allowed by [acl alice-lab] (conf:1): require owner, at most 4 active taps" \
	--bridge=br-lab alice up al-12345 lab-db
explain 0 "allowed by [acl alice-lab] (conf:1): require owner, at most 4 active taps" \
	alice down al-1 lab-db --bridge=br-lab
explain 0 "allowed by [acl alice-second] (conf:9): require fd, at most 1 active tap
asked without a bridge; the section allows none" \
	1000 reload al-1 lab-web
explain 3 "denied by [deny mgmt] (conf:30)" \
	--bridge=br-mgmt alice up al-1 lab-web
# A [deny] answers for everybody, before it is asked who has a grant.
explain 3 "denied by [deny mgmt] (conf:30)" \
	--bridge=br-mgmt bob up al-1 lab-web

# For each [acl] of the caller the first key that does not match
explain 3 'denied: no [acl] section matches
[acl alice-lab] (conf:1): op "reload" is not in "up, down"
[acl alice-second] (conf:9): domain "lab-db" is not in "lab-web"
[acl kvm] (conf:33): op "reload" is not in "down"' \
	alice reload al-1 lab-db
explain 3 'denied: no [acl] section matches
[acl alice-lab] (conf:1): tap "al-x" is not in "al-#"
[acl alice-second] (conf:9): tap "al-x" is not in "al-1, x"
[acl kvm] (conf:33): op "up" is not in "down"' \
	alice up al-x lab-web
explain 3 'denied: no [acl] section matches
[acl alice-lab] (conf:1): bridge "br0" is not in "br-lab, br-mgmt"
[acl alice-second] (conf:9): bridge "br0": the section allows none
[acl kvm] (conf:33): op "up" is not in "down"' \
	--bridge=br0 alice up al-1 lab-web
explain 3 'denied: no [acl] section matches
[acl alice-lab] (conf:1): op "bridge" is not in "up, down"
[acl alice-second] (conf:9): domain "lab" is not in "lab-web"
[acl kvm] (conf:33): op "bridge" is not in "down"' \
	alice bridge al-1 lab

# Groups: primary, supplementary, neither
explain 0 "allowed by [acl kvm] (conf:33): require owner
asked without a bridge; the section allows none" carol down k1 k
explain 0 "allowed by [acl kvm] (conf:33): require owner
asked without a bridge; the section allows none" dave down k1 k
explain 3 "note: uid 4711 has no name in /etc/passwd: its groups are not known
denied: no [acl] section matches
no [acl] section is for uid 4711 or a group of it" \
	4711 up z z

# A user called 1001, and one with that number
explain 0 "note: \"1001\" is taken as a number; the user of that name has uid 5000
allowed by [acl number] (conf:17): require owner
asked without a bridge; the section allows none" 1001 up t1 d1
explain 3 "denied: no [acl] section matches
no [acl] section is for uid 1010 (1010) or a group of it" 1010 up t1 d1
explain 0 "allowed by [acl number] (conf:17): require owner
asked without a bridge; the section allows none" bob up t1 d1
explain 0 "allowed by [acl name] (conf:23): require owner and fd
asked without a bridge; the section allows none" 5000 up t2 d2
explain 3 "denied: no [acl] section matches
[acl name] (conf:23): domain \"d1\" is not in \"d2\"" 5000 up t1 d1
explain 3 "denied: no [acl] section matches
[acl number] (conf:17): domain \"d2\" is not in \"d1\"" bob up t2 d2

explain 0 "allowed: root is not subject to the ACL" root up x y
explain 0 "allowed: root is not subject to the ACL" \
	--bridge=br-mgmt 0 reload x y

explain 1 'tapfilter: there is no user "eve" in /etc/passwd' eve up t1 d1
explain 1 'tapfilter: there is no user "+" in /etc/passwd' + up t1 d1
explain 1 'tapfilter: /etc/passwd: "huge" has a number that nobody can have' \
	huge up t1 d1

# usage SENTENCE ARGUMENT...
usage() {
	sentence=$1
	shift
	explain 2 "tapfilter: acl: $sentence
usage: tapfilter acl explain [--bridge=BR] USER OP TAP DOMAIN" "$@"
}

usage 'it takes explain USER OP TAP DOMAIN'
usage 'it takes explain USER OP TAP DOMAIN' alice up t1
usage '"x" is not understood' alice up t1 d1 x
usage '"--bridg=x" is not understood' --bridg=x alice up t1 d1
usage '"--bridge=y" is not understood' --bridge=x --bridge=y alice up t1 d1
usage '"" cannot be a bridge'"'s name" --bridge= alice up t1 d1
usage '"a/b" cannot be a bridge'"'s name" --bridge=a/b alice up t1 d1
usage '"check" is not one of up, down, reload, bridge' alice check t1 d1
usage '"a/b" cannot be a tap'"'s name" alice up a/b d1
usage '"abcdefghijklmnop" cannot be a tap'"'s name" \
	alice up abcdefghijklmnop d1
usage 'a domain has a name' alice up t1 ''
usage '"01000" is not the number of a user, 0 to 4294967294' 01000 up t1 d1
usage '"4294967295" is not the number of a user, 0 to 4294967294' \
	4294967295 up t1 d1
t_is "acl without explain" "tapfilter: acl: it takes explain USER OP TAP DOMAIN
usage: tapfilter acl explain [--bridge=BR] USER OP TAP DOMAIN" \
	"$("$TF_BUILD/tapfilter" acl alice up t1 d1 2>&1)"

# It needs no privilege.
cp "$TF_BUILD/tapfilter" "$T_TMP/tapfilter"
chmod 644 "$T_TMP/passwd" "$T_TMP/group" "$T_TMP/conf"
t_is "explain by an ordinary user" \
	"allowed by [acl number] ($T_TMP/conf:17): require owner
asked without a bridge; the section allows none" \
	"$(setpriv --reuid=1000 --regid=100 --clear-groups "$T_TMP/tapfilter" \
		--config "$T_TMP/conf" acl explain bob up t1 d1 2>&1)"

# A fault anywhere in the file, or no list of users: no answer
printf '[acl late]\nuser = eve\n' >>"$T_TMP/conf"
line=$(wc -l <"$T_TMP/conf")
explain 1 "conf:$line: user = \"eve\": no such name in /etc/passwd" \
	alice up al-1 lab-web
explain 1 "conf:$line: user = \"eve\": no such name in /etc/passwd" root up x y
printf '[deny all]\nop = up\n' >"$T_TMP/conf"
umount /etc/group
mount --bind "/proc/$$/mem" /etc/group || exit 1
explain 1 "tapfilter: cannot read /etc/group: Input/output error" \
	alice up al-1 lab-web
printf '[deny all]\ngroup = kvm\n' >"$T_TMP/conf"
explain 1 "tapfilter: cannot read /etc/group: Input/output error" root up x y
t_done
