#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Schema and parser agree on every profile of the tree: those that ship, those
# of run-profiles.sh, and the seeds of the fuzzer.  Only what stands in
# beyond-schema/ is refused by the parser alone.
. "$(dirname "$0")/../lib.sh"
t_need xmllint
t_tmp
schema=$TF_TOP/templates/schema/filterpool.rng
cases=$TF_TOP/test/golden/profiles

# parser FILE: accept or refuse; a note alone is no fault
parser() {
	name=$(basename "$1" .xml)
	status=0
	"$TF_BUILD/tapfilter-resolve" --template-dir=4:here \
		--template-dir=5:lib --template-dir=6:shipped \
		"--check=3:$name.xml" 3<"$1" 4<"$(dirname "$1")" \
		5<"$cases/lib" 6<"$TF_TOP/templates" \
		>"$T_TMP/out" 2>"$T_TMP/err" || status=$?
	if [ "$status" -eq 0 ]; then
		echo accept
	elif [ "$status" -ne 1 ]; then
		echo "status $status"
	elif grep -qv '^note: ' "$T_TMP/err"; then
		echo refuse
	else
		echo accept
	fi
}

schema() {
	if xmllint --nonet --noout --relaxng "$schema" "$1" 2>"$T_TMP/xmllint"
	then
		echo accept
	else
		echo refuse
	fi
}

# expect FILE SCHEMA PARSER
expect() {
	t_is "${1#"$TF_TOP"/}" "schema $2, parser $3" \
		"schema $(schema "$1"), parser $(parser "$1")"
}

t_true "the schema itself" xmllint --nonet --noout "$schema"
for file in "$TF_TOP"/templates/*.xml "$cases"/accept/*.xml \
	"$cases"/resolve/*.xml "$cases"/lib/*.xml; do
	expect "$file" accept accept
done
for file in "$cases"/refuse/*.xml; do
	expect "$file" refuse refuse
done
for file in "$cases"/beyond-schema/*.xml; do
	expect "$file" accept refuse
done
t_done
