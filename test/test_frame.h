/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TEST_FRAME_H
#define TF_TEST_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 512

struct frame {
	uint8_t data[FRAME_MAX];
	size_t len;
};

#endif /* TF_TEST_FRAME_H */
