#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test/run notices every way in which a test program can fail.
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"

t_tmp

# try NAME LAST-LINE STATUS SCRIPT: a test program with that body
try() {
	printf '#!/bin/sh\n%s\n' "$4" >"$T_TMP/prog"
	chmod +x "$T_TMP/prog"
	rc=0
	out=$(TF_BUILD=$T_TMP TF_TIMEOUT=2 "$TF_TOP/test/run" "$T_TMP/prog") ||
		rc=$?
	t_is "$1" "$2, status $3" \
		"$(printf '%s\n' "$out" | tail -n 1), status $rc"
}

try "passes are counted" "2 passed, 0 failed, 0 skipped" 0 \
	'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2'
try "a failure is counted" "1 passed, 1 failed, 0 skipped" 1 \
	'echo "ok 1 - a"; echo "not ok 2 - b"; exit 1'
try "a failure counts even if the program ends well" \
	"0 passed, 1 failed, 0 skipped" 1 'echo "not ok 1 - b"'
try "a skip is not a pass" "1 passed, 0 failed, 1 skipped" 0 \
	'echo "ok 1 - a"; echo "ok 2 - b # SKIP no root"'
try "a silent program fails" "0 passed, 1 failed, 0 skipped" 1 'exit 0'
try "a bad end fails" "1 passed, 1 failed, 0 skipped" 1 \
	'echo "ok 1 - a"; exit 3'
try "a killed program fails" "1 passed, 1 failed, 0 skipped" 1 \
	'echo "ok 1 - a"; kill -SEGV $$'
try "a program that hangs fails" "1 passed, 1 failed, 0 skipped" 1 \
	'echo "ok 1 - a"; exec sleep 60'
try "results that are missing fail" "1 passed, 1 failed, 0 skipped" 1 \
	'echo 1..2; echo "ok 1 - a"'

rc=0
out=$(TF_BUILD=$T_TMP "$TF_TOP/test/run" "$T_TMP/none" | tail -n 1) || rc=$?
t_is "a program that is not there fails" "0 passed, 1 failed, 0 skipped" "$out"

# ---- other places
mkdir -p "$T_TMP/top/test/netns" "$T_TMP/top/test/fuzz"
touch "$T_TMP/top/test/fuzz/fuzz_none.c"
cp "$TF_TOP/test/run" "$T_TMP/top/test"
for i in 'a one two' 'b'; do
	cat >"$T_TMP/top/test/netns/${i%% *}.sh" <<-END
		#!/bin/sh
		$(echo "$i" | sed -n 's/^. /# Runs also with: /p')
		echo "ok 1 - with \$TF_PLACES"
	END
	chmod +x "$T_TMP/top/test/netns/${i%% *}.sh"
done
# ran GROUP [PLACES]: programs that run then
ran() {
	TF_PLACES=${2:-} TF_BUILD=$T_TMP "$T_TMP/top/test/run" "$1" |
		sed -n 's/^ok  *\([^ ]*\) .*/\1/p' | xargs
}
t_is "programs run once" "netns/a.sh netns/b.sh" "$(ran netns)"
t_is "and with all places that they name" \
	"netns/a.sh+one netns/a.sh+two" "$(ran places)"
t_is "or with one of them" "netns/a.sh+two" "$(ran places two)"
t_is "which they are told" "ok 1 - with two" \
	"$(cat "$T_TMP/test-logs/netns-a.sh+two.log")"

out=$(MUST_WORK=1 sh -c ". '$TF_TOP/test/lib.sh'; t_skip a b; t_done") || :
case $out in
"not ok 1 - a"*) t_ok "MUST_WORK=1 makes a skip a failure" ;;
*) t_fail "MUST_WORK=1 makes a skip a failure" "$out" ;;
esac
t_done
