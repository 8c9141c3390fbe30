// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An item of what "tapfilter-helper replace" reads:
 *
 *	replace_input RECORD [DIGEST]
 *
 * The tap of the record gets the rules of standard input, in the place of its
 * first profile; DIGEST stands for what the record says now.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../binding_text.h"
#include "state.h"

static void read_file(int fd, const char *name, struct buf *out)
{
	if (fd < 0 || util_read_all(fd, name, 1 << 24, 0, out) < 0)
		exit(2);
}

static int print(const struct binding *b, uint64_t digest)
{
	_cleanup_buf_ struct buf out = { 0 };
	uint8_t le[8];
	size_t i;

	for (i = 0; i < sizeof(le); i++)
		le[i] = (uint8_t)(digest >> (8 * i));
	if (buf_add(&out, le, sizeof(le)) < 0 || binding_encode(b, &out) < 0)
		return 1;
	return fwrite(out.data, 1, out.len, stdout) != out.len;
}

int main(int argc, char **argv)
{
	_cleanup_buf_ struct buf record = { 0 }, text = { 0 };
	_cleanup_record_ struct record r = { 0 };
	_cleanup_binding_ struct binding b = { 0 };
	_cleanup_close_ int fd = -1;
	uint64_t digest;
	unsigned int i;

	if (argc < 2)
		return 2;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	read_file(fd, argv[1], &record);
	read_file(STDIN_FILENO, "standard input", &text);
	if (record_decode(record.data, record.len, &r) < 0)
		return 2;
	text_binding(&b, r.binding.tap, text.data ? text.data : "");
	memcpy(b.bridge, r.binding.bridge, sizeof(b.bridge));
	memcpy(b.mac, r.binding.mac, sizeof(b.mac));
	memcpy(b.uuid, r.binding.uuid, sizeof(b.uuid));
	for (i = 0; i < b.nprofiles && r.binding.nprofiles; i++)
		b.profiles[i].place = r.binding.profiles[0].place;
	free(b.domain);
	b.domain = strdup(r.binding.domain);
	digest = argc > 2 ? strtoull(argv[2], NULL, 0) :
			    binding_digest(&r.binding);
	return print(&b, digest);
}
