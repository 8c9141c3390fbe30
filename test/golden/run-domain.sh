#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each domain/NAME.xml gives exactly NAME.out on standard output, or exactly
# NAME.err on standard error and status 1.  NAME.args holds further options,
# one a line.  The RELAX NG schema must agree, unless NAME.schema says why it
# cannot.
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TF_TOP/test/golden/domain" || exit 1
resolve=$TF_BUILD/tapfilter-resolve
schema=$TF_TOP/templates/schema/tapfilter-domain.rng
t_tmp

# run NAME: fills $T_TMP/out and $T_TMP/err
run() {
	set -- "$1.xml" "$1.args"
	file=$1
	options=$2
	set -- --text --template-dir=4:profiles --domain=3:"$file"
	if [ -f "$options" ]; then
		while IFS= read -r option; do
			set -- "$@" "$option"
		done <"$options"
	fi
	"$resolve" "$@" 3<"$file" 4<profiles >"$T_TMP/out" 2>"$T_TMP/err"
}

check_parser() {
	rc=0
	run "$1" || rc=$?
	if [ -f "$1.out" ] && [ -f "$1.err" ]; then
		t_fail "$1" "it has both $1.out and $1.err"
	elif [ -f "$1.out" ]; then
		t_is "$1" "status 0
$(cat "$1.out")" "status $rc
$(cat "$T_TMP/err" "$T_TMP/out")"
	else
		t_is "$1" "status 1
$(cat "$1.err")" "status $rc
$(cat "$T_TMP/err")"
	fi
}

check_schema() {
	if [ -f "$1.schema" ]; then
		return
	elif [ -f "$1.out" ]; then
		t_true "$1: the schema takes it" xmllint --nonet --noout \
			--relaxng "$schema" "$1.xml"
	else
		t_false "$1: the schema refuses it" xmllint --nonet --noout \
			--relaxng "$schema" "$1.xml"
	fi
}

for f in *.xml; do
	check_parser "${f%.xml}"
done

t_need xmllint
t_true "the schema is sound" xmllint --nonet --noout --relaxng "$schema" \
	rfc.xml
for f in *.xml; do
	check_schema "${f%.xml}"
done
t_done
