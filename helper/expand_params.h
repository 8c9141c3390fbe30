/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_EXPAND_PARAMS_H
#define TF_EXPAND_PARAMS_H

#include "domain.h"
#include "profile.h"

/**
 * struct param_value - A parameter with its values
 * @name:	Its name
 * @text:	Values with one blank between two
 * @file:	Where it was given; not owned
 * @line:	Line there
 */
struct param_value {
	char *name;
	char *text;
	const char *file;
	unsigned int line;
};

/**
 * struct param_text - The values of one parameter, wherever they are from
 * @words:	As @text of struct param_value
 */
struct param_text {
	struct buf words;
	const char *file;
	unsigned int line;
};

#define PARAM_MAX 64
#define PARAM_MAX_VALUES 256

/**
 * struct param_set - What a profile is resolved with
 * @top:	Reference of the interface that led here
 * @is_default:	It is one of default-profiles
 * @iface:	The interface, for its MAC
 * @file:	Its file, for messages
 * @sample:	There are no parameters: each has a value that stands for what it
 *		may have
 */
struct param_set {
	const struct reference *top;
	bool is_default;
	const struct interface *iface;
	const char *file;
	bool sample;
	size_t n;
	struct param_value *v;
};

void param_set_free(struct param_set *s);
#define _cleanup_params_ _cleanup_(param_set_free)

/**
 * params_top() - Parameters of a reference of an interface
 * @out:	Zeroed but for @top, @is_default, @iface and @file
 */
int params_top(struct param_set *out) _must_check_;

/**
 * params_inherit() - Parameters of a reference inside a profile
 * @outer:	What the profile was resolved with; it wins
 * @ref:	Its defaults, perhaps placeholders
 * @out:	Zeroed
 *
 * Return: 0 or negative errno, reported
 */
int params_inherit(const struct param_set *outer, const struct reference *ref,
		   struct param_set *out) _must_check_;

/** params_given() - Is there a value, perhaps an assumed one? */
bool params_given(const struct param_set *s, const char *name);

/**
 * params_text() - Text of a parameter's values
 * @s:		Parameters
 * @name:	Name of one
 * @file:	File that needs it, for messages
 * @line:	Line there
 * @element:	Element or attribute that needs it
 * @out:	Zeroed; receives text and origin, owned by the caller
 *
 * Return: 0, or negative errno (reported) when there is none
 */
int params_text(const struct param_set *s, const char *name, const char *file,
		unsigned int line, const char *element,
		struct param_text *out) _must_check_;
void param_text_free(struct param_text *t);
#define _cleanup_param_text_ _cleanup_(param_text_free)

/**
 * params_relevant() - The parameters that a profile can use, as text
 * @out:	"name=value name=value,value", appended
 */
int params_relevant(const struct param_set *s, const struct profile *p,
		    struct buf *out) _must_check_;

#endif /* TF_EXPAND_PARAMS_H */
