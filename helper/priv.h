/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_PRIV_H
#define TF_PRIV_H

/*
 * The clean start of tapfilter-helper, in stages that main() calls in this
 * order.  QEMU hands over its open tap, its environment, blocked signals and
 * perhaps closed standard streams.  Each stage returns 0 or negative errno,
 * reported.
 */

/**
 * priv_descriptors() - Only standard input, output and error are open
 *
 * Should: fill those that are closed, so that no file of ours becomes one.
 * Mustn't: keep any other; the tap must not stay in use for our sake.
 */
int priv_descriptors(void);

/**
 * priv_signals() - No signal is blocked or handled, no timer runs
 *
 * Should: ignore SIGPIPE and SIGXFSZ, which become errors of write().
 * Mustn't: leave SIGCHLD ignored, or waiting for a child fails.
 */
int priv_signals(void);

/**
 * priv_environment() - A fixed environment
 *
 * Mustn't: let a variable of the caller reach a library.
 */
int priv_environment(void);

/**
 * priv_identity() - The real and effective ids are the same
 *
 * Mustn't: run setuid or setgid; the caller would borrow our rights.
 */
int priv_identity(void);

/**
 * priv_process() - Umask and working directory
 *
 * Should: come after relative paths of the command line are made absolute.
 */
int priv_process(void);

#endif /* TF_PRIV_H */
