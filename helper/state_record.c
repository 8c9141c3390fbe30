// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The record of a tap as bytes
 *
 *	u32 magic, u32 flags, u64 digest of all that follows
 *	u32 ifindex, u32 owner, u64 since, u8 boot_id[36]
 *	the binding, see record.c
 *
 * Integers are little-endian.  The digest finds a record that was cut or
 * altered; flags the program does not know make it one of another version.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "state.h"

#define STATE_MAGIC 0x31534654u /* "TFS1" */
#define FLAG_ACTIVE 1u
#define FLAG_NO_LINK 2u
#define FLAG_GIVEN 4u
#define FLAG_UNFILTERED 8u
#define FLAGS (FLAG_ACTIVE | FLAG_NO_LINK | FLAG_GIVEN | FLAG_UNFILTERED)
#define HEAD_SIZE 16
#define FIXED_SIZE (4 + 4 + 8 + 36)

static void put(uint8_t *at, uint64_t n, unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		at[i] = (uint8_t)(n >> (8 * i));
}

static uint64_t get(const uint8_t *at, unsigned int bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | at[bytes];
	return n;
}

int record_encode(const struct record *r, struct buf *out)
{
	uint8_t head[HEAD_SIZE + FIXED_SIZE] = { 0 };
	uint8_t *fixed = head + HEAD_SIZE, *all;
	size_t start = out->len;
	int rc;

	put(head, STATE_MAGIC, 4);
	put(head + 4,
	    (r->active ? FLAG_ACTIVE : 0) | (r->no_link ? FLAG_NO_LINK : 0) |
		    (r->given ? FLAG_GIVEN : 0) |
		    (r->binding.nprofiles ? 0 : FLAG_UNFILTERED),
	    4);
	put(fixed, r->ifindex, 4);
	put(fixed + 4, r->owner, 4);
	put(fixed + 8, (uint64_t)r->since, 8);
	memcpy(fixed + 16, r->boot_id, strnlen(r->boot_id, 36));
	rc = buf_add(out, head, sizeof(head));
	if (rc == 0)
		rc = binding_encode(&r->binding, out);
	if (rc < 0)
		return rc;
	all = (uint8_t *)out->data + start;
	/* The flags count too, so they go into the digest with the rest. */
	put(all + 8,
	    util_digest(all + HEAD_SIZE, out->len - start - HEAD_SIZE) ^
		    get(all + 4, 4),
	    8);
	return 0;
}

/* It may be shorter; then nothing but zeros follows. */
static bool boot_id_ok(const uint8_t *id)
{
	size_t i;

	for (i = 0; i < 36 && id[i]; i++)
		if (!strchr("0123456789abcdef-", id[i]))
			return false;
	for (; i < 36; i++)
		if (id[i])
			return false;
	return true;
}

int record_peek(const void *data, size_t len, struct record *r)
{
	const uint8_t *head = data, *fixed = head + HEAD_SIZE;
	uint64_t flags;

	if (len < RECORD_HEAD_SIZE || get(head, 4) != STATE_MAGIC)
		return -EBADMSG;
	flags = get(head + 4, 4);
	if ((flags & ~(uint64_t)FLAGS) || !boot_id_ok(fixed + 16))
		return -EBADMSG;
	r->active = flags & FLAG_ACTIVE;
	r->no_link = flags & FLAG_NO_LINK;
	r->given = flags & FLAG_GIVEN;
	r->unfiltered = flags & FLAG_UNFILTERED;
	r->ifindex = (uint32_t)get(fixed, 4);
	r->owner = (uint32_t)get(fixed + 4, 4);
	r->since = (int64_t)get(fixed + 8, 8);
	memcpy(r->boot_id, fixed + 16, 36);
	r->boot_id[36] = '\0';
	return 0;
}

int record_decode(const void *data, size_t len, struct record *r)
{
	const uint8_t *head = data, *fixed = head + HEAD_SIZE;
	size_t used;
	int rc = record_peek(data, len, r);

	if (rc < 0 || get(head + 8, 8) != (util_digest(fixed, len - HEAD_SIZE) ^
					   get(head + 4, 4)))
		return -EBADMSG;
	rc = binding_decode(fixed + FIXED_SIZE, len - HEAD_SIZE - FIXED_SIZE,
			    &used, &r->binding);
	if (rc < 0)
		return rc;
	/* What a peek says of it must be true of the whole. */
	if (used != len - HEAD_SIZE - FIXED_SIZE ||
	    r->unfiltered != !r->binding.nprofiles) {
		binding_free(&r->binding);
		return -EBADMSG;
	}
	return 0;
}

_Static_assert(RECORD_HEAD_SIZE == HEAD_SIZE + FIXED_SIZE, "see the top");

void record_free(struct record *r)
{
	binding_free(&r->binding);
	*r = (struct record){ 0 };
}

void state_boot_id(char *out)
{
	_cleanup_close_ int fd = -1;
	ssize_t n = -1;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, out, STATE_BOOT_ID_SIZE - 1);
	out[n < 0 ? 0 : n] = '\0';
}
