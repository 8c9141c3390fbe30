# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of --json, after lib.sh:
#
#   t_json NAME COMMAND FILE   FILE is one JSON value that the schema of COMMAND
#                              describes: test/golden/json/COMMAND.schema.json
#   t_json_lines NAME COMMAND FILE
#                              the same for each line of FILE
#   $PYTHON                    the one that Debian's packages are for

PYTHON=/usr/bin/python3

json_check() {
	"$PYTHON" - "$TF_TOP/test/golden/json/$1.schema.json" "$2" "$3" <<'END'
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
text = open(sys.argv[2]).read()
values = text.splitlines() if sys.argv[3] == "lines" else [text]
if not values:
    sys.exit("there is no value")
for value in values:
    jsonschema.validate(json.loads(value), schema,
                        format_checker=jsonschema.draft7_format_checker)
END
}

t_json() {
	t_true "$1" json_check "$2" "$3" whole
}

t_json_lines() {
	t_true "$1" json_check "$2" "$3" lines
}
