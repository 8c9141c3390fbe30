#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Profiles and parameters to canonical rules, or to the error that they are
# refused with.  A case is NAME.xml in one of the directories of profiles/:
#
#   accept          becomes the rules in NAME.out; notes are in NAME.err
#   refuse          has a fault that the schema finds as well; NAME.err
#   beyond-schema   has one that a schema cannot express; NAME.err
#   resolve         is right in itself, but not with its parameters; NAME.err
#   lib             what the others reference
#
# NAME.refs holds the references of the interface (one to NAME without it),
# from line 5 of domain.xml on; NAME.opts one more option of the resolver.
# UPDATE=1 rewrites what is expected, to be read before it is committed.
. "$(dirname "$0")/../lib.sh"
t_tmp
cases=$TF_TOP/test/golden/profiles

# put_domain NAME REFERENCES-FILE
put_domain() {
	printf '%s\n' "<domain type='kvm'>" "<name>lab</name>" \
		"<devices><interface type='bridge'>" \
		"<mac address='52:54:00:00:00:01'/><target dev='tap0'/><firewall>"
	if [ -f "$2" ]; then
		cat "$2"
	else
		printf '%s\n' "<reference profile='$1'/>"
	fi
	printf '%s\n' "</firewall></interface></devices></domain>"
}

# resolve KIND NAME: writes out and err, returns the exit status
resolve() {
	option=--max-rules=4096
	[ ! -f "$cases/$1/$2.opts" ] || option=$(cat "$cases/$1/$2.opts")
	put_domain "$2" "$cases/$1/$2.refs" >"$T_TMP/domain.xml"
	"$TF_BUILD/tapfilter-resolve" --text "--template-dir=4:$1" \
		--template-dir=5:lib "$option" --domain=3:domain.xml \
		3<"$T_TMP/domain.xml" 4<"$cases/$1" 5<"$cases/lib" \
		>"$T_TMP/out" 2>"$T_TMP/err"
}

# differs FILE EXPECTED: say how, if so; no file expected is an empty one
differs() {
	if [ -n "${UPDATE:-}" ]; then
		rm -f "$2"
		[ ! -s "$1" ] || cp "$1" "$2"
	fi
	[ -f "$2" ] || set -- "$1" /dev/null
	! diff -u "$2" "$1"
}

run_case() {
	kind=$1 name=$2 want=1
	[ "$kind" != accept ] || want=0
	status=0
	resolve "$kind" "$name" || status=$?
	if [ "$status" -ne "$want" ]; then
		t_fail "$kind/$name" "status $status: $(cat "$T_TMP/err")"
		return
	fi
	# What a failing resolver printed is worthless.
	[ "$want" -eq 0 ] || : >"$T_TMP/out"
	if said=$(differs "$T_TMP/out" "$cases/$kind/$name.out") ||
		said=$(differs "$T_TMP/err" "$cases/$kind/$name.err"); then
		t_fail "$kind/$name" "$said"
	else
		t_ok "$kind/$name"
	fi
}

for kind in accept refuse beyond-schema resolve; do
	for file in "$cases/$kind"/*.xml; do
		run_case "$kind" "$(basename "$file" .xml)"
	done
done
t_done
