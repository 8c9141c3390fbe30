/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_COLOR_H
#define TF_COLOR_H

#include <stdbool.h>

/* Colours on standard output, for people: --color=auto, always or never. */

enum color { COLOR_NONE, COLOR_GREEN, COLOR_YELLOW, COLOR_RED };

/**
 * color_choose() - Take the word behind --color=
 *
 * Without a call it is "auto": on a terminal, unless NO_COLOR is set.
 *
 * Return: false when it is none of the three
 */
bool color_choose(const char *when);

/** color_on() - What is printed before text in a colour; perhaps nothing */
const char *color_on(enum color c);

/** color_off() - What is printed behind it */
const char *color_off(enum color c);

#endif /* TF_COLOR_H */
