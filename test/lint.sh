#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make lint: style and static checks over the tree; every finding is shown
# before the end.  LINT="NAME..." runs only some of them.
set -u
cd "$(dirname "$0")/.." || exit 1

status=0
mapfile -t c_files < <(find helper test -name '*.c' | sort)
mapfile -t h_files < <(find helper test -name '*.h' | sort)
mapfile -t scripts < <({
	grep -rlE -m1 '^#!/bin/(ba)?sh' test hooks debian
	echo .ci/run
	echo conf/completion/tapfilter
} | sort)
includes=(-iquote helper -isystem /usr/include/libxml2)
defines=(-std=c11 -D_GNU_SOURCE '-DVERSION="0"' '-DLIBEXECDIR="/l"'
	'-DCONF_FILE="/c"' '-DSHIPPED_DIR="/s"')

fault() {
	printf 'lint: %s\n' "$*"
	status=1
}

lint_spdx() {
	local f want='SPDX-License-Identifier: GPL-2.0-or-later'

	while IFS= read -r f; do
		head -n 2 "$f" | grep -q "$want" ||
			fault "$f: the first lines lack '$want'"
	done < <(find helper test hooks templates conf man debian .ci -type f \
		\( -name '*.[ch]' -o -name '*.sh' -o -name '*.xml' \
		-o -name '*.service' -o -name '*.timer' -o -name 'post*' \
		-o -path 'conf/*.d/*' -o -path 'conf/apparmor/*' \
		-o -name '*.rng' -o -name '*.[1-8]' -o -path 'hooks/*' \
		-o -path '.ci/*' \) -not -path 'test/golden/*' \
		-not -path 'test/fuzz/corpus/*')
}

# called REGEX FILE...: none of these functions is called
called() {
	local names=$1

	shift
	if grep -nE "(^|[^A-Za-z0-9_])($names)[ ]?\\(" "$@"; then
		fault "a banned function is called (see above)"
	fi
}

# Functions that cut off, have no bound, or run a shell; in the programs also
# those that take no error for one, or the caller's environment
lint_banned() {
	called "strcpy|strcat|v?sprintf|strncpy|strncat|strtok|gets|tmpnam" \
		"${c_files[@]}" "${h_files[@]}"
	called "system|popen|mktemp|alloca|access|getenv|setlocale" \
		"${c_files[@]}" "${h_files[@]}"
	called "ato[il]+|strtou?ll?|sscanf" helper/*.[ch]
}

# one_owner HEADER-REGEX ALLOWED-REGEX
one_owner() {
	local f

	for f in $(grep -lE "^#include <$1" helper/*.[ch]); do
		[[ $(basename "$f") =~ ^($2)$ ]] ||
			fault "$f: includes <$1...>, which only $2 may"
	done
}

lint_owners() {
	one_owner 'libxml/' 'xml\.c'
	one_owner 'ini\.h' 'conf\.c'
	one_owner 'cap-ng\.h' 'priv\.c'
	one_owner 'jansson\.h' 'jsonout\.c'
	one_owner 'libnftnl/' 'nft.*\.[ch]'
	one_owner 'libiptc/' 'iptc\.c'
	one_owner 'libmnl/' '(nft|link).*\.[ch]'
}

# A source that no program is made of is forgotten
lint_sources() {
	local f

	for f in helper/*.c; do
		f=$(basename "$f" .c)
		sed -n '/^COMMON/,/^MAINS/p' Makefile | grep -qwF -- "$f" ||
			fault "helper/$f.c is in no list of the Makefile"
	done
}

# Kernel style has a function between { and } in the first column.  Not for
# tests: they are full of tables.
lint_length() {
	awk -v max=60 '
		/^[a-z].*\(/ { head = $0 }
		/^\{$/ { start = FNR }
		/^\}$/ && start {
			if (FNR - start - 1 > max) {
				printf "%s:%d: %d lines in %s\n", FILENAME,
					start, FNR - start - 1, head
				bad = 1
			}
			start = 0
		}
		FNR == 1 { start = 0 }
		END { exit bad }' helper/*.c ||
		fault "functions with more than 60 lines (see above)"
	wc -l helper/*.[ch] |
		awk '$2 != "total" && $1 > 450 { print "  " $0; bad = 1 }
			END { exit bad }' ||
		fault "files with more than 450 lines (see above)"
}

lint_format() {
	clang-format --dry-run -Werror "${c_files[@]}" "${h_files[@]}" ||
		fault "clang-format would change something"
}

# All warnings of the build, and gcc's own analysis
lint_compiler() {
	"${MAKE:-make}" --no-print-directory -k VARIANT=lint \
		BUILD="${BUILD:-build}" all || fault "the compiler found something"
}

lint_tidy() {
	printf '%s\0' "${c_files[@]}" | xargs -0 -P 2 -I '{}' \
		clang-tidy --quiet '{}' -- "${includes[@]}" "${defines[@]}" \
		2>&1 | grep -v 'warnings\? generated\.$' |
		grep -v '^Suppressed \|^Use -header-filter'
	[ "${PIPESTATUS[1]}" -eq 0 ] || fault "clang-tidy found something"
}

# missingIncludeSystem: it is not given the system's headers, by its own advice
# __x86_64__: it has no machine of its own
# memleak: it does not know the cleanup attribute; ASan looks for leaks
lint_cppcheck() {
	cppcheck --quiet --enable=warning,portability --inconclusive \
		--std=c11 --error-exitcode=1 -j 2 \
		--suppress=missingIncludeSystem --suppress=memleak -Ihelper \
		-D_GNU_SOURCE -D__x86_64__ '-DVERSION="0"' \
		'-DLIBEXECDIR="/l"' '-DCONF_FILE="/c"' '-DSHIPPED_DIR="/s"' \
		helper ||
		fault "cppcheck found something"
}

# SC1091: it does not follow test/lib.sh
lint_shell() {
	shellcheck -S warning -e SC1091 "${scripts[@]}" ||
		fault "shellcheck found something"
}

lint_man() {
	local page

	for page in man/*.[1-8]; do
		mandoc -T lint -W warning "$page" ||
			fault "$page: mandoc found something"
	done
}

lint_xml() {
	xmllint --noout templates/*.xml templates/schema/*.rng conf/*.xml ||
		fault "xmllint found something"
}

# said WORD FILE...: a manual page has this word
said() {
	local word=$1

	shift
	grep -qF -- "$word" "$@" || fault "$*: '$word' is not described"
}

# What the programs know stands in the manual
lint_docs() {
	local word

	for word in $(grep -oE '"(tf:)?[A-Z][A-Za-z0-9]+", (true|false), [A-Z]' \
		helper/filterpool_leaf.c | cut -d'"' -f2 | sort -u); do
		said "$word" man/tapfilter-profile.5
	done
	for word in $(sed -n 's/^\t{ "\([a-z-]*\)", set_.*/\1/p' \
		helper/conf.c); do
		said "$word" man/tapfilter.conf.5
		said "#$word =" conf/tapfilter.conf
	done
	for word in $(sed -n 's/^\t{ "\([a-z-]*\)", set_.*/\1/p' \
		helper/conf_acl.c); do
		said "Cm $word No =" man/tapfilter.conf.5
		said "$word" conf/tapfilter.conf
	done
	for word in $(sed -n 's/^\t{ "\([a-z-]*\)",.*/\1/p' \
		helper/admin_commands.c); do
		said "Cm $word" man/tapfilter.8
	done
	for word in templates/*.xml; do
		word=$(basename "$word" .xml)
		said "$word" man/tapfilter-profile.5
		said "\`$word\`" README.md
	done
}

checks=${LINT:-spdx banned owners sources length format shell man docs xml compiler cppcheck tidy}
for name in $checks; do
	echo "lint: $name"
	"lint_$name"
done
if [ "$status" -eq 0 ]; then
	echo "lint: no findings"
fi
exit "$status"
